"""A metric that nothing sets is a lie on a dashboard: every declared one is used by the service."""

from pathlib import Path

from services.scoring import metrics
from shared.observability.metrics import CATALOGUE

SERVICE = Path(metrics.__file__).parent


def test_every_declared_metric_is_used() -> None:
    code = "".join(path.read_text() for path in SERVICE.rglob("*.py") if path.name != "metrics.py")
    objects = {name for name, value in vars(metrics).items() if hasattr(value, "collect")}
    declared = [metric for metric in CATALOGUE if metric.name.startswith("zi_scoring_")]
    assert len(objects) == len(declared)
    assert [name for name in sorted(objects) if f"metrics.{name}" not in code] == []
