import asyncio
import base64
import json
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from shared.security.known import Known, KnownTokens
from shared.security.principal import PUBLIC, Principal
from shared.security.tokens import (
    KEEP_SECONDS,
    REFRESH_SECONDS,
    RENEW_SECONDS,
    SKEW_SECONDS,
    KeysAwayError,
    SecondFactorError,
    TokenRefusedError,
    usable_keys,
)
from tests.support.polling import until
from tests.support.tokens import AUDIENCE, ISSUER, TestIssuer, ec_key


def segment(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def test_a_good_token_names_subject_roles_and_scope(issuer: TestIssuer) -> None:
    principal = await issuer.verifier().principal(
        issuer.token(roles=["tpi"], level="agency", agencies=["a9"])
    )
    assert principal.subject == "someone"
    assert principal.roles == {"tpi"}
    assert principal.scope.covers("any", "a9")
    assert not principal.scope.covers("u1", "a1")


@pytest.mark.parametrize("algorithm", ["RS256", "EdDSA", "Ed25519"])
async def test_the_other_asymmetric_algorithms_are_accepted(issuer: TestIssuer, algorithm: str) -> None:
    key = (
        RSAKey.generate_key(2048, {"kid": "k2"})
        if algorithm == "RS256"
        else OKPKey.generate_key("Ed25519", {"kid": "k2"})
    )
    issuer.published = [key]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of the old name when it signs
        token = issuer.token(header={"alg": algorithm, "kid": "k2"}, key=key)
    assert (await issuer.verifier().principal(token)).subject == "someone"


@pytest.mark.parametrize("kind", ["AT+JWT", "application/at+jwt"])
async def test_the_token_type_is_compared_without_case_and_prefix(issuer: TestIssuer, kind: str) -> None:
    assert await issuer.verifier().principal(issuer.token(header={"typ": kind}))


FORGED_HEADERS: dict[str, dict[str, Any]] = {
    "type of an ID token": {"typ": "JWT"},
    "no type": {"typ": ...},
    "type of another token": {"typ": "logout+jwt"},
    "type that is no text": {"typ": "secevent+jwt"},
    "unknown kid": {"kid": "k99"},
    "no kid": {"kid": ...},
    "critical extension": {"crit": ["exp"], "exp": 1},
}
FORGED_CLAIMS: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.test"},
    "issuer with a slash": {"iss": ISSUER + "/"},
    "issuer as list": {"iss": [ISSUER]},
    "no issuer": {"iss": ...},
    "another audience": {"aud": "other"},
    "audiences without ours": {"aud": ["other", "more"]},
    "empty audience": {"aud": ""},
    "no audience": {"aud": ...},
    "audience as object": {"aud": {"value": AUDIENCE}},
    "no subject": {"sub": ...},
    "empty subject": {"sub": ""},
    "subject as number": {"sub": 7},
    "subject of the anonymous": {"sub": "public"},
    "no expiry": {"exp": ...},
    "expiry as text": {"exp": "9999999999"},
    "expiry not a number": {"exp": float("nan")},
    "no time of issue": {"iat": ...},
    "roles as text": {"roles": "admin"},
    "roles of objects": {"roles": [{"name": "admin"}]},
    "unknown level": {"level": "galaxy"},
    "units as text": {"units": "u1"},
    "agencies of numbers": {"agencies": [1]},
}


@pytest.mark.parametrize("header", FORGED_HEADERS.values(), ids=FORGED_HEADERS.keys())
async def test_a_token_with_a_forged_header_is_refused(
    issuer: TestIssuer, header: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"alg": "ES256", "typ": "at+jwt", "kid": "k1"} | header
    fields = {name: value for name, value in fields.items() if value is not ...}
    registry = jws.JWSRegistry(strict_check_header=False, algorithms=["ES256"])
    monkeypatch.setattr(registry, "check_header", lambda _header: None)  # sign what no library would
    token = jws.serialize_compact(fields, json.dumps(issuer.claims()), issuer.key, registry=registry)
    with pytest.raises(TokenRefusedError):
        await issuer.verifier().principal(token)


