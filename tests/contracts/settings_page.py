"""`docs/settings.md`, made from the settings of the services."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from pydantic.fields import FieldInfo

from shared.db.roles import SERVICES
from shared.process.settings import ServiceSettings

_HEAD = """\
# Settings

Made from the code by `make docs`; do not edit.

Read from the environment when a process starts; what is wrong is named all at once, without a value. What
production refuses and what limits mean under load stands in [operations](operations.md).
"""
_COMMON = "`<SERVICE>` is `PLANNING`, `COMPLAINTS`, `SURVEY` or `SCORING`."
_PORTS = ("port", "ops_port")
"""Each service has defaults of its own."""


def settings_page() -> str:
    """Return the whole page as Markdown."""
    common = {name: field for name, field in ServiceSettings.model_fields.items() if name not in _PORTS}
    parts = [_HEAD, _section("Every service", _COMMON, "ZI_<SERVICE>_", common)]
    for service in SERVICES:
        settings = import_module(f"services.{service}.settings").Settings
        own = {name: field for name, field in settings.model_fields.items() if _is_own(name, field)}
        prefix = settings.model_config["env_prefix"]
        parts.append(_section(f"Service {service}", f"Besides, `{service}` reads:", prefix, own))
    return "\n".join(parts)


def _is_own(name: str, field: FieldInfo) -> bool:
    common = ServiceSettings.model_fields.get(name)
    return common is None or common.default != field.default


def _section(title: str, note: str, prefix: str, fields: dict[str, FieldInfo]) -> str:
    rows = [f"| `{_variable(prefix, name, field)}` | {_default(field)} | {_meaning(field)} |"
            for name, field in sorted(fields.items())]  # fmt: skip
    return "\n".join(
        [f"## {title}", "", note, "", "| variable | default | meaning |", "|---|---|---|", *rows, ""]
    )


def _variable(prefix: str, name: str, field: FieldInfo) -> str:
    return str(field.validation_alias or f"{prefix}{name.upper()}")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    is_empty = field.default_factory is not None or field.default in ("", None)
    return "empty" if is_empty else f"`{field.default}`"


def _meaning(field: FieldInfo) -> str:
    bounds = " ".join(_bounds(field))
    return f"{field.description or ''}{f' ({bounds})' if bounds else ''}"


_WORDS = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}


def _bounds(field: FieldInfo) -> Iterator[str]:
    for bound in field.metadata:
        for name, word in _WORDS.items():
            limit: Any = getattr(bound, name, None)
            if limit is not None:
                yield f"{word} {limit:,}"
