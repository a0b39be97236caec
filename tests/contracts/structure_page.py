"""`docs/structure.md`, drawn from the import graph: the rooms of the house and who imports whom."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import grimp

from shared.db.roles import SERVICES

ROOT = Path(__file__).parents[2]
Arrows = Mapping[str, Collection[str]]
"""By room, the rooms it imports."""

_HEAD = """\
# Structure

Drawn from the import graph by `make docs`; do not edit.

A service with several subjects shows them inside it. An arrow says *imports*, and no way leads back; what is
reached through another room has no arrow of its own.
"""


def structure_page() -> str:
    """Return the whole page as Markdown; raises `graphlib.CycleError` that names the rooms of a circle."""
    rooms = [f"services.{service}" for service in SERVICES] + sorted(_graph().find_children("shared"))
    inside = {room: subjects(room) for room in rooms}
    return "\n".join(
        [
            _HEAD,
            "```mermaid",
            "flowchart TD",
            *(line for room in rooms for line in _box(room, inside[room])),
            *_drawn(reduced(arrows(rooms))),
            "```",
            "",
            "| room | holds |",
            "|---|---|",
            *(_row(room) for outer in rooms for room in (outer, *inside[outer])),
            "",
        ]
    )


def subjects(service: str) -> list[str]:
    """Return the packages of a service that have rules of their own."""
    modules = _graph().modules
    return sorted(
        room
        for room in _graph().find_children(service)
        if service.startswith("services.") and f"{room}.domain" in modules
    )


def arrows(rooms: Collection[str]) -> dict[str, set[str]]:
    """Return which rooms each room imports, by itself or through modules that stand in no room."""
    graph = _graph()
    owner = {module: room for room in rooms for module in (room, *graph.find_descendants(room))}
    found: dict[str, set[str]] = {}
    for room in rooms:
        ahead = [module for module, its_room in owner.items() if its_room == room]
        seen: set[str] = set()
        while ahead:
            new = graph.find_modules_directly_imported_by(ahead.pop()) - seen
            seen |= new
            ahead += [module for module in new if owner.get(module, room) == room]
        found[room] = {owner[module] for module in seen & owner.keys()} - {room}
    return found


def reduced(drawn: Arrows) -> dict[str, list[str]]:
    """Return the arrows without those that a longer way makes; raises `graphlib.CycleError` for a circle."""
    beyond: dict[str, set[str]] = {}
    kept: dict[str, list[str]] = {}
    for room in TopologicalSorter(drawn).static_order():
        direct = set(drawn[room])
        far = {end for near in direct for end in beyond[near]}
        beyond[room] = direct | far
        kept[room] = sorted(direct - far)
    return kept


@cache
def _graph() -> grimp.ImportGraph:
    """Return the graph that the import contracts are held against, without what they ignore."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    graph = grimp.build_graph(
        *settings["root_packages"],
        exclude_type_checking_imports=settings["exclude_type_checking_imports"],
        cache_dir=None,
    )
    acyclic = next(one for one in settings["contracts"] if one["type"] == "acyclic_siblings")
    for pattern in acyclic.get("ignore_imports", []):
        for found in graph.find_matching_direct_imports(pattern):
            graph.remove_import(importer=found["importer"], imported=found["imported"])
    return graph


def _box(room: str, inside: Collection[str]) -> Iterator[str]:
    if not inside:
        yield f"    {room}([{_name(room)}])" if room.startswith("services.") else f"    {room}[{_name(room)}]"
        return
    yield f"    subgraph {room}[{_name(room)}]"
    yield from (f"        {subject}[{_name(subject)}]" for subject in inside)
    yield from (f"    {line}" for line in _drawn(reduced(arrows(inside))))
    yield "    end"


def _drawn(kept: Arrows) -> Iterator[str]:
    yield from (f"    {room} --> {' & '.join(kept[room])}" for room in sorted(kept) if kept[room])


def _name(room: str) -> str:
    return room.rpartition(".")[2]


def _row(room: str) -> str:
    said = (import_module(room).__doc__ or "").partition("\n")[0]
    return f"| `{room.replace('.', '/')}` | {said} |"
