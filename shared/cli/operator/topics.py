"""`zi create-topics`: what every topic must be like on the broker."""

from typing import Annotated

import typer

from shared.cli.addresses import address
from shared.cli.main import run_async
from shared.cli.output import JsonOption, present

topics = typer.Typer(help="Topics on the broker.")


@topics.command(epilog="Example: zi create-topics --replication 3")
def create_topics(
    replication: Annotated[int, typer.Option(help="Copies of each; 3 in production.", min=1)] = 1,
    as_json: JsonOption = False,
) -> None:
    """Create the topics that are missing and tell where others differ; exit 1 when one does."""
    from shared.contracts import admin  # noqa: PLC0415

    async def run() -> tuple[list[str], list[str]]:
        created = await admin.create_topics(address("kafka"), replication=replication)
        return created, await admin.differences(address("kafka"))

    created, differing = run_async(run())
    present({"created": created, "differing": differing}, as_json)
    if differing:
        raise typer.Exit(1)
