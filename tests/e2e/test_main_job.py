"""From a filled worksheet to a live, explained score, as a stranger drives it: with `zi` alone."""

import itertools
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.support.kafka import producing
from tests.support.lke import case, shared_workbooks
from tests.support.polling import until
from tests.support.system import LocalSystem
from tests.support.workbook import workbook

_numbers = itertools.count(1)
TOLERANCE = Decimal("1e-9")


@pytest.fixture
def unit(system: LocalSystem) -> str:
    """A new unit with a programme of 2024 and one of 2026."""
    name = f"kantor-{next(_numbers)}"
    system.zi("unit", "create", "--id", name, "--name", f"Kantor {name}", "--json").json()
    for year in ("2024", "2026"):
        system.zi("programme", "create", "--unit", name, "--year", year, "--target", "WBK", "--json").json()
    return name


def imported(system: LocalSystem, unit: str, file: Path) -> int:
    """Import a workbook as the unit's answers of 2024 and return the worksheet's version."""
    place = ("--unit", unit, "--year", "2024", "--layer", "unit", "--json")
    dry = system.zi("lke", "import", str(file), *place, "--dry-run").json()
    assert dry["version"] == 0, "a dry run writes nothing"
    return int(system.zi("lke", "import", str(file), *place).json()["version"])


def scored(system: LocalSystem, unit: str, year: int, *options: str) -> dict[str, Any]:
    found: dict[str, Any] = system.zi("score", unit, "--year", str(year), "--json", *options).json()
    return found


def values(found: dict[str, Any]) -> dict[str, Decimal | None]:
    """Return every value of a score by code, TOTAL included."""
    lists = ("components", "subcomponents", "areas", "indicators", "questions")
    entries = [entry for name in lists for entry in found[name]]
    numbers = {entry["code"]: entry["value"] for entry in entries} | {"TOTAL": found["total"]}
    return {code: None if value is None else Decimal(value) for code, value in numbers.items()}


WORKBOOKS = [
    *(pytest.param(None, case(name), id=name) for name in ("06-kspstk-2024-answers", "06-random-1")),
    *(pytest.param(file, None, id=file.stem) for file in shared_workbooks()),
]
TOTALS = {"workbook-2021-kspstk-2024": "92.4368256090315", "workbook-2021-random-1": "65.2527378241619"}


@pytest.mark.parametrize(("official", "own"), WORKBOOKS)
def test_a_workbook_scores_to_what_its_own_formulas_give(
    system: LocalSystem, unit: str, tmp_path: Path, official: Path | None, own: dict[str, Any] | None
) -> None:
    file = official
    expected: dict[str, Any] = {"TOTAL": TOTALS[official.stem]} if official else {}
    if own is not None:
        file = tmp_path / "lke.xlsx"
        file.write_bytes(workbook(own["answers"]))
        expected = own["expected"] | own["question_values"]
    assert file is not None
    version = imported(system, unit, file)
    found = scored(
        system, unit, 2024, "--layer", "unit", "--mode", "workbook", "--wait-version", str(version)
    )
    assert (found["version"], found["gates"], found["edition"]) == (version, [], "2021")
    ours = values(found)
    for code, figure in expected.items():
        value = ours[code]
        if figure is None:
            assert value is None, code
        else:
            assert value is not None
            assert abs(value - Decimal(str(figure))) < TOLERANCE, code


def test_zero_mode_gives_exact_numbers_and_every_gate(system: LocalSystem, unit: str) -> None:
    answers = ("A.I.1.ii.a=Ya", "A.I.1.ii.b=B", "B.I.a=3.6")
    version = system.zi(
        "lke", "answer", "--unit", unit, "--year", "2026", "--layer", "unit", *answers, "--json"
    ).json()["version"]
    found = scored(system, unit, 2026, "--wait-version", str(version))
    assert found["total_exact"] == str(Fraction(1, 2) + Fraction(63, 4))
    assert (found["total"], found["display"]) == ("16.250000000000", "16.25")
    assert (found["layer"], found["mode"], found["completeness"]) == ("effective", "zero", "3/113")
    gates = {(gate["predicate"], gate["code"]): gate for gate in found["gates"]}
    assert len(gates) == 24
    ipak = gates["WBK", "B.I.a"]
    assert (ipak["met"], ipak["shortfall"], ipak["minimum"]) == (True, "0.000000000000", "15.750000000000")
    assert gates["WBK", "TOTAL"]["reachable"]


def test_a_refused_answer_writes_nothing_and_says_why_in_one_sentence(system: LocalSystem, unit: str) -> None:
    place = ("--unit", unit, "--year", "2026", "--layer", "unit")
    refused = system.zi("lke", "answer", *place, "A.I.1.i.b=A", "A.I.3.v.a=E", "X.9=A")
    assert refused.code == 1
    assert "A.I.3.v.a" in refused.err
    assert "X.9" in refused.err
    assert "Traceback" not in refused.err
    assert system.zi("lke", "show", *place[:4], "--json").json()["version"] == 0


