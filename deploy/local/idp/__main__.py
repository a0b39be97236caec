"""`python -m deploy.local.idp`: the provider as a process, set by `ZI_IDP_PORT`, `ZI_IDP_DATA_DIR` (keys)."""

import os
import sys
from pathlib import Path

import uvicorn

from deploy.local.idp.app import build_app
from deploy.local.idp.keys import SigningKeys

HOST = "127.0.0.1"


def main() -> None:
    """Serve until told to stop; refuse production, where anybody could become anybody."""
    if os.environ.get("ZI_ENVIRONMENT") == "production":
        sys.exit("The development identity provider refuses to start with ZI_ENVIRONMENT=production.")
    port = int(os.environ.get("ZI_IDP_PORT", "8009"))
    keys = SigningKeys(Path(os.environ.get("ZI_IDP_DATA_DIR", ".local/idp")) / "keys.json")
    uvicorn.run(build_app(f"http://{HOST}:{port}", keys), host=HOST, port=port, log_level="warning")


if __name__ == "__main__":
    main()
