"""What a proposal rests on beside the score, as versioned data: preconditions, kawasan, afirmasi, waiting."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from services.planning.units.domain import ECHELONS, Unit
from shared.instruments.lke import lke_prerequisites, rule_set_for_year, rule_sets
from shared.kernel import PREDICATES, Predicate

Subject = Literal["agency", "unit"]
YES, NO = "ya", "tidak"
KIND_WORDS: Mapping[str, str] = MappingProxyType(
    {"pemda": "pemerintah daerah", "kementerian_lembaga": "kementerian/lembaga"}
)
"""Kinds of agency as people call them."""


class Category(StrEnum):
    """What a unit is proposed for, in the words of the ministry's portal."""

    WBK = "WBK"
    AFFIRMATION = "WBK-AFIRMASI"
    WBBM = "WBBM"

    @property
    def predicate(self) -> Predicate:
        return "WBBM" if self is Category.WBBM else "WBK"


class State(StrEnum):
    """What is known of a precondition."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class InvalidRulesError(Exception):
    """The data of the rules contradict themselves or the instrument."""


@dataclass(frozen=True, slots=True)
class Precondition:
    """One row of Tabel 5: what is asked of an agency or a unit, by predicate.

    `scale` names grades, best first; `most` is the largest number that may be told (the smallest is 0); with
    neither, the fact is `ya` or `tidak`. `required` is by kind of agency, "" where the kind does not matter.
    One that `voids` stands in the way of afirmasi too.
    """

    code: str
    subject: Subject
    title: str
    scale: tuple[str, ...]
    most: Decimal | None
    required: Mapping[Predicate, Mapping[str, str]]
    voids: bool
    source: str

    @property
    def allowed(self) -> str:
        """What may be told, for people."""
        if self.scale:
            return "/".join(self.scale)
        return f"{YES}/{NO}" if self.most is None else f"angka 0-{self.most}"

    def required_of(self, predicate: Predicate) -> str:
        """Return what is asked, for programs and packages; by kind of agency where they differ."""
        asked = self.required[predicate]
        if "" in asked:
            return asked[""]
        return ", ".join(f"{value} ({kind})" for kind, value in asked.items())

    def words_of(self, predicate: Predicate) -> str:
        """Return what is asked as a sentence says it: `CC bagi pemerintah daerah, B bagi ...`."""
        asked = self.required[predicate]
        return asked.get("") or ", ".join(f"{value} bagi {KIND_WORDS[kind]}" for kind, value in asked.items())

    def canonical(self, told: str) -> str | None:
        """Return the value as it is kept: a grade of the scale, `ya`/`tidak`, or a plain decimal.

        None for anything else: another grade, a number with other signs, below 0 or above `most`.
        """
        if self.most is None:
            known = {value.casefold(): value for value in self.scale or (YES, NO)}
            return known.get(told.strip().casefold())
        text = told.strip().replace(",", ".")
        if not text.replace(".", "", 1).isdecimal() or not text.isascii() or len(text) > _LONGEST_NUMBER:
            return None
        number = Decimal(text)
        return format(number, "f") if number <= self.most else None

    def state(self, value: str | None, predicate: Predicate, kind_of_agency: str | None) -> State:
        """Tell whether a canonical value meets what the predicate asks.

        Where that depends on the kind of agency and nobody told it, only what holds for every kind is known.
        """
        if value is None:
            return State.UNKNOWN
        asked = self.required[predicate]
        wanted = [asked[""]] if "" in asked else [
            floor for kind, floor in asked.items() if kind_of_agency in {None, kind}
        ]  # fmt: skip
        met = {self._meets(value, floor) for floor in wanted}
        if len(met) != 1:
            return State.UNKNOWN
        return State.YES if met.pop() else State.NO

    def _meets(self, value: str, floor: str) -> bool:
        if self.scale:
            return self.scale.index(value) <= self.scale.index(floor)
        return value == floor if self.most is None else Decimal(value) >= Decimal(floor)


_LONGEST_NUMBER = 12


@dataclass(frozen=True, slots=True)
class Affirmation:
    """Which units may be proposed while their agency does not meet its preconditions yet.

    `unit_types` are kinds of unit by the code that a register uses.
    """

    predicate: Predicate
    kind_of_agency: str
    unit_types: Mapping[str, str]
    source: str

    def covers(self, unit: Unit) -> bool:
        """Tell whether the unit is of one of the kinds, whatever its agency."""
        return unit.unit_type.casefold() in self.unit_types


@dataclass(frozen=True, slots=True)
class Kawasan:
    """What several units together must reach: the score of their integration (0-10), by predicate."""

    integration: Mapping[Predicate, Decimal]
    least_units: int
    source: str


@dataclass(frozen=True, slots=True)
class Rules:
    """One version; `rule_set` names the gates it goes with."""

    id: str
    rule_set: str
    valid_from: str
    lowest_echelon: str
    revoked_wait_years: int
    counts_mandiri: bool
    kinds_of_agency: Mapping[str, str]
    """Kind by type of agency: which index of RB it needs, and whether its units may use afirmasi."""
    kawasan: Kawasan
    affirmation: Affirmation | None
    preconditions: Mapping[str, Precondition]

    def of(self, subject: Subject) -> tuple[Precondition, ...]:
        """Return what is asked of agencies, or of units, in the order of the table."""
        return tuple(one for one in self.preconditions.values() if one.subject == subject)

    def kind_of(self, agency_type: str | None) -> str | None:
        """Return the kind of an agency of this type; None for no type and for an unknown one."""
        return None if agency_type is None else self.kinds_of_agency.get(agency_type)

    def is_high_enough(self, echelon: str) -> bool:
        """Tell whether a unit's echelon is the lowest one that may be proposed, or above it."""
        known: list[str] = list(ECHELONS)
        return echelon in known and known.index(echelon) <= known.index(self.lowest_echelon)


