"""The development identity provider keeps the rules that the services rely on."""

import base64
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from starlette.testclient import TestClient

from deploy.local.idp.app import build_app
from deploy.local.idp.keys import SigningKeys
from shared.security.principal import Scope
from shared.security.tokens import TokenVerifier

ISSUER = "http://127.0.0.1:8009"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
REQUEST = {
    "client_id": "zi-scoring",
    "redirect_uri": "http://127.0.0.1:8004/masuk/kembali",
    "response_type": "code",
    "scope": "openid",
    "state": "s1",
    "nonce": "n1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    app = build_app(ISSUER, SigningKeys(tmp_path / "keys.json"))
    with TestClient(app, follow_redirects=False) as client:
        yield client


def answer_of(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def code_for(client: TestClient, user: str = "intan") -> str:
    response = client.post("/authorize", params=REQUEST, data={"user": user})
    assert response.status_code == 303
    return answer_of(response.headers["location"])["code"]


def exchange(client: TestClient, code: str, **changes: str) -> Any:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REQUEST["redirect_uri"],
        "client_id": REQUEST["client_id"],
        "code_verifier": VERIFIER,
    }
    return client.post("/token", data=form | changes)


def decoded(client: TestClient, token: str) -> jwt.Token:
    return jwt.decode(token, KeySet.import_key_set(client.get("/jwks").json()), ["ES256"])


def test_the_page_offers_people_in_indonesian(client: TestClient) -> None:
    page = client.get("/authorize", params=REQUEST)
    assert page.status_code == 200
    assert "Masuk sebagai siapa?" in page.text
    assert "Petugas pengaduan · contoh-melati" in page.text


def test_a_chosen_person_gets_tokens_with_role_and_scope(client: TestClient) -> None:
    location = client.post("/authorize", params=REQUEST, data={"user": "intan"}).headers["location"]
    answer = answer_of(location)
    assert (answer["state"], answer["iss"]) == ("s1", ISSUER)
    tokens = exchange(client, answer["code"]).json()
    access, identity = decoded(client, tokens["access_token"]), decoded(client, tokens["id_token"])
    assert access.header["typ"] == "at+jwt"
    assert access.claims["aud"] == "zona-integritas"
    assert access.claims["roles"] == ["complaint_officer"]
    assert access.claims["units"] == ["contoh-melati"]
    assert "name" not in access.claims
    assert access.claims["exp"] - access.claims["iat"] == 3600
    assert {"iss", "sub", "nbf", "jti"} <= access.claims.keys()
    assert identity.claims["aud"] == "zi-scoring"
    assert (identity.claims["nonce"], identity.claims["name"]) == ("n1", "Intan Permata")


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"client_id": "zi-survey"},
        {"redirect_uri": "http://localhost:8004/masuk/kembali"},
    ],
)
def test_a_code_serves_only_who_asked_for_it(client: TestClient, changes: dict[str, str]) -> None:
    response = exchange(client, code_for(client), **changes)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")


def test_a_code_serves_once(client: TestClient) -> None:
    code = code_for(client)
    assert exchange(client, code).status_code == 200
    assert exchange(client, code).json()["error"] == "invalid_grant"


def refresh(client: TestClient, token: str, **changes: str) -> Any:
    form = {"grant_type": "refresh_token", "client_id": "zi-scoring", "refresh_token": token}
    return client.post("/token", data=form | changes)


def is_refused(response: Any) -> bool:
    return bool(response.status_code == 400 and response.json()["error"] == "invalid_grant")


def test_a_refresh_token_gives_an_access_token_and_its_successor(client: TestClient) -> None:
    token = exchange(client, code_for(client)).json()["refresh_token"]
    for _ in range(3):
        given = refresh(client, token).json()
        assert decoded(client, given["access_token"]).claims["roles"] == ["complaint_officer"]
        assert given["refresh_token"] != token
        token = given["refresh_token"]


def test_a_refresh_token_used_twice_ends_all_that_came_of_it(client: TestClient) -> None:
    first = exchange(client, code_for(client)).json()["refresh_token"]
    second = refresh(client, first).json()["refresh_token"]
    assert is_refused(refresh(client, first))
    assert is_refused(refresh(client, second))


def test_a_refresh_token_serves_only_its_client_and_until_it_is_revoked(client: TestClient) -> None:
    token = exchange(client, code_for(client)).json()["refresh_token"]
    assert is_refused(refresh(client, token, client_id="zi-survey"))
    assert refresh(client, "made-up.token").status_code == 400
    assert client.post("/revoke", data={"token": token}).status_code == 200
    assert is_refused(refresh(client, token))


def test_a_browser_is_asked_once_for_all_services(client: TestClient) -> None:
    assert client.get("/authorize", params=REQUEST).status_code == 200
    sid = decoded(client, exchange(client, code_for(client)).json()["id_token"]).claims["sid"]
    survey = {"client_id": "zi-survey", "redirect_uri": "http://127.0.0.1:8003/survei/masuk/kembali"}
    entered = client.get("/authorize", params=REQUEST | survey)
    assert entered.status_code == 303
    tokens = exchange(client, answer_of(entered.headers["location"])["code"], **survey).json()
    assert decoded(client, tokens["id_token"]).claims["sid"] == sid
    assert client.get("/authorize", params=REQUEST | {"prompt": "login"}).status_code == 200


