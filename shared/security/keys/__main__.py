"""`python -m shared.security.keys create|rotate|destroy ADDRESS`: what is done to wrapping keys by hand.

`create` makes a file with a first key (a key service has its own way), `rotate` a new version by which
everything is wrapped from then on, `destroy --before N` ends the versions before N for good.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from shared.security.keys.local import LocalKeys
from shared.security.keys.opening import keys_fault, open_keys
from shared.security.keys.provider import KeyFileError, KeysAwayError


async def run(verb: str, address: str, token_file: Path | None, before: int | None) -> str:
    """Do it and return what to say; raises `ValueError`, `KeyFileError`, `KeysAwayError`."""
    if (fault := keys_fault(address, token_file)) is not None:
        raise ValueError(f"the address {fault}")
    if verb == "create":
        return _create(address)
    keys = open_keys(address, token_file)
    if verb == "rotate":
        return f"version {await keys.create()} wraps from now on; the service wraps the others anew"
    if before is None:
        raise ValueError("say --before which version")
    await keys.destroy(before)
    return f"versions before {before} are destroyed"


def _create(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "file":
        raise ValueError("a key service makes its keys itself")
    path = Path(unquote(parts.path))
    if path.exists():
        raise ValueError("the file is there already; it was not touched")
    LocalKeys.made(path)
    return "made; back the file up apart from the database"


def main() -> int:
    """Parse, do, and say; exit 2 with one sentence where that is refused."""
    parser = argparse.ArgumentParser(prog="python -m shared.security.keys")
    parser.add_argument("verb", choices=("create", "rotate", "destroy"))
    parser.add_argument("address", help="file:///path/keys.json or https://host:8200/transit/KEY")
    parser.add_argument("--token-file", type=Path)
    parser.add_argument("--before", type=int)
    asked = parser.parse_args()
    try:
        said = asyncio.run(run(asked.verb, asked.address, asked.token_file, asked.before))
    except (ValueError, KeyFileError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeysAwayError:
        sys.stderr.write("the keys cannot be reached, or do not serve this token\n")
        return 2
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
