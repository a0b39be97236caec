"""`zi complaint custodian ...`: keys of custodians. Private ones are made, kept and used on their side."""

import base64
import binascii
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from services.complaints.commands.calls import VersionOption, complaint
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import JsonOption, present

OFFICE = "privacy_officer"
_OTHERS = 0o077
custodian = typer.Typer(no_args_is_help=True, help="Custodians: their keys, and what is sealed to them.")
complaint.add_typer(custodian, name="custodian")
KeyFile = Annotated[Path, typer.Option("--key", help="File of the private key; it stays with its custodian.")]
DAY = ["%Y-%m-%d"]


@custodian.command(epilog="Example: zi complaint custodian key --key kustodian.json")
def key(file: KeyFile) -> None:
    """Make a pair of keys: the private one into a new file, the public one to be entered."""
    from shared.security.custody import fingerprint, new_pair  # noqa: PLC0415 - cryptography loads for long

    private, public = new_pair()
    told = {"public_key": _text(public), "private_key": _text(private)}
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:
            json.dump(told, made, indent=2)
    except FileExistsError:
        raise CliError(f"{file} is there already; it was not touched") from None
    except OSError as error:
        raise CliError(f"{file} cannot be written: {error.strerror}") from error
    present({"public_key": told["public_key"], "fingerprint": fingerprint(public)}, as_json=False)


@custodian.command("open", epilog="Example: zi complaint custodian open --key kustodian.json tersegel.json")
def open_sealed(
    file: KeyFile,
    sealed: Annotated[Path, typer.Argument(metavar="SEALED", help="File of what was sealed.")],
) -> None:
    """Show what was sealed to the key; nothing is sent anywhere."""
    from shared.security.custody import NotForThisKeyError, open_with  # noqa: PLC0415 - as above
    from shared.security.sealing import SealBrokenError  # noqa: PLC0415 - as above

    private, told = _private(file), _read(sealed)
    try:
        parts = {name: base64.urlsafe_b64decode(text) for name, text in told["sealed"].items()}
        context = str(told["context"])
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error):
        raise CliError(f"{sealed} is no file of ours: it holds `context` and `sealed`") from None
    try:
        typer.echo(open_with(private, parts, context).decode())
    except NotForThisKeyError:
        raise CliError("this was sealed to other custodians") from None
    except SealBrokenError:
        raise CliError("this was changed, or belongs to something else: it does not open") from None


@custodian.command("list", epilog="Example: zi complaint custodian list")
def list_custodians(as_json: JsonOption = False) -> None:
    """List the custodians of agencies within reach."""
    columns = ("id", "agency_id", "name", "fingerprint", "valid_from", "valid_to")
    with Client("complaints", role=OFFICE) as client:
        present(client.get("/custodians"), as_json, columns=columns)


@custodian.command(
    epilog='Example: zi complaint custodian enter --agency contoh --name "Sari" --public-key KEY'
    " --from 2026-03-02"
)
def enter(
    agency: Annotated[str, typer.Option("--agency", help="Agency id.")],
    name: Annotated[str, typer.Option("--name", help="Who keeps the private key.")],
    public_key: Annotated[str, typer.Option("--public-key", help="As `custodian key` shows it.")],
    first: Annotated[datetime, typer.Option("--from", formats=DAY, help="First day.")],
    last: Annotated[datetime | None, typer.Option("--to", formats=DAY, help="Last day, if known.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Enter a custodian with the public key (privacy officer)."""
    body: dict[str, Any] = {
        "agency_id": agency,
        "name": name,
        "public_key": public_key,
        "valid_from": first.date().isoformat(),
        "valid_to": None if last is None else last.date().isoformat(),
    }
    with Client("complaints", role=OFFICE) as client:
        present(client.post("/custodians", body), as_json)


@custodian.command(epilog="Example: zi complaint custodian end CUSTODIAN --last 2026-12-31 --version 1")
def end(
    of: Annotated[str, typer.Argument(metavar="CUSTODIAN", help="Id, as `list` shows it.")],
    last: Annotated[datetime, typer.Option("--last", formats=DAY, help="Last day.")],
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Seal nothing more to a custodian after a day (privacy officer)."""
    with Client("complaints", role=OFFICE) as client:
        if version is None:
            known = {one["id"]: one["version"] for one in client.get("/custodians")["items"]}
            version = known.get(of)
        if version is None:
            raise CliError("there is no such custodian within reach")
        body = {"valid_to": last.date().isoformat()}
        present(client.post(f"/custodians/{of}/end", body, if_match=f'"{version}"'), as_json)


def _private(file: Path) -> bytes:
    """Return the private key of a file that nobody else can read."""
    told = _read(file)
    if file.stat().st_mode & _OTHERS:
        raise CliError(f"{file} can be read by others; set its mode to 600")
    try:
        private = base64.urlsafe_b64decode(told["private_key"])
    except (KeyError, TypeError, ValueError):
        private = b""
    if len(private) != 32:  # noqa: PLR2004 - bytes of an X25519 key
        raise CliError(f"{file} holds no private key")
    return private


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text())
    except OSError as error:
        raise CliError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError:
        raise CliError(f"{file} is no JSON") from None


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode()