def test_an_activity_is_done_only_with_its_evidence(system: LocalSystem, unit: str, tmp_path: Path) -> None:
    made = system.zi(
        "activity", "add", "--unit", unit, "--year", "2026", "--indicator", "A.I.1.i", "--title",
        "Menetapkan tim kerja", "--kind", "sk", "--json",
    ).json()  # fmt: skip
    refused = system.zi("activity", "complete", made["activity_id"])
    assert refused.code == 1
    assert "sk" in refused.err


def complain(system: LocalSystem, unit: str) -> tuple[str, str]:
    made = system.zi(
        "complaint", "submit", "--unit", unit, "--text", "Loket tutup sebelum jam layanan berakhir.", "--json"
    )
    return made.json()["id"], made.json()["receipt"]


async def test_a_settled_complaint_moves_the_score_of_its_unit(system: LocalSystem, unit: str) -> None:
    await until(lambda: _known(system, unit), what="complaints knows the unit")
    case, receipt = complain(system, unit)
    complain(system, unit)
    team = ("--name", "Tim Penanganan", "--decree", "SK-1/2025", "--on", "2025-01-02")
    system.zi("complaint", "handling-unit", "add", "--unit", unit, *team, "--json").json()
    for act in (
        ("verify", case, "--class", "normatif"),
        ("dispose", case),
        ("follow-up", case, "--text", "Loket ditinjau langsung.", "--evidence", "BA-1"),
        (
            "respond",
            case,
            "--outcome",
            "terbukti",
            "--text",
            "Jadwal loket diperbaiki.",
            "--evidence",
            "BA-2",
        ),
        ("approve", case),
        ("accept", "--receipt", receipt),
    ):
        assert system.zi("complaint", *act, "--json").code == 0, act

    async def settled() -> bool:
        return values(scored(system, unit, 2026, "--layer", "live"))["A.II.5.ii.a"] == Decimal("0.5")

    await until(settled, seconds=30)
    assert values(scored(system, unit, 2026))["TOTAL"] == Decimal("1.5")


async def _known(system: LocalSystem, unit: str) -> bool:
    found = system.zi("complaint", "list", "--unit", unit, "--json")
    listed = system.zi("complaint", "submit", "--unit", unit, "--text", "x", "--json")
    return found.code == 0 and unit not in listed.err


async def test_a_poison_record_is_listed_and_discarded_by_the_operator(system: LocalSystem) -> None:
    async with producing(system.addresses["kafka"]) as producer:
        await producer.send_and_wait("zi.planning.worksheet.v1", b"{", key=b"poison")

    async def listed() -> Any:
        found = system.zi("dlq", "list", "--service", "scoring", "--json").json()
        return [row for row in found["items"] if row["reason"] == "no_headers"]

    (row, *_) = await until(listed, seconds=30)
    shown = system.zi("dlq", "show", str(row["id"]), "--service", "scoring", "--json").json()
    assert shown["value"] == "{"
    assert system.zi("dlq", "replay", str(row["id"]), "--service", "scoring").code == 1, "still not an event"
    assert system.zi("dlq", "discard", str(row["id"]), "--reason", "uji", "--service", "scoring").code == 0


def test_outboxes_reconcile_and_a_rebuild_gives_the_same_digest(system: LocalSystem) -> None:
    reconciled = system.zi("outbox", "reconcile", "--json")
    found = json.loads(reconciled.out)
    assert {name: (r["missing"], r["altered"]) for name, r in found.items()} == dict.fromkeys(found, ([], []))
    rebuilt = system.zi("rebuild", "scoring", "--json").json()
    assert rebuilt["equal"], rebuilt["differences"]
    assert rebuilt["digest"] == rebuilt["live_digest"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("score", "tidak-ada", "--year", "2026"),
        ("unit", "show", "tidak-ada"),
        ("programme", "create", "--unit", "tidak-ada", "--year", "2026", "--target", "WBK"),
        ("lke", "import", "tidak-ada.xlsx", "--unit", "x", "--year", "2026", "--layer", "unit"),
        ("complaint", "show", "00000000-0000-7000-8000-000000000000"),
        ("survey", "status", "00000000-0000-7000-8000-000000000000"),
        ("dlq", "show", "999999"),
    ],
)
def test_every_error_is_a_sentence_and_a_non_zero_exit(
    system: LocalSystem, arguments: tuple[str, ...]
) -> None:
    answered = system.zi(*arguments)
    assert answered.code != 0
    assert answered.err.strip()
    assert "Traceback" not in answered.err + answered.out
