"""What a process says when its environment is not what it needs."""

import pytest

from services.survey.settings import Settings
from shared.process.settings import read_settings

COMPLETE = {
    "DATABASE_URL": "postgresql://app:kata-sandi@127.0.0.1:5432/zi_survey",
    "KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "ISSUER": "http://127.0.0.1:8009",
    "SECRET_KEY": "kunci-pengembangan-untuk-pengujian",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(f"ZI_SURVEY_{name}", value)
    return monkeypatch


def test_a_complete_environment_is_read_once_with_its_defaults(environment: pytest.MonkeyPatch) -> None:
    settings = read_settings(Settings)

    assert (settings.port, settings.base_url) == (8003, "http://127.0.0.1:8003")


def test_every_missing_variable_is_named_in_one_sentence(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("ZI_SURVEY_ISSUER")
    environment.delenv("ZI_SURVEY_KAFKA_BOOTSTRAP")

    with pytest.raises(SystemExit) as refused:
        read_settings(Settings)

    assert str(refused.value).splitlines() == [
        "refusing to start: ZI_SURVEY_KAFKA_BOOTSTRAP is not set; ZI_SURVEY_ISSUER is not set"
    ]


def test_a_wrong_value_is_named_but_not_shown(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ZI_SURVEY_POOL_SIZE", "seribu-rahasia")

    with pytest.raises(SystemExit, match=r"ZI_SURVEY_POOL_SIZE: .*integer") as refused:
        read_settings(Settings)

    assert "seribu-rahasia" not in str(refused.value)
