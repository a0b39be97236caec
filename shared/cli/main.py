"""Entry point of `zi`: finds commands by name, loads only the one that is called."""

import json
import os
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any

import typer
from typer.core import TyperGroup

from shared.cli.client import AS_USER
from shared.cli.errors import CliError, RefusedError
from shared.cli.hints import about_units, did_you_mean
from shared.kernel import error_text

GROUP = "zi.commands"
TRACEBACK = "ZI_TRACEBACK"
"""Set, it lets a fault of our own end with its traceback."""


class LazyGroup(TyperGroup):
    """A group whose commands are entry points; a command's module is imported when it is needed."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is given
        return sorted(_entry_points())

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Ask what was meant by a command that there is not."""
        known = _entry_points()
        if args[0] not in known and (hint := did_you_mean(args[0], known)):
            ctx.fail(f"No such command {args[0]!r}: {hint}")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        entry = _entry_points().get(cmd_name)
        if entry is None:
            return None
        loaded = entry.load()
        loaded._add_completion = False  # noqa: SLF001 - completion belongs to `zi`, not to each command
        loaded.rich_markup_mode = None  # plain help: rich takes longer to import than all the rest
        command = typer.main.get_command(loaded)
        command.name = cmd_name
        return command


def _entry_points() -> dict[str, EntryPoint]:
    """Return the commands that are here: the image of one service holds no other service's."""
    return {entry.name: entry for entry in entry_points(group=GROUP) if _is_here(entry.module)}


def _is_here(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Zona Integritas from the command line. `--as USER` acts as that demo user, ZI_TOKEN as its bearer.",
    epilog="Example: zi score kantor-a --year 2026",
)


@app.callback()
def start() -> None:
    """Exist, so that the group stays a group."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `zi`; every failure is one sentence on standard error and a non-zero exit code.

    With `--json` a service's refusal stands whole on standard output besides.
    """
    given = _take_user(list(sys.argv[1:] if arguments is None else arguments))
    try:
        app(args=given, prog_name="zi")
    except RefusedError as error:
        if "--json" in given:
            print(json.dumps(error.problem, ensure_ascii=False, indent=2))
        _fail("\n  ".join(filter(None, (str(error), about_units(error.problem, given)))))
    except CliError as error:
        _fail(str(error))
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(130)
    except OSError as error:  # a file that is not there, or not ours
        _fail(error_text(error))
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        kind = type(error).__name__
        _fail(f"this is a fault of zi itself ({kind}: {error_text(error)}); {TRACEBACK}=1 shows where")


def _fail(text: str) -> None:
    print(f"zi: {text}", file=sys.stderr)
    sys.exit(1)


def _take_user(arguments: list[str]) -> list[str]:
    """Take `--as USER` out of the arguments, wherever it stands, and put it into the environment."""
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--as":
            if not (user := next(words, "")):
                print("zi: --as needs the name of a demo user", file=sys.stderr)
                sys.exit(2)
            os.environ[AS_USER] = user
        elif word.startswith("--as="):
            os.environ[AS_USER] = word.removeprefix("--as=")
        else:
            rest.append(word)
    return rest


def run_async(coroutine: Any) -> Any:
    """Run an operator's coroutine and turn faults of infrastructure into sentences."""
    import asyncio  # noqa: PLC0415 - only operator commands need it
    import logging  # noqa: PLC0415

    from aiokafka.errors import CommitFailedError, KafkaConnectionError, KafkaError  # noqa: PLC0415
    from asyncpg import PostgresError  # noqa: PLC0415

    from shared.consumer.batch import HaltError  # noqa: PLC0415
    from shared.db import DatabaseAwayError  # noqa: PLC0415
    from shared.kafka.reader import TopicMissingError  # noqa: PLC0415

    logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # or its lines bury the sentence below
    try:
        return asyncio.run(coroutine)
    except DatabaseAwayError as error:
        raise CliError(f"the database cannot be reached: {error_text(error)}") from error
    except KafkaConnectionError as error:
        raise CliError(f"Kafka cannot be reached: {error_text(error)}") from error
    except CommitFailedError as error:
        raise CliError(
            "the consumer is at work and keeps its own place; this is for one that is halted"
        ) from error
    except KafkaError as error:
        raise CliError(f"Kafka refused: {type(error).__name__}: {error_text(error)}") from error
    except OSError as error:
        raise CliError(error_text(error)) from error
    except HaltError as error:
        said = f"halted by {error.reason}: {error_text(error)}"
        raise CliError(f"{said}; see docs/operations.md") from error
    except (TopicMissingError, PostgresError) as error:
        raise CliError(f"{type(error).__name__}: {error_text(error)}") from error


if __name__ == "__main__":
    main()
