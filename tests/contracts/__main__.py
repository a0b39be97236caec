"""`python -m tests.contracts` (`make docs`): write everything that is made from code.

Published interfaces only grow: what would break the readers of an event or the clients of an API is named
and not written. Delete the stored file first if it was never published.
"""

import sys
from pathlib import Path

from tests.contracts.documents import DOCS, broken_clients, documents
from tests.contracts.registry import CONTRACTS
from tests.contracts.stored import IncompatibleError, store


def main() -> int:
    """Write what differs and name it; exit 1 when anything was refused."""
    refused: list[str] = []
    for contract in CONTRACTS:
        try:
            _tell(store(contract))
        except IncompatibleError as refusal:
            refused.append(str(refusal))
    for path, make in documents().items():
        text = make()
        if path.exists() and path.read_text() == text:
            continue
        if broken := broken_clients(path, text):
            refused += [f"{path.stem}: {finding}" for finding in broken]
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        _tell([path])
    sys.stderr.writelines(f"refused: {sentence}\n" for sentence in refused)
    return 1 if refused else 0


def _tell(written: list[Path]) -> None:
    sys.stdout.writelines(f"wrote {path.relative_to(DOCS.parent)}\n" for path in written)


if __name__ == "__main__":
    sys.exit(main())
