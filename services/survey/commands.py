"""`zi survey ...`: a client of the survey API for operators, leaders and, by token, respondents."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

import typer

from shared.cli.client import Client
from shared.cli.errors import CliError, RefusedError
from shared.cli.hints import about_names, ask_about_unit, did_you_mean
from shared.cli.output import JsonOption, UnitOption, present, until
from shared.cli.waiting import LimitOption, NotYetError
from shared.cli.waiting import until as wait_until

survey = typer.Typer(
    no_args_is_help=True, help="Survey campaigns: create, invite, respond, withdraw, status, close."
)

NOT_FOUND = 404
CampaignArgument = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Campaign id.")]
_COLUMNS = ("campaign_id", "unit_id", "regime", "period", "state", "willing", "n", "version")


@survey.command(epilog="Example: zi survey create --unit kantor-a --year 2026")
def create(
    unit: UnitOption,
    year: Annotated[
        int | None, typer.Option("--year", min=2000, max=2099, help="Whole year; or give --period.")
    ] = None,
    period: Annotated[str | None, typer.Option("--period", help="2026, 2026-S1, 2026-Q3 or 2026-07.")] = None,
    regime: Annotated[
        str, typer.Option("--regime", help="mandiri.2023 (IPAK, IPKP) or skm.2017 (IKM).")
    ] = "mandiri.2023",
    without: Annotated[
        list[str] | None, typer.Option("--without", help="Item that is replaced, e.g. biaya.")
    ] = None,
    closes_at: Annotated[
        datetime | None,
        typer.Option(
            "--closes-at", formats=["%Y-%m-%dT%H:%M:%S%z"], help="Last moment; else 92 days after the period."
        ),
    ] = None,
    is_draft: Annotated[bool, typer.Option("--draft", help="Leave it a draft.")] = False,
    wait_seconds: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a campaign of a unit and open it."""
    if (year is None) == (period is None):
        raise CliError("give either --year or --period")
    body = {
        "unit_id": unit,
        "regime": regime,
        "period": period or str(year),
        "excluded_items": without or [],
        "closes_at": None if closes_at is None else closes_at.isoformat(),
    }
    with Client("survey", role="survey_operator", unit=unit) as client:
        try:
            made = _create(client, body, wait_seconds)
        except RefusedError as refused:
            raise about_names(refused, (regime, *(without or [])), _survey_names()) from refused
        if not is_draft:
            path = f"/campaigns/{made['campaign_id']}/open"
            made = client.post(path, if_match=f'"{made["version"]}"')
    _print(made, as_json)


def _survey_names() -> Iterable[str]:
    from shared.instruments.survey import regimes  # noqa: PLC0415 - only a refusal needs them

    for name, entry in regimes().items():
        yield name
        yield from () if entry.instrument is None else entry.instrument.keys


def _create(client: Client, body: dict[str, Any], limit: float | None) -> Any:
    """Create the campaign; survey may have yet to hear of a unit that was registered a moment ago."""
    key, unit = str(uuid4()), body["unit_id"]
    may_come = False

    def ask() -> Any:
        nonlocal may_come
        try:
            return client.post("/campaigns", body, key=key)
        except RefusedError as refused:
            if refused.problem.get("code") != "unit_not_found":
                raise
            may_come = may_come or not _is_unknown_to_planning(unit)
            if not may_come:
                raise
            raise NotYetError(
                f"survey has not heard of {unit} yet, or your account does not reach it"
            ) from refused

    return wait_until(ask, reader="survey", teller="planning", limit=limit)


def _is_unknown_to_planning(unit: str) -> bool:
    """Tell whether planning says that there is no such unit; then there is nothing to wait for."""
    try:
        with Client("planning", role="verifier") as planning:
            planning.get(f"/units/{unit}")
    except RefusedError as refused:
        return refused.problem.get("status") == NOT_FOUND
    except CliError:
        return False
    return False


@survey.command(
    "set-policy",
    epilog="Example: zi survey set-policy 019a9c1e-0000-7000-8000-000000000000 conversion=affine "
    '--reason "Surat pimpinan 12/2026"',
)
def set_policy(
    campaign: CampaignArgument,
    policy: Annotated[list[str], typer.Argument(metavar="KIND=CHOICE...", help="e.g. conversion=affine.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; the audit trail keeps it.")],
    as_json: JsonOption = False,
) -> None:
    """Choose how a draft's answers will be counted, as the agency's head."""
    with Client("survey", role="agency_head") as client:
        _, tag = client.get_versioned(f"/campaigns/{campaign}")
        body = {"policies": _pairs(policy), "reason": reason}
        _print(client.post(f"/campaigns/{campaign}/policies", body, if_match=tag), as_json)


@survey.command("open", epilog="Example: zi survey open 019a9c1e-0000-7000-8000-000000000000")
def open_(campaign: CampaignArgument, as_json: JsonOption = False) -> None:
    """Open a draft."""
    _change(campaign, "open", "survey_operator", as_json)


@survey.command(epilog="Example: zi survey close 019a9c1e-0000-7000-8000-000000000000")
def close(campaign: CampaignArgument, as_json: JsonOption = False) -> None:
    """Close a campaign for good, as the unit's leader."""
    _change(campaign, "close", "unit_leader", as_json)


