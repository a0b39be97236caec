"""The deadlines in force, as officers read them: how long, by which source, whom their ladders tell."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.complaints.cases.pages import words
from services.complaints.cases.pages.ladders import Ladder, ladder_of
from services.complaints.cases.pages.other_kinds import KindWords, other_kinds
from services.complaints.cases.why import STARTS
from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.policy import KindUnknownError, PolicyBook, Rule
from services.complaints.deadlines.store import figures
from services.complaints.deadlines.words import length, validity
from services.complaints.frame import PAGES
from shared.db.clock import database_now
from shared.http.addresses import CASE_RULES
from shared.http.authorization import PageCaller
from shared.http.state import state_of
from shared.kernel import Zone

router = APIRouter()
OF_CASES = KindWords(words.KINDS, words.ACTS, STARTS)


@router.get(CASE_RULES, operation_id="page_policies")
async def show(
    request: Request, actor: PageCaller, jenis: Annotated[str, Query(max_length=60)] = "pengaduan"
) -> HTMLResponse:
    """Show the deadlines of one kind: versions, what differs, sources, ladders, how many run."""
    others = other_kinds(request)
    kinds = OF_CASES.before(others).kinds
    if jenis not in kinds:
        raise KindUnknownError(kinds)
    called = others.before(OF_CASES) if jenis in others.kinds else OF_CASES.before(others)
    policies = engine_of(request).policies
    rules = [rule for rule in policies.rules if jenis in rule.kinds]
    async with state_of(request.app).db.reading() as session:
        today = (await database_now(session)).astimezone(Zone.WIB.tz).date()
        running = await figures.running_by_policy(session, actor.scope)
    in_force = [rule for rule in rules if rule.valid_from <= today <= rule.valid_to]
    return PAGES.page(
        request,
        "policies.html",
        kind=jenis,
        kinds=kinds,
        chips=[(text, f"{CASE_RULES}?jenis={kind}", None, kind == jenis) for kind, text in kinds.items()],
        rules=rules,
        in_force=len(in_force),
        unread=sum(not rule.is_confirmed for rule in in_force),
        running={rule.version: running[rule.version] for rule in rules},
        ladders=_ladders(policies, rules),
        differences=[found for one in _by_id(rules) if (found := _difference(one, called)) is not None],
        facts=lambda rule: _facts(rule, called),
        place=lambda rule: f"{_class(rule)}, {_place(rule)}",
        length=length,
    )


def _ladders(policies: PolicyBook, rules: Sequence[Rule]) -> Mapping[str, Ladder]:
    return {rule.version: ladder_of(rule, policies.superiors) for rule in rules}


def _facts(rule: Rule, called: KindWords) -> list[tuple[str, str]]:
    """Return what a version says, each under its name."""
    return [
        ("Lama", length(rule)),
        ("Mulai", "saat " + ", atau ".join(called.starts[fact] for fact in rule.starts)),
        ("Terpenuhi", _acts(rule.met_by, called)),
        ("Gugur", _acts(rule.cancelled_by, called)),
        ("Dapat ditambah", f"{rule.extension} sekali, dengan alasan" if rule.extension else "tidak"),
        ("Selagi pelapor melengkapi", "berhenti" if rule.is_pausable else "jalan terus"),
        (
            "Hari terakhir libur",
            "geser ke hari kerja berikutnya" if rule.is_rolling else "tetap hari itu",
        ),
        ("Pemegang", words.role(rule.holder)),
        ("Golongan", _class(rule)),
        ("Bagi", _place(rule)),
        ("Berlaku", validity(rule)),
        ("Sumber", rule.source),
        ("Dicocokkan dengan sumber", "sudah" if rule.is_confirmed else "belum"),
    ]


def _acts(acts: frozenset[str], called: KindWords) -> str:
    """Return acts in words, in the order in which they can come."""
    told = [text.lower() for act, text in called.acts.items() if act in acts]
    return ", ".join(told) or "–"


def _class(rule: Rule) -> str:
    return "semua golongan" if rule.case_class is None else f"golongan {words.CLASSES[rule.case_class]}"


def _place(rule: Rule) -> str:
    if rule.scope_id is None:
        return "semua instansi"
    return f"{'unit' if rule.scope_level == 'unit' else 'instansi'} {rule.scope_id}"


def _by_id(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Return the versions of each deadline, in the order of the data."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        found.setdefault(rule.id, []).append(rule)
    return list(found.values())


def _difference(
    versions: Sequence[Rule], called: KindWords
) -> tuple[str, Sequence[Rule], list[tuple[str, list[str]]]] | None:
    """Return what differs between versions side by side: their title, they, rows of name and values."""
    if len(versions) == 1:
        return None
    told = [dict(_facts(rule, called)) for rule in versions]
    rows = [(name, [one[name] for one in told]) for name in told[0]]
    return versions[0].title, versions, [row for row in rows if len(set(row[1])) > 1]