def test_a_browser_that_may_not_be_asked_is_sent_back(client: TestClient) -> None:
    answer = client.get("/authorize", params=REQUEST | {"prompt": "none"})
    assert answer_of(answer.headers["location"])["error"] == "login_required"
    code_for(client)
    answer = client.get("/authorize", params=REQUEST | {"prompt": "none"})
    assert "code" in answer_of(answer.headers["location"])


def test_another_person_in_the_same_browser_ends_what_the_first_one_had(client: TestClient) -> None:
    token = exchange(client, code_for(client)).json()["refresh_token"]
    code_for(client, "yusuf")
    assert is_refused(refresh(client, token))


def test_a_removed_person_gets_no_token_in_any_way(client: TestClient) -> None:
    code = code_for(client)
    token = exchange(client, code_for(client)).json()["refresh_token"]
    assert client.post("/dev/people/intan", data={"act": "remove"}).status_code == 204
    assert is_refused(refresh(client, token))
    assert is_refused(exchange(client, code))
    assert client.post("/authorize", params=REQUEST, data={"user": "intan"}).status_code == 400
    assert client.post("/dev/token", data={"user": "intan"}).status_code == 400
    assert "Intan" not in client.get("/authorize", params=REQUEST).text
    assert client.post("/dev/people/intan", data={"act": "restore"}).status_code == 204
    assert exchange(client, code_for(client)).status_code == 200


def test_a_person_given_another_role_has_it_from_the_next_token_on(client: TestClient) -> None:
    token = exchange(client, code_for(client)).json()["refresh_token"]
    assert client.post("/dev/people/intan", data={"act": "assign", "role": "tpi"}).status_code == 204
    access = refresh(client, token).json()["access_token"]
    assert decoded(client, access).claims["roles"] == ["tpi"]
    page = client.get("/authorize", params=REQUEST | {"prompt": "login"})
    assert "Tim Penilai Internal · contoh-melati" in page.text


@pytest.mark.parametrize(
    ("sub", "form", "status"),
    [
        ("nobody", {"act": "remove"}, 404),
        ("nobody", {"act": "restore"}, 404),
        ("intan", {"act": "assign", "role": "emperor"}, 404),
        ("intan", {"act": "promote"}, 400),
    ],
)
def test_a_change_of_nobody_or_to_nothing_is_refused(
    client: TestClient, sub: str, form: dict[str, str], status: int
) -> None:
    assert client.post(f"/dev/people/{sub}", data=form).status_code == status


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
    ],
)
def test_an_incomplete_request_goes_back_with_an_error(
    client: TestClient, changes: dict[str, str], error: str
) -> None:
    response = client.get("/authorize", params=REQUEST | changes)
    assert response.status_code == 303
    assert answer_of(response.headers["location"])["error"] == error


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "somebody"},
        {"redirect_uri": "http://attacker.test/masuk/kembali"},
        {"redirect_uri": "http://127.0.0.1:8004/elsewhere"},
        {"redirect_uri": "http://127.0.0.1@attacker.test/masuk/kembali"},
        {"redirect_uri": "https://127.0.0.1:8004/masuk/kembali"},
    ],
)
def test_an_unknown_client_or_address_is_never_redirected_to(
    client: TestClient, changes: dict[str, str]
) -> None:
    response = client.get("/authorize", params=REQUEST | changes)
    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.parametrize(
    ("form", "scope"),
    [
        ({"role": "tpn"}, {"level": "national", "agencies": [], "units": []}),
        ({"role": "tpi", "agency": "a"}, {"level": "agency", "agencies": ["a"], "units": []}),
        ({"role": "unit_operator", "unit": "u"}, {"level": "unit", "agencies": [], "units": ["u"]}),
        ({"user": "yusuf"}, {"level": "agency", "agencies": ["contoh"], "units": []}),
    ],
)
def test_a_developer_gets_the_narrowest_scope_named(
    client: TestClient, form: dict[str, str], scope: dict[str, Any]
) -> None:
    token = client.post("/dev/token", data=form).json()["access_token"]
    assert scope.items() <= decoded(client, token).claims.items()


async def test_the_services_accept_the_tokens(client: TestClient) -> None:
    token = client.post("/dev/token", data={"user": "intan"}).json()["access_token"]
    transport = httpx2.ASGITransport(client.app)
    async with httpx2.AsyncClient(transport=transport) as http:
        principal = await TokenVerifier(ISSUER, "zona-integritas", client=http).principal(token)
    assert principal.roles == {"complaint_officer"}
    assert principal.scope == Scope("unit", frozenset({"contoh"}), frozenset({"contoh-melati"}))


def test_an_unknown_role_is_refused(client: TestClient) -> None:
    response = client.post("/dev/token", data={"role": "king"})
    assert (response.status_code, response.json()["detail"]) == (400, "There is no demo user or role 'king'.")


def test_after_a_rotation_old_tokens_stay_valid_and_new_ones_use_the_new_key(client: TestClient) -> None:
    before = client.post("/dev/token", data={"role": "tpn"}).json()["access_token"]
    assert client.post("/dev/rotate-keys").status_code == 204
    after = client.post("/dev/token", data={"role": "tpn"}).json()["access_token"]
    assert decoded(client, before).header["kid"] != decoded(client, after).header["kid"]


def test_keys_outlive_the_process_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    first = SigningKeys(file)
    assert SigningKeys(file).public() == first.public()
    assert file.stat().st_mode & 0o777 == 0o600
    assert all("d" not in key for key in first.public()["keys"])


def test_production_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local.idp"],
        env={**os.environ, "ZI_ENVIRONMENT": "production"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "refuses to start" in done.stderr
