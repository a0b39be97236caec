"""Every request is written down before it is sent and after its answer; nothing is forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["unknown", "ok", "refused"]


@dataclass(slots=True)
class Command:
    """One command by its idempotency key; `facts` are the events it must cause when accepted, by topic."""

    key: str
    method: str
    url: str
    body: dict[str, Any]
    facts: dict[str, int]
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    effect: tuple[str, ...] = ()
    outcome: Outcome = "unknown"
    status: int | None = None
    answer: Any = None
    tries: int = 0


class History:
    """All commands of a run, in the order they were first sent."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def add(self, command: Command) -> Command:
        """Write a command down before it is sent."""
        self.commands.append(command)
        return command

    def of(self, outcome: Outcome) -> Iterator[Command]:
        """Yield the commands with this outcome."""
        return (command for command in self.commands if command.outcome == outcome)

    def facts(self) -> dict[str, int]:
        """Return how many events the accepted commands must have caused, by topic."""
        expected: dict[str, int] = {}
        for command in self.of("ok"):
            for topic, count in command.facts.items():
                expected[topic] = expected.get(topic, 0) + count
        return expected

    def accepted(self, path: str) -> int:
        """Return how many commands to URLs ending in `path` were accepted."""
        return sum(command.url.endswith(path) for command in self.of("ok"))

    def counts(self) -> dict[str, int]:
        """Return how many commands ended how."""
        found: dict[str, int] = {"ok": 0, "refused": 0, "unknown": 0}
        for command in self.commands:
            found[command.outcome] += 1
        return found
