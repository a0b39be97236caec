"""How far a unit is in one plain sentence: score gates, survey thresholds, which of both is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.scoring.domain.survey import INDEX_GATES, SurveyVerdict
from shared.indonesian import number
from shared.instruments.lke import GateResult, lke_instrument, measure, nearest, short_name
from shared.kernel import places_apart


def is_ready(gates: Sequence[GateResult], survey: SurveyVerdict | None) -> bool:
    """Tell whether all score gates and survey thresholds of a predicate are met; the decree still decides."""
    return all(found.is_met for found in gates) and survey is not None and survey.is_met


def sentence(
    target: str,
    gates: Sequence[GateResult],
    answered: int,
    survey: SurveyVerdict | None,
    *,
    has_survey: bool = False,
) -> str:
    """Say where a unit stands on its target, and which of score gates and survey thresholds is missing.

    `survey` is the deciding campaign's verdict on the target, None while survey told none; `has_survey`
    then says whether there is any campaign at all.
    """
    words = survey_words(survey, has_survey=has_survey)
    if not answered:
        empty = "Belum ada jawaban: lembar kerja masih kosong."
        return empty if survey is None else f"{empty} {_capital(words)}."
    near = nearest(gates)
    if near is not None:
        missing, shown = sum(not found.is_met for found in gates), measure(near)
        value, floor = (number(exact, shown.places) for exact in (shown.value, shown.floor))
        return (
            f"Belum {target}: {missing} dari {len(gates)} syarat kurang; "
            f"terdekat {short_name(near.gate)} {value} dari {floor}. {_capital(words)}."
        )
    if is_ready(gates, survey):
        return (
            f"Semua {len(gates)} syarat nilai {target} dan ambang survei terpenuhi; "
            "penetapan menunggu keputusan."
        )
    return f"Belum {target}. Syarat nilai terpenuhi; {words}."


def survey_words(survey: SurveyVerdict | None, *, has_survey: bool) -> str:
    """Return the clause of a sentence that tells where the survey stands."""
    if survey is None:
        return "belum ada status ambang survei" if has_survey else "belum ada survei"
    if survey.is_met:
        return "ambang survei terpenuhi"
    counts, indices = _missing_counts(survey), _missing_indices(survey, is_named=False)
    if counts:
        return "survei " + ", ".join([*counts, *indices])
    return ", ".join(_missing_indices(survey, is_named=True))


def missing_words(survey: SurveyVerdict) -> str:
    """Return what a survey misses where it is clear that a survey is meant, e.g. `28 dari 30 bersedia`."""
    return ", ".join([*_missing_counts(survey), *_missing_indices(survey, is_named=False)])


def _missing_counts(survey: SurveyVerdict) -> list[str]:
    counts = (
        ("willing", survey.willing, survey.willing_minimum, "bersedia"),
        ("respondents", survey.finished, survey.finished_minimum, "responden"),
    )
    return [f"{now} dari {least} {word}" for gate, now, least, word in counts if gate in survey.failed]


def _missing_indices(survey: SurveyVerdict, *, is_named: bool) -> list[str]:
    """Return a clause per way of missing: indices that share it share the clause."""
    source = " eksternal" if survey.index_basis == "external" else " survei" if is_named else ""
    by_state: dict[str, list[str]] = {}
    for index in INDEX_GATES.values():
        if index in survey.failed:
            by_state.setdefault(_index_state(survey, index), []).append(index.upper())
    return [f"{' dan '.join(names)}{source} {state}" for state, names in by_state.items()]


def _index_state(survey: SurveyVerdict, index: str) -> str:
    if index in survey.unknown:
        return "belum diketahui"
    floor = survey.index_floor(index)
    return "kurang" if floor is None else f"di bawah {number(floor, 2)}"


@dataclass(frozen=True, slots=True)
class IndexPair:
    """IPAK or IPKP twice: as the worksheet answers it for the gate, and as the deciding survey has it.

    `worksheet` is None while the item is blank, `layer` whose answer counts; `released` is the index of the
    survey's `released_n` released answers, None while nothing is released and for external indices.
    """

    index: str
    gate: GateResult
    layer: str | None
    survey: SurveyVerdict
    released: Fraction | None
    released_n: int

    @property
    def worksheet(self) -> Fraction | None:
        return self.gate.index

    @property
    def survey_is_met(self) -> bool | None:
        """Whether the survey meets the index's threshold, None while its index is not known."""
        return None if self.index in self.survey.unknown else self.index not in self.survey.failed

    @property
    def floor(self) -> Fraction:
        return self.gate.gate.index or Fraction(0)

    @property
    def places(self) -> int:
        """Decimals that keep both values and the floor apart."""
        values = (self.floor, self.worksheet, self.released)
        return places_apart(*(value for value in values if value is not None))

    @property
    def differs(self) -> bool:
        """Tell whether both say something else: another value, or another side of the floor."""
        if self.survey_is_met is None and self.released is None:
            return False
        if self.released is not None and self.released != self.worksheet:
            return True
        return self.survey_is_met is not None and self.survey_is_met != self.gate.is_met


def index_pairs(
    gates: Iterable[GateResult],
    survey: SurveyVerdict | None,
    layer_of: Mapping[str, str | None],
    released: Mapping[str, tuple[Fraction, int]],
) -> list[IndexPair]:
    """Pair the gates that are an index with the deciding survey.

    `layer_of` names the layer of each index item, `released` each index with the answers behind it.
    """
    if survey is None:
        return []
    found = []
    for gate in gates:
        index = INDEX_GATES.get(gate.gate.code)
        if index is not None:
            (item,) = lke_instrument().questions_under(gate.gate.code)
            own, people = released.get(index, (None, 0))
            if survey.index_basis == "external":  # what was released are the campaign's own answers
                own, people = None, 0
            found.append(IndexPair(index, gate, layer_of[item.code], survey, own, people))
    return found


_STATE = {True: "terpenuhi", False: "kurang", None: "belum diketahui"}


def pair_sentence(pair: IndexPair, layer_name: str) -> str:
    """Say what both sources of an index say; `layer_name` is whose answer the worksheet counts."""
    places = pair.places
    sheet = "belum diisi" if pair.worksheet is None else f"({layer_name}) {number(pair.worksheet, places)}"
    if pair.released is not None:
        told = f"survei {pair.survey.period} {number(pair.released, places)}"
        told += f" dari {pair.released_n} jawaban yang dirilis" if pair.released_n else ""
    elif pair.survey.index_basis == "external":
        told = f"indeks eksternal pada survei {pair.survey.period}"
    else:
        told = f"survei {pair.survey.period}"
    return (
        f"{pair.index.upper()} berbeda menurut sumbernya: lembar kerja {sheet}, {_STATE[pair.gate.is_met]}; "
        f"{told}, {_STATE[pair.survey_is_met]}."
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