@cache
def all_rules() -> Mapping[str, Rules]:
    """Return every version by id; raises `InvalidRulesError` unless the data agree with the instrument."""
    text = files("services.planning.nomination").joinpath("data/preconditions.json").read_text("utf-8")
    return load_rules(json.loads(text))


def rules_for(year: int, rule_set: str | None = None) -> Rules:
    """Return the rules a proposal of `year` follows: the newest in force of its rule set, else the first."""
    wanted = rule_set or rule_set_for_year(year)
    own = sorted(
        (rules for rules in all_rules().values() if rules.rule_set == wanted),
        key=lambda rules: rules.valid_from,
    )
    if not own:
        raise InvalidRulesError(f"no preconditions go with the rule set {wanted}")
    return ([rules for rules in own if int(rules.valid_from[:4]) <= year] or own[:1])[-1]


def load_rules(data: Mapping[str, Any]) -> Mapping[str, Rules]:
    """Build the versions from parsed data.

    Raises `InvalidRulesError` for an unknown source, scale, rule set or kind of agency, a floor that is off
    its scale, an id used twice, and for whatever differs from the instrument's own `prerequisites`.
    """
    found: dict[str, Rules] = {}
    raw: dict[str, Mapping[str, Any]] = {}
    for entry in data["rules"]:
        base = raw.get(entry["based_on"]) if "based_on" in entry else {}
        _require(base is not None, f"{entry['id']}: based on a version that does not stand before it")
        _require(entry["id"] not in raw, f"{entry['id']} is defined twice")
        raw[entry["id"]] = {**(base or {}), **entry}
        found[entry["id"]] = _rules(raw[entry["id"]], data)
    _require(
        {rules.rule_set for rules in found.values()} == set(rule_sets()),
        "every rule set of the gates needs its preconditions, and no other one has any",
    )
    for rules in found.values():
        _agree(rules)
    return MappingProxyType(found)


