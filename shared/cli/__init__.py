"""The `zi` command: a client of the services' HTTP APIs, and the operator's tools.

A service adds its own commands in `services/<name>/commands.py` and names them in the entry-point group
`zi.commands`; such a module imports nothing heavy, so that `zi --help` stays quick:

    unit = typer.Typer(help="Register of units.", no_args_is_help=True)

    @unit.command(epilog="Example: zi unit show kantor-a")
    def show(unit_id: UnitArgument, as_json: JsonOption = False) -> None:
        \"\"\"Show one unit.\"\"\"
        with Client("planning", role="verifier") as api:
            present(api.get(f"/units/{unit_id}"), as_json)
"""
