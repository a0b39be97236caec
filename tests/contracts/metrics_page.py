"""`docs/metrics.md`, made from the catalogue that every metric declares itself in."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from shared.db.roles import SERVICES
from shared.observability.metrics import CATALOGUE, Metric

ROOT = Path(__file__).resolve().parents[2]
_HEAD = """\
# Metrics

Made from the code by `make docs`; do not edit.

Served by every process at `/metrics` of its own port for operators; the scrape job names the service. Labels
are closed sets: no label names a unit, a case or a person. Histograms have the series `_bucket`,
`_sum` and `_count`.
"""

_SECTIONS = {
    "http": "HTTP",
    "outbox": "Outbox and relay",
    "consumer": "Consumer",
    "dlq": "Dead letters",
    "notices": "Notices",
    "db": "Database",
    "auth": "Authentication and authorisation",
    "jobs": "Jobs",
    "audit": "Audit",
} | {service: f"Service {service}" for service in SERVICES}


def metrics_page() -> str:
    """Return the whole page as Markdown; `KeyError` for a metric whose second word nobody knows."""
    for file in (ROOT / "services").rglob("metrics.py"):
        import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    grouped: dict[str, list[Metric]] = {}
    for metric in CATALOGUE:
        grouped.setdefault(_SECTIONS[metric.name.split("_")[1]], []).append(metric)
    order = [title for title in _SECTIONS.values() if title in grouped]
    return "\n".join([_HEAD, *(_section(title, grouped[title]) for title in order)])


def _section(title: str, metrics: Iterable[Metric]) -> str:
    rows = (
        f"| `{metric.name}` | {metric.kind} | {', '.join(metric.labels) or '–'} | {metric.description} |"
        for metric in sorted(metrics, key=lambda metric: metric.name)
    )
    return "\n".join(
        [f"## {title}", "", "| name | kind | labels | meaning |", "|---|---|---|---|", *rows, ""]
    )