@pytest.mark.parametrize("claims", FORGED_CLAIMS.values(), ids=FORGED_CLAIMS.keys())
async def test_a_token_with_forged_claims_is_refused(issuer: TestIssuer, claims: dict[str, Any]) -> None:
    with pytest.raises(TokenRefusedError):
        await issuer.verifier().principal(issuer.token(**claims))


HEADER: dict[str, Any] = {"typ": "at+jwt", "kid": "k1"}
OTHER = ECKey.generate_key("P-256", {"kid": "k1"})


def public_key(issuer: TestIssuer) -> OctKey:
    return OctKey.import_key(json.dumps(issuer.key.as_dict(private=False)).encode())


def with_header(issuer: TestIssuer, header: Any) -> str:
    """Return a good token's claims and signature under another header."""
    _, body, signature = issuer.token().split(".")
    return f"{segment(header)}.{body}.{signature}"


def with_payload(issuer: TestIssuer, payload: str) -> str:
    """Return any payload, signed with the right key."""
    return jws.serialize_compact(HEADER | {"alg": "ES256"}, payload, issuer.key, algorithms=["ES256"])


def parts(issuer: TestIssuer) -> tuple[str, str, str]:
    head, body, signature = issuer.token().split(".")
    return head, body, signature


FORGED: dict[str, Callable[[TestIssuer], str]] = {
    "algorithm none": lambda i: f"{segment(HEADER | {'alg': 'none'})}.{parts(i)[1]}.",
    "algorithm None": lambda i: f"{segment(HEADER | {'alg': 'None'})}.{parts(i)[1]}.",
    "algorithm none, signature kept": lambda i: with_header(i, HEADER | {"alg": "none"}),
    "HS256 with the public key": lambda i: i.token(header={"alg": "HS256"}, key=public_key(i)),
    "algorithm of another key type": lambda i: with_header(i, HEADER | {"alg": "RS256"}),
    "algorithm as list": lambda i: with_header(i, HEADER | {"alg": ["ES256"]}),
    "no algorithm": lambda i: with_header(i, HEADER),
    "another key, same kid": lambda i: i.token(key=OTHER),
    "own key embedded (jwk)": lambda i: i.token(header={"jwk": OTHER.as_dict(private=False)}, key=OTHER),
    "own key by address (jku)": lambda i: i.token(header={"jku": "https://evil.test/jwks"}, key=OTHER),
    "own certificate by address (x5u)": lambda i: i.token(header={"x5u": "https://evil.test/c"}, key=OTHER),
    "unencoded payload (b64=false)": lambda i: with_header(
        i, HEADER | {"alg": "ES256", "b64": False, "crit": ["b64"]}
    ),
    "claims changed": lambda i: f"{parts(i)[0]}.{segment(i.claims(roles=['admin']))}.{parts(i)[2]}",
    "header changed": lambda i: with_header(i, HEADER | {"alg": "ES256", "x": 1}),
    "signature changed": lambda i: f"{'.'.join(parts(i)[:2])}.{'A' * 86}",
    "signature empty": lambda i: f"{'.'.join(parts(i)[:2])}.",
    "signature cut": lambda i: i.token()[:-8],
    "only two parts": lambda i: ".".join(parts(i)[:2]),
    "four parts": lambda i: f"{i.token()}.AAAA",
    "header that is no object": lambda i: with_header(i, [1]),
    "header that is no JSON": lambda i: f"e30x.{parts(i)[1]}.{parts(i)[2]}",
    "claims that are no object": lambda i: with_payload(i, "[1]"),
    "claims that are no JSON": lambda i: with_payload(i, "hello"),
    "claims nested too deeply": lambda i: with_payload(i, "[" * 3000),
    "too long": lambda i: i.token(padding="x" * 9000),
    "not ASCII": lambda i: i.token() + "é",
    "empty": lambda _: "",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
async def test_a_forged_token_is_refused(issuer: TestIssuer, forge: Callable[[TestIssuer], str]) -> None:
    with pytest.raises(TokenRefusedError):
        await issuer.verifier().principal(forge(issuer))


def test_the_forgeries_are_as_many_as_promised() -> None:
    assert len(FORGED) + len(FORGED_CLAIMS) + len(FORGED_HEADERS) >= 40


async def test_a_token_is_good_until_the_skew_after_its_expiry(issuer: TestIssuer) -> None:
    verifier, token = issuer.verifier(), issuer.token(exp=issuer.now + 1)
    issuer.now += SKEW_SECONDS
    assert await verifier.principal(token)
    issuer.now += 1
    with pytest.raises(TokenRefusedError):
        await verifier.principal(token)


async def test_a_token_is_good_from_the_skew_before_its_start(issuer: TestIssuer) -> None:
    token = issuer.token(nbf=issuer.now + SKEW_SECONDS)
    assert await issuer.verifier().principal(token)
    with pytest.raises(TokenRefusedError):
        await issuer.verifier().principal(issuer.token(nbf=issuer.now + SKEW_SECONDS + 1))


async def test_a_token_from_the_future_is_refused(issuer: TestIssuer) -> None:
    with pytest.raises(TokenRefusedError):
        await issuer.verifier().principal(issuer.token(iat=issuer.now + SKEW_SECONDS + 1))


async def test_an_acr_counts_as_second_factor_only_where_it_is_named(issuer: TestIssuer) -> None:
    token = issuer.token(roles=["admin"], amr=..., acr="gold")
    assert (await issuer.verifier(second_factor_acr="silver gold").principal(token)).roles == {"admin"}
    for named in ("", "silver", "gol"):
        with pytest.raises(SecondFactorError):
            await issuer.verifier(second_factor_acr=named).principal(token)
    with pytest.raises(TokenRefusedError):
        await issuer.verifier(second_factor_acr="gold").principal(issuer.token(roles=["admin"], acr=["gold"]))


async def test_roles_that_no_issuer_may_give_are_ignored(issuer: TestIssuer) -> None:
    token = issuer.token(roles=["reporter", "respondent", "public", "emperor", "tpi"])
    assert (await issuer.verifier().principal(token)).roles == {"tpi"}


async def test_unknown_kids_fetch_the_keys_at_most_once_a_minute(issuer: TestIssuer) -> None:
    verifier = issuer.verifier()
    await verifier.principal(issuer.token())
    for _ in range(20):
        with pytest.raises(TokenRefusedError):
            await verifier.principal(issuer.token(header={"kid": "other"}))
    assert issuer.fetches == 1
    issuer.now += int(REFRESH_SECONDS)
    with pytest.raises(TokenRefusedError):
        await verifier.principal(issuer.token(header={"kid": "other"}))
    assert issuer.fetches == 2


async def test_a_new_key_is_found_when_its_first_token_comes(issuer: TestIssuer) -> None:
    verifier = issuer.verifier()
    await verifier.principal(issuer.token())
    issuer.key = ec_key("k2")
    issuer.published.append(issuer.key)
    issuer.now += int(REFRESH_SECONDS)
    assert await verifier.principal(issuer.token(header={"kid": "k2"}))


async def test_a_withdrawn_key_is_dropped_at_the_next_renewal(issuer: TestIssuer) -> None:
    verifier, old = issuer.verifier(), issuer.key
    await verifier.principal(issuer.token())
    issuer.published = [ec_key("k2")]
    issuer.now += int(RENEW_SECONDS) + 1
    with pytest.raises(TokenRefusedError):
        await verifier.principal(issuer.token(key=old))


async def test_callers_with_known_keys_never_wait_for_a_slow_issuer(issuer: TestIssuer) -> None:
    verifier = issuer.verifier()
    await verifier.principal(issuer.token())
    issuer.may_answer.clear()
    issuer.now += int(RENEW_SECONDS) + 1
    calls = [verifier.principal(issuer.token()) for _ in range(20)]
    assert len(await asyncio.wait_for(asyncio.gather(*calls), 4)) == 20
    issuer.may_answer.set()

    async def is_renewed() -> bool:
        return issuer.fetches == 2

    await until(is_renewed)
    await verifier.close()


async def test_one_caller_with_an_unknown_key_waits_for_a_slow_issuer_and_others_are_refused(
    issuer: TestIssuer,
) -> None:
    verifier = issuer.verifier()
    await verifier.principal(issuer.token())
    issuer.key = ec_key("k2")
    issuer.published.append(issuer.key)
    issuer.now += int(REFRESH_SECONDS)
    issuer.may_answer.clear()
    token = issuer.token(header={"kid": "k2"})
    calls = [asyncio.create_task(verifier.principal(token)) for _ in range(20)]
    refused = [await asyncio.wait_for(asyncio.gather(call, return_exceptions=True), 4) for call in calls[1:]]
    assert all(isinstance(error, KeysAwayError) for (error,) in refused)
    issuer.may_answer.set()
    assert (await calls[0]).subject == "someone"
    assert await verifier.principal(token)
    assert issuer.fetches == 2


async def test_an_issuer_that_never_answers_is_given_up(
    issuer: TestIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.security.tokens.FETCH_SECONDS", 0.05)
    issuer.may_answer.clear()
    with pytest.raises(KeysAwayError):
        await asyncio.wait_for(issuer.verifier().principal(issuer.token()), 10)


async def test_good_keys_last_a_day_while_the_issuer_is_away(issuer: TestIssuer) -> None:
    verifier = issuer.verifier()
    await verifier.principal(issuer.token())
    issuer.is_away = True
    issuer.now += int(KEEP_SECONDS) - 1
    assert await verifier.principal(issuer.token())
    assert await verifier.ready() is None
    issuer.now += 2
    with pytest.raises(KeysAwayError):
        await verifier.principal(issuer.token())
    assert await verifier.ready() is not None


async def test_an_issuer_that_is_away_at_start_is_asked_again_soon(issuer: TestIssuer) -> None:
    issuer.is_away = True
    verifier = issuer.verifier()
    with pytest.raises(KeysAwayError):
        await verifier.principal(issuer.token())
    issuer.is_away = False
    issuer.now += 2
    assert await verifier.principal(issuer.token())


async def test_metadata_of_another_issuer_brings_no_keys(issuer: TestIssuer) -> None:
    issuer.metadata_issuer = "https://evil.test"
    with pytest.raises(KeysAwayError):
        await issuer.verifier().principal(issuer.token())


def test_only_public_asymmetric_signing_keys_are_used() -> None:
    with pytest.warns(SecurityWarning):
        small = RSAKey.generate_key(1024, {"kid": "small"})
    curve = ECKey.generate_key("P-384", {"kid": "curve"})
    document = {
        "keys": [
            ec_key("good").as_dict(private=True),
            OctKey.generate_key(256, {"kid": "oct"}).as_dict(),
            ec_key("enc").as_dict(private=False) | {"use": "enc"},
            ec_key("alg").as_dict(private=False) | {"alg": "ES384"},
            curve.as_dict(private=False),
            small.as_dict(private=False),
            {"kty": "EC", "crv": "P-256", "x": "?", "y": "?", "kid": "broken"},
            {name: value for name, value in ec_key().as_dict(private=False).items() if name != "kid"},
        ]
    }
    keys = usable_keys(document)
    assert list(keys) == ["good"]
    assert not keys["good"].is_private


def id_token(issuer: TestIssuer, **changed: Any) -> str:
    header = {"typ": changed.pop("typ", "JWT")}
    return issuer.token(header=header, **({"aud": "zi-toy", "nonce": "n1"} | changed))


@pytest.mark.parametrize("changed", [{}, {"typ": ...}, {"aud": ["zi-toy"]}, {"azp": "zi-toy"},
                                     {"aud": ["zi-toy", "other"], "azp": "zi-toy"}])  # fmt: skip
async def test_an_id_token_for_this_log_in_tells_who_the_person_is(
    issuer: TestIssuer, changed: dict[str, Any]
) -> None:
    claims = await issuer.verifier().person(id_token(issuer, **changed), "zi-toy", "n1")
    assert claims["sub"] == "someone"


@pytest.mark.parametrize("changed", [
    {"nonce": "n2"}, {"nonce": ...}, {"nonce": ["n1"]}, {"aud": "zi-other"}, {"aud": ["zi-toy", "other"]},
    {"aud": ["zi-toy", "other"], "azp": "other"}, {"azp": "other"}, {"iss": "https://other.test"},
    {"exp": 1}, {"typ": "at+jwt"}, {"sub": ...},
])  # fmt: skip
async def test_an_id_token_of_another_log_in_client_or_issuer_is_refused(
    issuer: TestIssuer, changed: dict[str, Any]
) -> None:
    with pytest.raises(TokenRefusedError):
        await issuer.verifier().person(id_token(issuer, **changed), "zi-toy", "n1")


async def test_an_id_token_opens_no_api(issuer: TestIssuer) -> None:
    with pytest.raises(TokenRefusedError):
        await issuer.verifier().principal(id_token(issuer, aud=AUDIENCE))


async def test_a_token_that_was_found_good_is_not_proved_again(
    issuer: TestIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    proofs: list[str] = []
    prove = jws.validate_compact

    def counted(*given: Any, **named: Any) -> bool:
        proofs.append("proof")
        return prove(*given, **named)

    monkeypatch.setattr("shared.security.tokens.jws.validate_compact", counted)
    verifier, token = issuer.verifier(), issuer.token()
    first = await verifier.principal(token)
    assert await verifier.principal(token) == first
    assert len(proofs) == 1
    head, payload, signature = token.split(".")
    forged = ".".join((head, payload, signature[::-1]))
    for _ in range(2):
        with pytest.raises(TokenRefusedError):
            await verifier.principal(forged)
    assert await verifier.principal(issuer.token(jti="j2")) == first
    assert len(proofs) == 4


async def test_a_known_token_ends_with_its_time_and_begins_with_it(issuer: TestIssuer) -> None:
    verifier, token = issuer.verifier(), issuer.token(nbf=issuer.now, exp=issuer.now + 600)
    assert await verifier.principal(token)
    for moment in (600 + SKEW_SECONDS, -SKEW_SECONDS - 1):
        issuer.now += moment
        with pytest.raises(TokenRefusedError):
            await verifier.principal(token)
        issuer.now -= moment
    assert await verifier.principal(token)


async def test_a_known_token_of_a_withdrawn_key_is_refused_from_the_next_renewal(issuer: TestIssuer) -> None:
    verifier, token = issuer.verifier(), issuer.token(exp=issuer.now + 2 * int(RENEW_SECONDS))
    assert await verifier.principal(token)
    issuer.published = [ec_key("k1")]
    issuer.now += int(RENEW_SECONDS) + 1
    with pytest.raises(TokenRefusedError):
        await verifier.principal(token)


async def test_a_known_token_is_refused_while_no_key_can_be_trusted(issuer: TestIssuer) -> None:
    verifier, token = issuer.verifier(), issuer.token(exp=issuer.now + 2 * int(KEEP_SECONDS))
    assert await verifier.principal(token)
    issuer.is_away = True
    issuer.now += int(KEEP_SECONDS) + 1
    with pytest.raises(KeysAwayError):
        await verifier.principal(token)


def test_of_known_tokens_those_unused_longest_are_forgotten() -> None:
    known = KnownTokens(most=2)
    one = Known(PUBLIC, "k1", ec_key(), 0, 1)
    known.remember("a", one)
    known.remember("b", one)
    assert known.find("a") is one
    known.remember("c", one)
    assert [known.find(token) for token in "abc"] == [one, None, one]
    assert len(known) == 2


async def test_a_good_token_is_told_of_once_with_its_claims_and_a_refused_one_never(
    issuer: TestIssuer,
) -> None:
    verifier = issuer.verifier()
    heard: list[tuple[Principal, Any]] = []

    async def told(principal: Principal, claims: Mapping[str, Any]) -> None:
        heard.append((principal, claims.get("email")))

    verifier.told = told
    token = issuer.token(email="ani@agency.test")
    principal = await verifier.principal(token)
    assert await verifier.principal(token) == principal
    with pytest.raises(TokenRefusedError):
        await verifier.principal(issuer.token(email="eve@evil.test", aud="another"))
    assert heard == [(principal, "ani@agency.test")]
    assert "ani@agency.test" not in str(principal.as_json())
