"""Where a probe may connect: no name may lead us into our own network."""

import socket
from typing import Any

import pytest

from services.complaints.channels.probes.hosts import NotPublicError, addresses_of, is_public
from services.complaints.settings import Settings
from shared.process.settings import read_settings


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - nothing is bound to it
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "2001:db8::1",
    ],
)
def test_an_address_of_a_private_network_or_of_none_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "103.10.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


async def test_a_name_with_one_private_address_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loop:
        async def getaddrinfo(self, host: str, port: int, **_: Any) -> list[Any]:
            found = {"campur.test": ["8.8.8.8", "10.0.0.8"], "baik.test": ["8.8.8.8", "8.8.8.8"]}[host]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr("asyncio.get_running_loop", Loop)
    with pytest.raises(NotPublicError):
        await addresses_of("campur.test", 443)
    assert await addresses_of("baik.test", 443) == ["8.8.8.8"]


async def test_loopback_is_called_only_where_a_test_allows_it() -> None:
    with pytest.raises(NotPublicError):
        await addresses_of("127.0.0.1", 443)
    assert await addresses_of("127.0.0.1", 443, allows_loopback=True) == ["127.0.0.1"]
    with pytest.raises(NotPublicError):
        await addresses_of("10.0.0.8", 443, allows_loopback=True)


GIVEN = {
    "DATABASE_URL": "postgresql://app:b9fRk2-vTq81@db.internal:5432/zi_complaints",
    "KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "ISSUER": "http://127.0.0.1:8009",
    "SECRET_KEY": "kunci-pengembangan-untuk-pengujian",
}
BOX = '{"pengaduan@contoh.go.id": "%s"}'


def read(monkeypatch: pytest.MonkeyPatch, environment: str, **more: str) -> Settings | str:
    monkeypatch.setenv("ZI_ENVIRONMENT", environment)
    for name, value in (GIVEN | more).items():
        monkeypatch.setenv(f"ZI_COMPLAINTS_{name}", value)
    try:
        return read_settings(Settings)
    except SystemExit as refused:
        return str(refused)


def test_production_lets_no_link_lead_to_this_machine_and_reads_mailboxes_over_tls_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own, plain = {"PROBES_LOOPBACK": "true"}, {"MAILBOXES": BOX % "imap://a:r4Yk-92mQz@mail.internal"}
    development = read(monkeypatch, "development", **own, **plain)
    assert isinstance(development, Settings)
    assert development.probes_loopback
    production = read(monkeypatch, "production", **own, **plain)
    assert isinstance(production, str)
    assert "PROBES_LOOPBACK" in production
    assert "MAILBOXES" in production
    assert "r4Yk" not in production


def test_a_mailbox_that_is_none_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = read(monkeypatch, "development", MAILBOXES=BOX % "pop://a:r4Yk-92mQz@mail.internal")
    assert isinstance(refused, str)
    assert "MAILBOXES" in refused
    assert "r4Yk" not in refused
