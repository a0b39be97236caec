"""`zi token`: a bearer token of the development identity provider."""

from typing import Annotated

import typer

from shared.cli.client import token as fetch

token = typer.Typer(help="Print a bearer token of the development identity provider.")


@token.command(epilog="Example: zi token --role unit_operator --unit kantor-a")
def show(
    role: Annotated[str, typer.Option(help="Role the token holds, e.g. unit_operator, tpi, admin.")],
    unit: Annotated[str | None, typer.Option(help="Unit the role is limited to.")] = None,
) -> None:
    """Print a bearer token of the development identity provider."""
    print(fetch(role=role, unit=unit))
