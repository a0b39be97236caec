import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, Counter, Gauge, Histogram

from shared.observability import metrics

UNITS = (
    "seconds", "rows", "records", "streams", "connections", "requests", "active", "use", "halted", "failing",
    "stalled", "missing"
)  # fmt: skip


def test_every_metric_is_documented_and_named_for_its_part() -> None:
    for metric in metrics.CATALOGUE:
        assert re.fullmatch(r"zi_[a-z]+_[a-z_]+", metric.name), metric.name
        assert len(metric.description) > 20, metric.name
        if metric.kind == "counter":
            assert metric.name.endswith("_total")
        elif metric.name.split("_")[1] in {
            "http",
            "outbox",
            "consumer",
            "dlq",
            "notices",
            "db",
            "auth",
            "jobs",
        }:
            assert metric.name.endswith(UNITS), metric.name


def test_no_name_is_declared_twice() -> None:
    names = [metric.name for metric in metrics.CATALOGUE]
    assert len(names) == len(set(names))


def test_every_metric_of_shared_code_is_moved_somewhere() -> None:
    """One that cannot move lies: it says that all is well."""
    root = Path(metrics.__file__).parents[1]
    code = "\n".join(file.read_text() for file in root.rglob("*.py") if file != Path(metrics.__file__))
    kinds = Counter | Gauge | Histogram
    declared = [name for name, value in vars(metrics).items() if isinstance(value, kinds)]
    assert "HTTP_REQUESTS" in declared
    assert [name for name in declared if not re.search(rf"\b{name}\b", code)] == []


def test_series_of_known_labels_start_at_zero() -> None:
    for reason in ("token", "role", "csrf", "session"):
        assert REGISTRY.get_sample_value("zi_auth_denied_total", {"reason": reason}) is not None
    assert REGISTRY.get_sample_value("zi_consumer_halted", {"reason": "gap"}) == 0


def test_a_metric_of_a_service_joins_the_catalogue() -> None:
    found = metrics.gauge("zi_toy_open_things", "Things of this test that are open", {"kind": ("a", "b")})
    found.labels("a").set(2)
    assert metrics.CATALOGUE.pop() == metrics.Metric(
        "zi_toy_open_things", "gauge", ("kind",), "Things of this test that are open"
    )
    assert b'zi_toy_open_things{kind="a"} 2.0\n' in metrics.render()
    assert b'zi_toy_open_things{kind="b"} 0.0\n' in metrics.render()
    REGISTRY.unregister(found)


def test_counters_have_no_second_series_of_their_birth() -> None:
    assert b"_created" not in metrics.render()


@pytest.mark.parametrize("label", ["user", "subject", "name", "unit", "case", "path", "address"])
def test_no_label_can_hold_a_person_or_a_text(label: str) -> None:
    assert all(label not in metric.labels for metric in metrics.CATALOGUE)
