"""How a reporter is known on the command line: by the receipt, for one session."""

from shared.cli.client import Client


def session_headers(client: Client, receipt: str) -> dict[str, str]:
    """Show a receipt; return what every call in its session sends along."""
    opened = client.post("/public/receipt-sessions", {"receipt": receipt})
    return {"X-Receipt-Session": opened["token"]}
