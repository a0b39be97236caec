"""Which JVM starts Kafka: one that learnt how, where it did; and which one sets up its folder."""

from pathlib import Path

import pytest

from deploy.local import jars, kafka

BROKER = "kafka.Kafka"


@pytest.fixture(scope="module")
def found() -> list[Path]:
    """The jars, looked for where they are."""
    return jars.fetch()


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


def settings(folder: Path) -> dict[str, str]:
    text = (folder / "data" / "meta.properties").read_text()
    return dict(line.split("=") for line in text.splitlines() if not line.startswith("#"))


def test_later_folders_are_set_up_as_the_first_one_without_a_jvm(
    found: list[Path], cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    kafka.prepare(first, 9092, 9093, found)
    monkeypatch.setattr(kafka, "_quick_java", lambda: ["a JVM is not there"])
    kafka.prepare(second, 9092, 9093, found)
    kafka.prepare(third, 9092, 9093, found)
    assert len({settings(folder)["cluster.id"] for folder in (first, second, third)}) == 3
    assert len({settings(folder)["directory.id"] for folder in (first, second, third)}) == 3
    assert {frozenset(settings(folder)) for folder in (first, second, third)} == {frozenset(settings(first))}
    assert {settings(folder)["version"] + settings(folder)["node.id"] for folder in (first, second)} == {"11"}
    contents = {(folder / "data" / kafka.SNAPSHOT).read_bytes() for folder in (first, second, third)}
    assert len(contents) == 1


def test_a_folder_is_set_up_even_where_nothing_can_be_kept(
    found: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "start_cache", lambda: tmp_path / "away" / "start.aot")
    kafka.prepare(tmp_path / "folder", 9092, 9093, found)
    assert settings(tmp_path / "folder")["node.id"] == "1"
