"""Which JVM starts Kafka: one that learnt how, where it did."""

from pathlib import Path

import pytest

from deploy.local import jars, kafka

BROKER = "kafka.Kafka"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(jars, "CACHE", tmp_path)
    return kafka.start_cache()


def argv(tmp_path: Path, learning: Path | None = None) -> list[str]:
    return list(kafka.program(tmp_path, [], tmp_path / "kafka.log", learning=learning).argv)


def test_a_broker_starts_from_the_cache_where_there_is_one(cache: Path, tmp_path: Path) -> None:
    assert not [word for word in argv(tmp_path) if "AOT" in word]
    cache.touch()
    assert f"-XX:AOTCache={cache}" in argv(tmp_path)


def test_a_broker_that_teaches_starts_without_the_cache(cache: Path, tmp_path: Path) -> None:
    cache.touch()
    words = argv(tmp_path, learning=tmp_path / "learnt")
    assert [word for word in words if "AOT" in word] == [f"-XX:AOTCacheOutput={tmp_path / 'learnt'}"]


def test_other_options_and_jars_have_another_cache(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "JVM_OPTIONS", ("-Xmx1g",))
    other_options = kafka.start_cache()
    monkeypatch.undo()
    monkeypatch.setattr(jars, "CACHE", tmp_path)
    monkeypatch.setattr(jars, "LOCK", tmp_path / "lock")
    (tmp_path / "lock").write_text("org.apache.kafka:other 00")
    assert len({cache, other_options, kafka.start_cache()}) == 3
