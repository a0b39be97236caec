"""What somebody probably meant: the nearest of the names that exist."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from shared.cli.client import Client
from shared.cli.errors import CliError, RefusedError

MOST = 3
ALIKE = 0.7
"""Least likeness (0-1, difflib's ratio) of a name that is suggested."""
MISSING = frozenset({"not_found", "unit_not_found", "unknown_unit"})
"""Codes of refusals, or of their faults, behind which a mistyped unit may stand."""
PAGE = 200


def did_you_mean(typed: str, names: Iterable[str]) -> str:
    """Return the question as a sentence, empty when nothing is near, or when it is typed right.

    Names that begin alike come first.
    """
    spelled = {name.casefold(): name for name in names}
    if spelled.get(typed.casefold()) == typed:
        return ""
    near = get_close_matches(typed.casefold(), spelled, n=3 * MOST, cutoff=ALIKE)
    near.sort(key=lambda name: (-_same_beginning(name, typed.casefold()), name))
    return f"did you mean {' or '.join(spelled[name] for name in near[:MOST])}?" if near else ""


def _same_beginning(one: str, other: str) -> int:
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def about_units(problem: Mapping[str, Any], typed: Sequence[str]) -> str:
    """Return the question about the first word of a refused command that is nearly a unit's id."""
    codes = {problem.get("code"), *(fault.get("code") for fault in problem.get("errors") or ())}
    return _about(typed) if codes & MISSING else ""


def about_names(refused: RefusedError, typed: Iterable[str], known: Iterable[str]) -> RefusedError:
    """Return a refusal with the question what each name that there is not was meant to be."""
    names = list(known)
    hints = [f"  {name}: {hint}" for name in typed if (hint := did_you_mean(name, names))]
    return RefusedError("\n".join([str(refused), *hints]), refused.problem)


def ask_about_unit(unit: str | None, rows: Sequence[Any]) -> None:
    """Ask on standard error what a list's unit was meant to be, when there is none and nothing was found."""
    if unit is not None and not rows and (hint := _about([unit])):
        print(f"zi: {hint}", file=sys.stderr)


def _about(typed: Sequence[str]) -> str:
    try:
        units = set(_units())
    except CliError:
        return ""
    values = [word.rpartition("=")[2] if word.startswith("--") else word for word in typed]
    if units & set(values):
        return ""
    return next(filter(None, (did_you_mean(value, units) for value in values)), "")


def _units() -> Iterator[str]:
    with Client("planning", role="admin") as api:
        cursor = None
        while True:
            page = api.get("/units", cursor=cursor, limit=PAGE)
            yield from (unit["unit_id"] for unit in page["items"])
            if (cursor := page["next"]) is None:
                return
