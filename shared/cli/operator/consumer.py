"""`zi consumer`: where consumers stand, and what ends a halt."""

from dataclasses import asdict

import typer

from shared.cli.addresses import address
from shared.cli.main import run_async
from shared.cli.operator.access import Service, ServiceOption, in_database
from shared.cli.output import JsonOption, present

consumer = typer.Typer(help="Consumers: where they stand, and what ends a halt.", no_args_is_help=True)


@consumer.command(epilog="Example: zi consumer status --service scoring")
def status(service: ServiceOption = Service.SCORING, as_json: JsonOption = False) -> None:
    """Show every partition's watermark, lag in records and halt; a topic that does not exist is `missing`."""
    from shared.consumer import halts  # noqa: PLC0415

    rows = run_async(in_database(service, lambda db: halts.status(db, address("kafka"), service)))
    present([asdict(row) for row in rows], as_json)


@consumer.command(epilog="Example: zi consumer resume --service scoring")
def resume(service: ServiceOption = Service.SCORING, as_json: JsonOption = False) -> None:
    """Lift a halt after its cause was mended."""
    from shared.consumer import halts  # noqa: PLC0415

    run_async(in_database(service, lambda db: halts.resume(db, service)))
    present({"service": service.value, "consumer": "goes on"}, as_json)


@consumer.command(epilog="Example: zi consumer rewind --service scoring")
def rewind(service: ServiceOption = Service.SCORING, as_json: JsonOption = False) -> None:
    """After `offset_ahead`: take Kafka's offsets back to the restored database, and go on."""
    from shared.consumer import halts  # noqa: PLC0415

    run_async(in_database(service, lambda db: halts.rewind(db, address("kafka"), service)))
    present({"service": service.value, "consumer": "reads on from its watermarks"}, as_json)


@consumer.command(epilog="Example: zi consumer skip --service scoring")
def skip(service: ServiceOption = Service.SCORING, as_json: JsonOption = False) -> None:
    """After `unreadable`: go on behind the batch that cannot be read; a dead letter without bytes stays."""
    from shared.consumer import halts  # noqa: PLC0415

    skipped = run_async(in_database(service, lambda db: halts.skip(db, address("kafka"), service)))
    rows = [
        {"topic": one.topic, "partition": one.partition, "first": one.first, "last": one.offset}
        for one in skipped
    ]
    if rows or as_json:
        present(rows, as_json)
    else:
        print(f"nothing to skip: {service} is not halted at a batch that cannot be read")


@consumer.command(epilog="Example: zi consumer rebase --service scoring")
def rebase(service: ServiceOption = Service.SCORING, as_json: JsonOption = False) -> None:
    """After `log_went_back` or `gap`: read the topics again from their start."""
    from shared.consumer import halts  # noqa: PLC0415
    from shared.contracts.topics import consumed_by  # noqa: PLC0415

    run_async(
        in_database(service, lambda db: halts.rebase(db, address("kafka"), service, consumed_by(service)))
    )
    present({"service": service.value, "consumer": "reads its topics again from the start"}, as_json)
