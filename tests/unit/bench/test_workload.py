"""What the benchmarks send, what it must come to, and the instrument that the peer is given."""

import importlib.util
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pytest

from shared.contracts.complaints import CaseFact
from shared.contracts.planning import WorksheetAnswered
from shared.contracts.topics import contract
from shared.instruments.lke import lke_instrument
from tests.bench import peer_runs
from tests.bench.truth import Expected, Truth, refuse
from tests.bench.workload import Mix, stream

MIX = Mix(4_000, units=20, cases=0.5, duplicates=0.2, poison=0.05, hot=0.3)


def test_the_same_mix_is_the_same_records() -> None:
    one, two = ([(sent.key, sent.value) for sent in stream(MIX)] for _ in range(2))
    assert one == two
    assert one != [(sent.key, sent.value) for sent in stream(Mix(4_000, units=20, seed=2))]


def test_a_mix_has_its_shares() -> None:
    sent = list(stream(MIX))
    kinds = Counter(type(one.data).__name__ if one.data else "poison" for one in sent)
    assert len(sent) == 4_000
    assert 120 < kinds["poison"] < 280
    assert 600 < sum(one.is_duplicate for one in sent) < 1_000
    assert 1_500 < kinds["WorksheetAnswered"] < 2_300
    hot = [one for one in sent if isinstance(one.data, WorksheetAnswered) and one.key == b"unit-0"]
    assert len(hot) > 400


def test_every_record_but_poison_is_true_to_its_contract() -> None:
    for one in stream(MIX):
        model = contract(dict(one.headers)["ce_type"].decode())
        assert model is not None
        if one.data is not None:
            assert model.model_validate_json(one.value) == one.data
            assert one.data.key().encode() == one.key


def test_versions_rise_by_one_for_each_case_and_worksheet() -> None:
    seen: dict[str, int] = {}
    for one in stream(Mix(4_000, units=20, cases=0.5)):
        assert one.data is not None
        subject = one.data.case_id if isinstance(one.data, CaseFact) else one.data.unit_id
        assert one.data.version == seen.get(subject, 0) + 1
        seen[subject] = one.data.version


def test_the_truth_counts_news_once_and_poison_apart() -> None:
    truth = Truth.of(MIX)
    sent = list(stream(MIX))
    assert truth.poison + truth.good == len(sent)
    assert truth.answers == sum(
        isinstance(one.data, WorksheetAnswered) and not one.is_duplicate for one in sent
    )


def test_one_wrong_or_missing_score_fails() -> None:
    one = Expected(Fraction(1, 3), Fraction(90), 1, frozenset({"WBK:A"}))
    other = Expected(Fraction(1, 3), Fraction(90), 1, frozenset())
    refuse({"u": one}, {"u": one}, "x")
    for found in ({"u": other}, {}, {"u": one, "v": one}):
        with pytest.raises(AssertionError, match="1 of 1 scores are wrong"):
            refuse({"u": one}, found, "x")


class State(dict[str, object]):
    """The peer's state of one key."""

    def set(self, key: str, value: object) -> None:
        self[key] = value


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the peer of the same job beside stand-ins for the packages of its own environment."""
    for name in ("quixstreams", "quixstreams.sinks.community.postgresql"):
        module = ModuleType(name)
        for needed in ("Application", "State", "PostgreSQLSink"):
            setattr(module, needed, object)
        monkeypatch.setitem(sys.modules, name, module)
    file = Path(peer_runs.PEERS) / "quixstreams_full" / "peer.py"
    spec = importlib.util.spec_from_file_location("bench_peer_of_the_same_job", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_peer_comes_to_the_same_scores_and_gates_as_the_pure_functions(peer: ModuleType) -> None:
    scoring = peer.Scoring(peer_runs.instrument())
    mix = Mix(6_000, units=7, duplicates=0.1)
    states: dict[str, State] = {}
    newest: dict[str, Expected] = {}
    for sent in stream(mix):
        assert isinstance(sent.data, WorksheetAnswered)
        state = states.setdefault(sent.data.unit_id, State())
        score = scoring.apply(sent.data.model_dump(mode="json"), state)
        if score is not None:
            newest[sent.data.unit_id] = Expected(
                Fraction(score["total"]),
                Fraction(score["upper"]),
                score["answered"],
                frozenset(score["gates_met"].split()),
            )
    truth = Truth.of(mix)
    refuse(truth.scores(), newest, "the peer")
    assert scoring.scores == truth.answers
    assert scoring.flips > 0


def test_the_peer_knows_every_gate_and_node() -> None:
    found = peer_runs.instrument()
    assert len(found["gates"]) == 24
    assert found["sums"] >= len(lke_instrument().nodes)
    assert all(0 in places for places in found["above"].values())
