"""Where mails are handed over is checked at the start and never shown."""

import pytest

from services.planning.settings import Settings
from shared.notices.smtp import Server
from shared.process.settings import read_settings

GIVEN = {
    "DATABASE_URL": "postgresql://app:kata-sandi@127.0.0.1:5432/zi_planning",
    "KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "ISSUER": "http://127.0.0.1:8009",
    "SECRET_KEY": "kunci-pengembangan-untuk-pengujian",
    "MAIL_FROM": "noreply@zi.test",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GIVEN.items():
        monkeypatch.setenv(f"ZI_PLANNING_{name}", value)
    return monkeypatch


def refusal() -> str:
    with pytest.raises(SystemExit) as refused:
        read_settings(Settings)
    return str(refused.value)


def test_without_a_server_there_is_none(environment: pytest.MonkeyPatch) -> None:
    assert read_settings(Settings).mail_server() is None


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.test", Server("mail.test", 587, "", "", is_wrapped=False, needs_tls=False)),
        ("smtps://mail.test", Server("mail.test", 465, "", "", is_wrapped=True, needs_tls=False)),
        (
            "smtp://zi%40mail:p%3Aq@mail.test:2525/",
            Server("mail.test", 2525, "zi@mail", "p:q", is_wrapped=False, needs_tls=False),
        ),
    ],
)
def test_one_address_says_all_of_a_server(environment: pytest.MonkeyPatch, url: str, server: Server) -> None:
    environment.setenv("ZI_PLANNING_SMTP_URL", url)
    assert read_settings(Settings).mail_server() == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.test:587",
        "http://mail.test",
        "smtp://",
        "smtp://mail.test:0",
        "smtp://mail.test:99999",
        "smtp://mail.test/path",
        "smtp://mail.test?x=y",
        "smtp://user@mail.test",
        "smtp://user:kata%C3%A9@mail.test",
    ],
)
def test_what_is_no_server_is_refused_by_name_and_not_shown(
    environment: pytest.MonkeyPatch, url: str
) -> None:
    environment.setenv("ZI_PLANNING_SMTP_URL", url)
    sentence = refusal()
    assert sentence.startswith("refusing to start: ZI_PLANNING_SMTP_URL ")
    assert "mail.test/" not in sentence
    assert "user@" not in sentence


@pytest.mark.parametrize("sender", ["", "Zona <noreply@zi.test>", "a@b.test\nBcc: c@d.test"])
def test_a_server_needs_one_address_that_mails_come_from(
    environment: pytest.MonkeyPatch, sender: str
) -> None:
    environment.setenv("ZI_PLANNING_SMTP_URL", "smtp://mail.test")
    environment.setenv("ZI_PLANNING_MAIL_FROM", sender)
    assert "MAIL_FROM" in refusal()


def test_production_needs_tls_on_the_way_unless_plaintext_is_accepted_by_name(
    environment: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "ZI_ENVIRONMENT": "production",
        "ZI_PLANNING_DATABASE_URL": "postgresql://app:Vb7-qL2_xN@db.agency.go.id/zi_planning",
        "ZI_PLANNING_ISSUER": "https://masuk.agency.go.id",
        "ZI_PLANNING_SECRET_KEY": "Zr8#kW3!vQ6@nB9$yT2%mH5^cX7&jL4*",
        "ZI_PLANNING_PUBLIC_URL": "https://zi.agency.go.id",
        "ZI_PLANNING_PLAINTEXT_ACCEPTED": "kafka",
        "ZI_PLANNING_SMTP_URL": "smtp://mail.agency.go.id",
    }.items():
        environment.setenv(name, value)
    server = read_settings(Settings).mail_server()
    assert server is not None
    assert server.needs_tls
    environment.setenv("ZI_PLANNING_PLAINTEXT_ACCEPTED", "kafka, mail")
    server = read_settings(Settings).mail_server()
    assert server is not None
    assert not server.needs_tls
    environment.setenv("ZI_PLANNING_SMTP_URL", "smtp://zi:development-mail@mail.agency.go.id")
    sentence = refusal()
    assert "ZI_PLANNING_SMTP_URL holds a development password" in sentence
    assert "development-mail" not in sentence


GATEWAY = "https://gateway.test/v23.0/123/messages"


def test_no_message_leaves_by_a_gateway_unless_one_is_named(environment: pytest.MonkeyPatch) -> None:
    assert read_settings(Settings).numbers_post() is None
    environment.setenv("ZI_PLANNING_WHATSAPP_URL", GATEWAY)
    environment.setenv("ZI_PLANNING_WHATSAPP_TOKEN", "sebuah-token")
    assert read_settings(Settings).numbers_post() is not None


@pytest.mark.parametrize(
    ("url", "token"),
    [(GATEWAY, ""), ("", "sebuah-token"), ("gateway.test", "t"), ("ftp://gateway.test/x", "t"),
     ("https://user:rahasia@gateway.test/x", "t"), ("https://gateway.test/x?token=rahasia", "t")],
)  # fmt: skip
def test_half_a_gateway_or_one_that_holds_a_secret_is_refused_without_showing_it(
    environment: pytest.MonkeyPatch, url: str, token: str
) -> None:
    environment.setenv("ZI_PLANNING_WHATSAPP_URL", url)
    environment.setenv("ZI_PLANNING_WHATSAPP_TOKEN", token)
    told = refusal()
    assert "WHATSAPP" in told
    assert "rahasia" not in told


def test_production_posts_to_a_gateway_over_tls_alone(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ZI_ENVIRONMENT", "production")
    environment.setenv("ZI_PLANNING_WHATSAPP_URL", "http://gateway.test/v23.0/123/messages")
    environment.setenv("ZI_PLANNING_WHATSAPP_TOKEN", "sebuah-token")
    assert "goes without TLS" in refusal()