@survey.command(epilog="Example: zi survey invite 019a9c1e-0000-7000-8000-000000000000 --count 30")
def invite(
    campaign: CampaignArgument,
    count: Annotated[int, typer.Option("--count", min=1, max=1000, help="How many people.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Make invitations and print their tokens and links, which are shown only once."""
    with Client("survey", role="survey_operator") as client:
        made = client.post(f"/campaigns/{campaign}/invitations", {"count": count})
    present(made, as_json, columns=("token", "link", "participant_id"))


@survey.command(
    epilog="Example: zi survey withdraw 019a9c1e-0000-7000-8000-000000000000 "
    '5f0c2c1a-0000-4000-8000-000000000000 --reason "Permintaan lisan di loket, 12 Mei"',
)
def withdraw(
    campaign: CampaignArgument,
    participant: Annotated[
        str, typer.Argument(metavar="PARTICIPANT", help="Participant id, as `invite` printed it.")
    ],
    reason: Annotated[
        str, typer.Option("--reason", help="How they asked, without their name; the audit trail keeps it.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Take back consent and answers of a person who asks for it and lost the link; this is final."""
    with Client("survey", role="survey_operator") as client:
        path = f"/campaigns/{campaign}/invitations/{participant}/withdraw"
        present(client.post(path, {"reason": reason}), as_json)


@survey.command(
    epilog="Example: zi survey respond K7xVYcQfGZl0aTnU4m1h2w --all 5",
    context_settings={"ignore_unknown_options": True},  # one token in 64 begins with a hyphen
)
def respond(
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="Invitation token or link.")],
    scores: Annotated[
        str | None, typer.Option("--scores", help="Score by item, e.g. informasi=6,persyaratan=5,...")
    ] = None,
    all_scores: Annotated[int | None, typer.Option("--all", help="The same score for every item.")] = None,
    decision: Annotated[
        str, typer.Option("--decision", help="willing, later or refused; only willing may answer.")
    ] = "willing",
    as_json: JsonOption = False,
) -> None:
    """Decide as the invited person, and hand in the answers when scores are given."""
    if scores is not None and all_scores is not None:
        raise CliError("give either --scores or --all")
    token = token.rstrip("/").rpartition("/")[2]
    with Client("survey", role=None) as client:
        sheet = client.post("/respondent/sheet", {"token": token})
        result: dict[str, Any] = {"campaign_id": sheet["campaign_id"], "decision": sheet["decision"]}
        if sheet["decision"] != decision:
            body = {"token": token, "decision": decision, "text_version": sheet["text_version"]}
            result |= client.post("/respondent/consent", body)
        given = _scores(scores, all_scores, [question["key"] for question in sheet["questions"]])
        if given is not None:
            body = {"token": token, "response_id": str(uuid4()), "scores": given}
            result |= client.post("/respondent/responses", body)
    present(result, as_json)


@survey.command(epilog="Example: zi survey status 019a9c1e-0000-7000-8000-000000000000 --json")
def status(
    campaign: Annotated[
        str | None, typer.Argument(metavar="[CAMPAIGN]", help="Campaign id; without it, a list.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Only campaigns of this unit.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show how a campaign stands: willing, answers, released indices, thresholds; or list campaigns."""
    with Client("survey", role="verifier", unit=unit) as client:
        if campaign is None:
            listed = client.get("/campaigns", unit_id=unit)
            present(listed, as_json, columns=_COLUMNS)
            ask_about_unit(unit, listed["items"])
            return
        found = client.get(f"/campaigns/{campaign}")
    present(found if as_json else _shown(found), as_json)


def _change(campaign: str, act: str, role: str, as_json: bool) -> None:
    with Client("survey", role=role) as client:
        _, tag = client.get_versioned(f"/campaigns/{campaign}")
        _print(client.post(f"/campaigns/{campaign}/{act}", if_match=tag), as_json)


def _print(campaign: dict[str, Any], as_json: bool) -> None:
    """Print a campaign; for people its closing time is the day it ends on, in the unit's zone."""
    present(campaign if as_json else campaign | {"closes_at": _closing(campaign)}, as_json)


def _closing(campaign: dict[str, Any]) -> str:
    return until(campaign["closes_at"], campaign["zone"])


def _scores(scores: str | None, all_scores: int | None, keys: list[str]) -> dict[str, int] | None:
    if all_scores is not None:
        return dict.fromkeys(keys, all_scores)
    if scores is None:
        return None
    given = _pairs(scores.split(","))
    for key in given.keys() - set(keys):
        raise CliError(" ".join(filter(None, (f"{key} is no question here:", did_you_mean(key, keys)))))
    try:
        return {key: int(value) for key, value in given.items()}
    except ValueError as error:
        raise CliError("scores are whole numbers: informasi=6,persyaratan=5,...") from error


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = [text.strip().partition("=") for text in texts]
    if not all(key and equals and value for key, equals, value in pairs):
        raise CliError("write pairs as key=value")
    return {key: value for key, _, value in pairs}


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    """Return the lines that a person at a terminal asks for; --json has the rest."""
    lines = {name: found[name] for name in (*_COLUMNS, "invited", "figures", "released_n", "grade")}
    lines["closes_at"] = _closing(found)
    for index in ("ipak", "ipkp", "ikm"):
        lines[index] = (found[index] or {}).get("display")
    for predicate, verdict in found["thresholds"].items():
        failed = ", ".join(verdict["failed"])
        lines[predicate] = f"{verdict['result']}{f': {failed}' if failed else ''} ({verdict['outlook']})"
    if found["is_deciding"] is not None:
        lines["decides"] = "yes" if found["is_deciding"] else "no, another campaign of the year does"
    lines["policies"] = ", ".join(found["policy_ids"])
    return lines
