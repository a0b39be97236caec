"""`zi instrument check` and `diff`: data files of the LKE on this machine, without any service."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from shared.cli.errors import CliError
from shared.cli.output import JsonOption, present
from shared.kernel import error_text, printable

SAME, DIFFERENT, TROUBLE = 0, 1, 2
_INSTRUMENT = "instrument"
LONGEST = 4000
"""Letters of a line: all codes of an instrument fit in."""
SAID = {
    "changed": "is worth or means something else",
    "reworded": "is worth the same under other words",
    "removed": "is of A alone",
    "added": "is of B alone",
}
InstrumentOption = Annotated[
    Path | None,
    typer.Option("--instrument", help="Instrument that the other files must fit; else the one of this zi."),
]


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Data files of the LKE, .json.")],
    instrument: InstrumentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check instruments, rule sets, policies, feeds and the like: all faults of all files; exit 1 for any."""
    base = None if instrument is None else _instrument(instrument)
    found = [_checked(file, base) for file in files]
    if as_json:
        present(found, as_json)
    else:
        for one in found:
            _tell(one)
    if not all(one["is_ok"] for one in found):
        raise typer.Exit(1)


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="File, edition, rule set or policies.")],
    after: Annotated[str, typer.Argument(metavar="B", help="File, edition, rule set or policies.")],
    instrument: InstrumentOption = None,
    texts: Annotated[bool, typer.Option("--texts", help="Show the texts that changed too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Tell what differs between two files, or two ids of this zi; exit 0 the same, 1 different, 2 trouble.

    Of instruments also whether an answer given under A means the same under B, item by item. The criteria of
    options stand in the official workbooks and not in these files: who has both compares them by eye.
    """
    try:
        found = _compared(before, after, None if instrument is None else _instrument(instrument))
    except (CliError, OSError) as error:
        print(f"zi: {error_text(error)}", file=sys.stderr)
        raise typer.Exit(TROUBLE) from error
    if as_json:
        present(_as_data(found), as_json)
    else:
        _tell_comparison(found, with_texts=texts)
    raise typer.Exit(SAME if found.is_same else DIFFERENT)


def _loaded(file: Path, base: Any = None) -> Any:
    """Return a data file; a faulty one is one sentence."""
    from shared.instruments.lke import InvalidInstrumentError  # noqa: PLC0415 - help needs none of it
    from shared.instruments.lke.data_files import load_file  # noqa: PLC0415
    from shared.instruments.lke.strict_json import read_file  # noqa: PLC0415

    try:
        return load_file(read_file(file), base)
    except InvalidInstrumentError as error:
        raise CliError(f"{file}: {'; '.join(error.faults)}") from error


def _instrument(file: Path) -> Any:
    found = _loaded(file)
    if found.kind != _INSTRUMENT:
        raise CliError(f"{file} holds {found.kind} and no instrument")
    return found.built


def _checked(file: Path, base: Any) -> Mapping[str, Any]:
    from shared.instruments.lke import InvalidInstrumentError  # noqa: PLC0415 - help needs none of it
    from shared.instruments.lke.data_files import load_file  # noqa: PLC0415
    from shared.instruments.lke.strict_json import read_file  # noqa: PLC0415

    kind: str | None = None
    counts: Mapping[str, int] = {}
    faults: list[str] = []
    try:
        found = load_file(read_file(file), base)
    except InvalidInstrumentError as error:
        faults = list(error.faults)
    except OSError as error:
        faults = [error_text(error).removeprefix(f"{file}: ")]
    else:
        kind, counts = found.kind, found.counts
    return {"file": str(file), "is_ok": not faults, "kind": kind, "counts": counts, "faults": faults}


def _tell(one: Mapping[str, Any]) -> None:
    for fault in one["faults"]:
        print(f"fault: {one['file']}: {_line(fault)}")
    if one["is_ok"]:
        counts = ", ".join(
            f"{count} {name.removesuffix('s') if count == 1 else name}"
            for name, count in one["counts"].items()
        )
        print(f"ok: {one['file']}: {one['kind']}: {counts}")


class _Side(NamedTuple):
    """One side of a comparison; `edition` is set for one that stands for the whole instrument."""

    kind: str
    built: Any
    data: Any
    edition: str | None = None


def _side(name: str, base: Any) -> _Side:
    from shared.instruments.lke import lke_instrument, policy_sets, rule_sets  # noqa: PLC0415
    from shared.instruments.lke.load import read  # noqa: PLC0415

    instrument = base or lke_instrument()
    if name in instrument.editions:
        return _Side(_INSTRUMENT, instrument, None if base else read("instrument.json"), name)
    for kind, known in (("rule sets", rule_sets()), ("policies", policy_sets())):
        if name in known:
            return _Side(kind, {name: known[name]}, None)
    if not Path(name).exists() and Path(name).name == name and not name.endswith(".json"):
        ids = ", ".join([*instrument.editions, *rule_sets(), *policy_sets()])
        raise CliError(f"{name} is neither a file nor an edition, rule set or policies of ours: {ids}")
    file = _loaded(Path(name), base)
    return _Side(file.kind, file.built, file.data)


def _compared(before: str, after: str, base: Any) -> Any:
    from shared.instruments.lke import comparison  # noqa: PLC0415 - help needs none of it

    old, new = _side(before, base), _side(after, base)
    if old.kind != new.kind:
        raise CliError(f"{before} holds {old.kind}, {after} {new.kind}: two of one kind can be compared")
    if old.edition is not None and new.edition is not None:
        return comparison.compare_editions(old.built, old.edition, new.edition)
    if old.kind == _INSTRUMENT:
        blocks = (old.data, new.data) if old.data and new.data else None
        return comparison.compare_instruments(old.built, new.built, blocks)
    if old.kind == "rule sets":
        return comparison.compare_rule_sets(old.built, new.built)
    if old.kind == "policies":
        chosen = [None if one.data is None else _chosen(one.data) for one in (old, new)]
        return comparison.compare_policies(old.built, new.built, chosen[0], chosen[1])
    return comparison.compare_data(old.data, new.data)


def _chosen(data: Mapping[str, Any]) -> Mapping[str, str]:
    """Return which policies a file of them lets assessments have."""
    return {name: data[name] for name in ("default", "before_pinning")}


def _tell_comparison(found: Any, *, with_texts: bool) -> None:
    for one in found.rules:
        print(_line(str(one)))
    for one in found.texts if with_texts else ():
        print(f"text of {_line(str(one))}")
    if found.texts and not with_texts:
        count = len(found.texts)
        print(f"{count} {'text differs' if count == 1 else 'texts differ'}: --texts shows")
    if found.items:
        _tell_meanings(found.items)
    if found.is_same:
        print("no difference")


def _tell_meanings(items: Sequence[Any]) -> None:
    known = [one for one in items if one.before is not None]
    same = sum(one.meaning == "same" for one in known)
    print(f"an answer of A means the same in B for {same} of {len(known)} items of A")
    groups: dict[str, list[str]] = {}
    for one in items:
        if one.meaning != "same":
            name = one.after or one.before
            if None not in (one.before, one.after) and one.before != one.after:
                name = f"{one.before} -> {one.after}"
            said = SAID[one.meaning] + (f" (other {', '.join(one.reasons)})" if one.reasons else "")
            groups.setdefault(said, []).append(name)
    for said, names in groups.items():
        print(_line(f"  {said}: {', '.join(names)}"))


def _line(text: str) -> str:
    """Return what a file says as one line that a terminal shows and does not obey."""
    told = printable(" ".join(text.splitlines()))
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}…"


def _as_data(found: Any) -> Mapping[str, Any]:
    return {
        "is_same": found.is_same,
        "rules": [asdict(one) for one in found.rules],
        "texts": [asdict(one) for one in found.texts],
        "items": [asdict(one) for one in found.items],
    }
