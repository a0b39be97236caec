"""Answer sets of the LKE with their expected figures, for tests of the instrument and of its users."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from shared.instruments.lke import Answer, parse_answers

_ROOT = Path(__file__).parents[2]
_OWN = _ROOT / "tests" / "unit" / "instruments" / "lke" / "data"
_SHARED = _ROOT.parent / "shared" / "data" / "lke"


def case(name: str) -> dict[str, Any]:
    """Return one of our own cases, decimals as `Decimal`."""
    return dict(json.loads((_OWN / f"{name}.json").read_text("utf-8"), parse_float=Decimal))


def workbook_cases() -> list[Any]:
    """Return the recalculated workbooks: our own copies, and those of the shared folder when it is there."""
    found = [case("06-kspstk-2024-answers"), case("06-random-1")]
    path = _SHARED / "cases" / "06-workbook-recalculated.json"
    if path.exists():
        for entry in json.loads(path.read_text("utf-8"), parse_float=Decimal)["cases"]:
            values = {
                "question_values": entry["expected_question_values"],
                "zero": entry["plain_rule_totals"],
            }
            found.append({"id": f"shared {entry['name']}", **entry, **values})
    return found


def raw_answers(*names: str) -> dict[str, dict[str, Any]]:
    """Return the answers of our own cases, and of official ones with these names where they are there."""
    own, *others = names
    found = {own: dict(case(own)["answers"])}
    for name in others:
        path = _SHARED / "cases" / f"{name}.json"
        if path.exists():
            found[name] = json.loads(path.read_text("utf-8"), parse_float=Decimal)["answers"]
    return found


def shared_workbooks() -> list[Path]:
    """Return the official workbooks of the shared folder, none when it is absent."""
    return sorted(_SHARED.glob("workbook-2021-*.xlsx"))


def answers(raws: Mapping[str, Any]) -> dict[str, Answer | None]:
    return parse_answers(raws)


def sent_answers(raws: str | Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return answers to be sent, those of one of our own cases by its name, without blanks."""
    sent = []
    for code, answer in parse_answers(case(raws)["answers"] if isinstance(raws, str) else raws).items():
        if answer is not None:
            value = {"letter": answer.letter, "index": answer.index_text, "inputs": answer.inputs}
            sent.append({"item_code": code, **{key: one for key, one in value.items() if one is not None}})
    return sent


def best(**changes: Any) -> dict[str, Answer | None]:
    """Return the specimen's best answers with some items changed; codes with `_` for dots, None blanks."""
    raws = case("02-specimen")["answers"] | {code.replace("_", "."): raw for code, raw in changes.items()}
    return parse_answers(raws)
