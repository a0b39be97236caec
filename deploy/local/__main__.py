"""`python -m deploy.local run|stop|reset`."""

import sys

from deploy.local.process import LocalError
from deploy.local.run import reset, run, stop
from deploy.local.state import StateFolder

COMMANDS = {"run": run, "stop": stop, "reset": reset}


def main() -> None:
    """Run the command; whatever is in the way ends in a sentence on standard error and exit code 1."""
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:  # noqa: PLR2004
        sys.exit("usage: python -m deploy.local run|stop|reset")
    try:
        COMMANDS[sys.argv[1]](StateFolder.from_environment())
    except LocalError as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:  # while waiting for something that stops
        sys.exit(130)


if __name__ == "__main__":
    main()
