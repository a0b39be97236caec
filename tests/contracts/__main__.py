"""`python -m tests.contracts` (`make docs`): write everything that is made from code.

Stored event schemas only grow: a change that would break readers is refused in one sentence.
"""

import sys

from tests.contracts.documents import DOCS, documents
from tests.contracts.registry import CONTRACTS
from tests.contracts.stored import IncompatibleError, store


def main() -> int:
    """Write what differs and name it; exit 1 at a refusal."""
    try:
        written = [path for contract in CONTRACTS for path in store(contract)]
    except IncompatibleError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    for path, text in documents():
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            written.append(path)
    for path in written:
        sys.stdout.write(f"wrote {path.relative_to(DOCS.parent)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