def _rules(entry: Mapping[str, Any], data: Mapping[str, Any]) -> Rules:
    sources, name = data["sources"], entry["id"]
    kinds = MappingProxyType(data["kinds_of_agency"])
    _require(set(kinds.values()) <= set(KIND_WORDS), f"{name}: a kind of agency that has no words")

    def source(key: str) -> str:
        _require(key in sources, f"{name}: unknown source {key!r}")
        return str(sources[key])

    kawasan, echelon, wait = entry["kawasan"], entry["lowest_echelon"], entry["revoked_wait_years"]
    _require(echelon["value"] in ECHELONS, f"{name}: unknown echelon")
    _require(bool(source(echelon["source"]) and source(wait["source"])), f"{name}: nobody says so")
    source(entry["mandiri"]["source"])
    given = entry["affirmation"]
    _require(given is None or given["kind_of_agency"] in kinds.values(), f"{name}: unknown kind of agency")
    rows = [
        _precondition(row, data, source(entry.get("preconditions_source", row["source"])), name)
        for row in entry["preconditions"]
    ]
    _require(len({row.code for row in rows}) == len(rows), f"{name}: a precondition is repeated")
    return Rules(
        id=name,
        rule_set=entry["rule_set"],
        valid_from=entry["valid_from"],
        lowest_echelon=echelon["value"],
        revoked_wait_years=wait["value"],
        counts_mandiri=entry["mandiri"]["counts"],
        kinds_of_agency=kinds,
        kawasan=Kawasan(
            MappingProxyType({name: Decimal(kawasan[name]) for name in PREDICATES}),
            kawasan["least_units"],
            source(kawasan["source"]),
        ),
        affirmation=given
        and Affirmation(
            given["predicate"],
            given["kind_of_agency"],
            MappingProxyType(given["unit_types"]),
            source(given["source"]),
        ),
        preconditions=MappingProxyType({row.code: row for row in rows}),
    )


def _precondition(row: Mapping[str, Any], data: Mapping[str, Any], source: str, name: str) -> Precondition:
    where = f"{name} {row['code']}"
    _require("scale" not in row or row["scale"] in data["scales"], f"{where}: unknown scale")
    required = {
        predicate: row[predicate] if isinstance(row[predicate], dict) else {"": row[predicate]}
        for predicate in PREDICATES
    }
    made = Precondition(
        code=row["code"],
        subject=row["of"],
        title=row["title"],
        scale=tuple(data["scales"][row["scale"]]) if "scale" in row else (),
        most=Decimal(row["most"]) if "most" in row else None,
        required=MappingProxyType({key: MappingProxyType(floors) for key, floors in required.items()}),
        voids=row.get("voids", False),
        source=source,
    )
    _require(made.subject in {"agency", "unit"}, f"{where}: asked of nobody")
    for floors in made.required.values():
        _require(
            set(floors) in ({""}, set(data["kinds_of_agency"].values())),
            f"{where}: a kind of agency is missing",
        )
        for floor in floors.values():
            _require(made.canonical(floor) == floor, f"{where}: the floor {floor} cannot be reached")
    return made


def _agree(rules: Rules) -> None:
    """Compare a version with what the instrument says of preconditions and kawasan."""
    told = lke_prerequisites()
    agency, unit = told["instansi"], told["unit"]
    for predicate in PREDICATES:
        expected = {
            "opini_bpk": agency["opini_bpk"][predicate],
            "spip": agency["spip_maturity_min"][predicate],
            "sakip_instansi": agency["sakip_predicate_min"][predicate],
            "indeks_rb": agency["indeks_rb_min"][predicate],
            "sakip_unit": unit["internal_sakip_min"][predicate],
            "layanan_inti": unit["core_service_unit"],
            "dampak_publik": unit["significant_public_impact"],
            "tlhp": unit["tlhp_percent_min"],
            "lhkpn_lhkasn": unit["lhkpn_lhkan_percent_min"],
            "lama_zi": unit["zi_running_years_min"],
        }
        for code, value in expected.items():
            floors = dict(rules.preconditions[code].required[predicate])
            said = {key: str(floor) for key, floor in value.items()} if isinstance(value, dict) else None
            plain = said or {"": YES if value is True else str(value)}
            _require(floors == plain, f"{rules.id} {predicate} {code}: the instrument says {plain}")
        floor = Decimal(str(told["kawasan"]["integration_score_min"][predicate]))
        _require(
            rules.kawasan.integration[predicate] == floor, f"{rules.id} kawasan: the instrument says {floor}"
        )
    if rules.affirmation is not None:
        _require(
            list(rules.affirmation.unit_types.values()) == told["affirmation_2024"]["kinds"],
            f"{rules.id}: other kinds of unit than the instrument's",
        )


def _require(holds: bool, fault: str) -> None:
    if not holds:
        raise InvalidRulesError(fault)
