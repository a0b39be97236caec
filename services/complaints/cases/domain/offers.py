"""Which acts a person may take on a case as it stands, and which one the case waits for.

The rules are those that the acts themselves ask (`duties`, `reviewing`): what is offered would be taken.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from services.complaints.cases.domain import duties, reviewing
from services.complaints.cases.domain.acts import FINAL, Act, ActName, State, Table
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.people import People
from shared.kernel import DomainError

HANDLER = "case_handler"
CONFIRMS: Mapping[str, ActName] = MappingProxyType(
    {
        "request_completion": "confirm_completion",
        "extend": "confirm_extension",
        "transfer": "confirm_transfer",
        "reclassify": "confirm_reclassification",
        "confirm_dismissal": "confirm_dismissal",
    }
)
"""By which act another person lets happen what was proposed."""
HANDLED_STATES = frozenset({State.DIDISPOSISIKAN, State.DIPROSES, State.DIPERIKSA, State.DIBUKA_KEMBALI})
OWED: tuple[ActName, ...] = ("correct_review", "decide_review", "begin_inspection", "report_inspection")
"""Acts that are open only while a deadline runs that they meet; each is a turn of its own."""
_OF_TURN: Mapping[str, tuple[ActName, ...]] = MappingProxyType(
    {
        "appeal": ("uphold_appeal", "reject_appeal"),
        "proceed": ("proceed",),
        "approve": ("approve",),
        "reassign": ("reassign",),
        "nobody": (),
        **{act: (act,) for act in OWED},
    }
)
_HANDLERS = frozenset({"follow_up", "respond"})
"""Acts that are of who handles the case, where the handler's role takes them at all."""
_AWAITED: Mapping[State, tuple[ActName, ...]] = MappingProxyType(
    {
        State.DITERIMA: ("verify", "respond"),
        State.DIVERIFIKASI: ("dispose",),
        State.DIDISPOSISIKAN: ("follow_up", "respond"),
        State.DIPROSES: ("respond",),
        State.DIPERIKSA: ("respond",),
        State.DIBUKA_KEMBALI: ("follow_up",),
    }
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What besides the case itself decides about acts on it.

    `days_to_ask` are those that requests for facts may still run; `asks_late` and `extends_late` tell that
    most of a deadline's time is over, so that the act would only be proposed. `is_draft_whole`: the drafted
    answer says all that its stream asks for. `owed` are the acts of which each meets a running deadline,
    `next_owed` the one of `OWED` that meets the deadline of the next step.
    """

    has_open_appeal: bool = False
    is_reporters_time_over: bool = True
    days_to_ask: int = 1
    asks_late: bool = False
    is_extendable: bool = False
    extends_late: bool = False
    is_draft_whole: bool = True
    owed: frozenset[str] = frozenset()
    next_owed: ActName | None = None
    is_handler_known: bool = True


@dataclass(frozen=True, slots=True)
class Officer:
    """A person before a case: roles, who they are to those it names, and who had a hand in it before.

    People are as of today, since the draft, since the proposal, since the receipt, and since the review that
    the account `reviewer` wrote, in this order.
    """

    subject: str
    roles: frozenset[str]
    people: People
    since_draft: People
    since_proposal: People
    since_receipt: People
    since_review: People
    reviewer: str | None = None
    actors: Collection[str] = ()


def offered(case: Case, table: Table, officer: Officer, standing: Standing) -> tuple[ActName, ...]:
    """Return the acts that the person may take on the case now, in the order of the table."""
    rows = table.open_to(case.state, case.state_before)
    mine = (row for row in rows if not row.by.isdisjoint(officer.roles))
    return tuple(dict.fromkeys(row.name for row in mine if _is_taken(case, row, officer, standing)))


def awaited(case: Case, table: Table, standing: Standing) -> tuple[Act, ...]:
    """Return the rows by one of which the case goes on, the usual one first; none on the reporter's turn."""
    names = names_of(turn_of(case, table, standing), case.state)
    rows = (table.row(name, case.state, case.state_before) for name in names)
    return tuple(row for row in rows if row is not None)


def turn_of(case: Case, table: Table, standing: Standing) -> str:
    """Return what kind of turn a case waits for; the desk's list says the same in SQL (`store.desk`).

    A whole draft is the approver's turn wherever the table has an approval, while facts are waited for too.
    """
    if case.state in FINAL:
        return "appeal" if standing.has_open_appeal else "nobody"
    if case.proposed_act is not None:
        return case.proposed_act
    if case.has_draft and standing.is_draft_whole and table.row("approve", case.state, case.state_before):
        return "approve"
    if case.state is State.MENUNGGU_KELENGKAPAN:
        return "proceed" if standing.is_reporters_time_over else "nobody"
    if case.state in HANDLED_STATES and (case.handler is None or not standing.is_handler_known):
        return "reassign"
    owed = standing.next_owed
    return owed if owed and table.row(owed, case.state, case.state_before) else "state"


def names_of(turn: str, state: State) -> Sequence[ActName]:
    """Return by which acts a case in this state goes on when it is such a turn, the usual one first."""
    if turn == "state":
        return _AWAITED.get(state, ())
    return (CONFIRMS[turn],) if turn in CONFIRMS else _OF_TURN[turn]


def turns(table: Table, roles: Collection[str]) -> Iterator[tuple[State, str, ActName, bool]]:
    """Yield the turns that may be of these roles: state, turn, act, and whether it is the handler's alone."""
    for state in table.states:
        for turn in (*CONFIRMS, *_OF_TURN, "state"):
            for name in names_of(turn, state):
                rows = [
                    row for row in table.named(name) if state in row.sources and not row.by.isdisjoint(roles)
                ]
                if rows:
                    is_handlers = name in _HANDLERS and HANDLER in rows[0].by
                    yield state, turn, name, is_handlers


def _is_taken(case: Case, row: Act, officer: Officer, standing: Standing) -> bool:
    """Tell whether the act, by this row, would not be refused for who asks or how the case stands."""
    rule = _RULES.get(row.name)
    try:
        duties.require_owed(case, row, standing.owed)
        if rule is None:
            return True
        return rule(case, row, officer, standing) is not False
    except DomainError:
        return False


def _by_handler(case: Case, row: Act, officer: Officer, _: Standing) -> None:
    if HANDLER in row.by:
        duties.require_handler(case, officer.subject, officer.people)


def _ask(case: Case, row: Act, officer: Officer, standing: Standing) -> bool:
    if case.handler is not None or officer.roles.isdisjoint(row.by - {HANDLER}):
        duties.require_handler(case, officer.subject, officer.people)
    if standing.asks_late:
        duties.require_undecided_by(case, row.name)
    return standing.days_to_ask > 0


def _confirm_request(case: Case, _: Act, officer: Officer, standing: Standing) -> bool:
    duties.require_confirmer(case, "request_completion", officer.subject, officer.since_proposal)
    return standing.days_to_ask > 0


def _extend(case: Case, row: Act, _: Officer, standing: Standing) -> bool:
    if standing.extends_late:
        duties.require_undecided_by(case, row.name)
    return standing.is_extendable


def _confirm_extension(case: Case, _: Act, officer: Officer, standing: Standing) -> bool:
    duties.require_confirmer(case, "extend", officer.subject, officer.since_proposal)
    return standing.is_extendable


def _confirm_transfer(case: Case, _: Act, officer: Officer, __: Standing) -> None:
    duties.require_confirmer(case, "transfer", officer.subject, officer.since_proposal)


def _confirm_class(case: Case, _: Act, officer: Officer, __: Standing) -> None:
    duties.require_confirmer(case, "reclassify", officer.subject, officer.since_proposal)


def _confirm_end(case: Case, _: Act, officer: Officer, __: Standing) -> None:
    duties.require_confirmer(case, "confirm_dismissal", officer.subject, officer.since_proposal)


def _refuse_end(case: Case, _: Act, __: Officer, ___: Standing) -> None:
    duties.require_proposed(case, "confirm_dismissal")


def _propose_end(case: Case, row: Act, officer: Officer, _: Standing) -> bool:
    if officer.roles.isdisjoint(row.by - {HANDLER}):
        duties.require_handler(case, officer.subject, officer.people)
    return case.proposed_act != "confirm_dismissal"


def _approve(case: Case, _: Act, officer: Officer, standing: Standing) -> bool:
    duties.require_approver(case, officer.subject, officer.since_draft)
    return standing.is_draft_whole


def _correct(_: Case, __: Act, officer: Officer, ___: Standing) -> None:
    duties.require_superior(officer.reviewer, officer.subject, officer.since_review)


def _in_person(case: Case, _: Act, __: Officer, ___: Standing) -> None:
    duties.require_face_to_face(case)


def _decide_appeal(case: Case, row: Act, officer: Officer, standing: Standing) -> None:
    reviewing.require_appeal(case, row.name, is_open=standing.has_open_appeal)
    reviewing.require_new_to_case(officer.subject, officer.actors, officer.since_receipt)


def _reopen(_: Case, __: Act, ___: Officer, standing: Standing) -> bool:
    return not standing.has_open_appeal


def _proceed(_: Case, __: Act, ___: Officer, standing: Standing) -> bool:
    return standing.is_reporters_time_over


_RULES: Mapping[ActName, Callable[[Case, Act, Officer, Standing], bool | None]] = MappingProxyType(
    {
        "request_completion": _ask,
        "confirm_completion": _confirm_request,
        "proceed": _proceed,
        "follow_up": _by_handler,
        "respond": _by_handler,
        "approve": _approve,
        "correct_review": _correct,
        "answer_in_person": _in_person,
        "extend": _extend,
        "confirm_extension": _confirm_extension,
        "confirm_transfer": _confirm_transfer,
        "confirm_reclassification": _confirm_class,
        "propose_dismissal": _propose_end,
        "confirm_dismissal": _confirm_end,
        "refuse_dismissal": _refuse_end,
        "reopen": _reopen,
        "uphold_appeal": _decide_appeal,
        "reject_appeal": _decide_appeal,
    }
)
"""What an act asks besides its row; those that are not named ask nothing more of the person or the case."""
