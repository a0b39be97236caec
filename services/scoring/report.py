"""A unit's score as people read it at the terminal: English, two decimals, more where they tell apart."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from services.scoring.domain.survey import chosen_conversion
from shared.cli.output import present
from shared.kernel import half_up

MOST_ITEMS = 5
"""Items that a line names; `--json` names all."""
AREAS = (
    "change management",
    "business processes",
    "human resources",
    "accountability",
    "supervision",
    "public service",
)
NAMES = {
    "TOTAL": "total",
    "A": "levers (pengungkit)",
    "A.I": "fulfilment (pemenuhan)",
    "A.II": "reform",
    "B": "results (hasil)",
    "B.I": "clean and accountable",
    "B.I.a": "IPAK",
    "B.I.b": "performance",
    "B.II": "excellent service, IPKP",
} | {f"{half}.{number}": name for half in ("A.*", "A.I", "A.II") for number, name in enumerate(AREAS, 1)}
"""What a code means: the API's names are those of the regulation, in Indonesian."""

WORKBOOK = "the workbook mode decides nothing: see the verdict with --mode zero"


def tell(found: Any) -> None:
    """Print the verdict first, then the numbers, what is missing, and what to do next."""
    target = found["target"]
    verdict = next((one for one in found["verdicts"] if one["is_target"]), None)
    failed = [gate for gate in found["gates"] if gate["predicate"] == target and not gate["met"]]
    survey = next((one for one in found["survey"] if one["is_deciding"] and one["predicate"] == target), None)
    print(f"{found['unit']} {found['year']}, target {target}, layer {found['layer']}, mode {found['mode']}")
    print(WORKBOOK if verdict is None else _verdict(verdict, failed, survey))
    _tell_total(found)
    if failed:
        print(f"\nfailed gates of {target}")
        present([_gate(gate) for gate in failed], as_json=False)
    if verdict is not None and survey is not None:
        print(f"\nsurvey thresholds of {target}, campaign {survey['campaign_id']} of {survey['period']}")
        if conversion := chosen_conversion(survey["regime"], survey["policy_ids"]):
            print(f"conversion to scale 4: {conversion}, chosen by the agency")
        present(_thresholds(survey, verdict), as_json=False)
    for pair in verdict["indices"] if verdict is not None else []:
        if pair["differ"]:
            print(_difference(pair))
    print("\npoints")
    nodes = [*found["components"], *found["subcomponents"], *found["areas"]]
    present([_node(node) for node in nodes], as_json=False)
    if verdict is not None:
        print("\nnext")
        for step in _steps(found, failed, survey):
            print(f"- {step}")


def _tell_total(found: Any) -> None:
    answered, items = found["completeness"].split("/")
    rest = "" if answered == items else f"; at most {_two(found['upper'])} with the rest at full value"
    print(f"total {found['display'] or found['error']} of 100, {answered} of {items} items answered{rest}")
    for one in found["verdicts"]:
        state = {"met": "met", "not_met": "not met", None: "no status yet"}[one["survey"]]
        print(f"{one['predicate']}: {one['gates_met']} of {one['gates']} gates met, survey {state}")


def _gate(gate: Any) -> dict[str, Any]:
    return {
        "gate": gate["code"],
        "name": NAMES[gate["code"]],
        "value": gate["display"],
        "floor": gate["minimum_display"],
        "short by": gate["shortfall_display"],
        "in reach": gate["reachable"],
    }


def _node(node: Any) -> dict[str, Any]:
    return {
        "code": node["code"],
        "name": NAMES[node["code"]],
        "points": node["display"] or node["error"],
        "of": _two(node["weight"]),
        "answered": node["completeness"],
    }


def _verdict(verdict: Any, failed: Sequence[Any], survey: Any) -> str:
    """Say whether the unit is ready, and which of score and survey is missing."""
    target = verdict["predicate"]
    if verdict["ready"]:
        return f"Ready for {target}: all {verdict['gates']} score gates and the survey are met."
    if failed:
        near = min(failed, key=lambda gate: Fraction(gate["shortfall"]) / Fraction(gate["minimum"]))
        score_part = (
            f"{len(failed)} of {verdict['gates']} score gates failed, nearest {NAMES[near['code']]} "
            f"{near['display']} of {near['minimum_display']}"
        )
    else:
        score_part = f"all {verdict['gates']} score gates are met"
    if survey is None:
        survey_part = "the survey has no status yet"
    elif survey["result"] == "met":
        survey_part = "the survey is met"
    else:
        survey_part = "the survey misses " + ", ".join(_missed(survey, gate) for gate in survey["failed"])
    return f"Not ready for {target}: {score_part}; {survey_part}."


def _missed(survey: Any, gate: str) -> str:
    if gate == "willing":
        return f"willing people ({survey['willing']} of {survey['willing_minimum']})"
    if gate == "respondents":
        return f"respondents ({survey['n']} of {survey['n_minimum']})"
    return f"{gate.upper()} ({'not known yet' if gate in survey['unknown'] else 'below its floor'})"


def _thresholds(survey: Any, verdict: Any) -> list[dict[str, str]]:
    """Return a row per threshold: what is there, its floor, and whether it is met."""
    rows = [
        ("willing", survey["willing"], survey["willing_minimum"]),
        ("respondents", survey["n"], survey["n_minimum"]),
    ]
    for pair in verdict["indices"]:
        if pair["survey_display"] is not None:
            value = f"{pair['survey_display']} of {pair['survey_released_n']} released answers"
        else:
            value = "external" if pair["survey_basis"] == "external" else "none released"
        rows.append((pair["index"].lower(), value, pair["floor_display"]))
    return [
        {
            "threshold": gate,
            "value": str(value),
            "floor": str(floor),
            "state": "not known yet"
            if gate in survey["unknown"]
            else "failed"
            if gate in survey["failed"]
            else "met",
        }
        for gate, value, floor in rows
    ]


def _difference(pair: Any) -> str:
    sheet = (
        "blank" if pair["worksheet"] is None else f"{pair['worksheet_display']} ({pair['worksheet_layer']})"
    )
    survey = pair["survey_display"] or f"{pair['survey_basis']} index"
    states = {True: "met", False: "failed", None: "not known yet"}
    return (
        f"{pair['index']} differs by source: worksheet {sheet}, {states[pair['worksheet_met']]}; "
        f"survey {survey}, {states[pair['survey_met']]}"
    )


def _steps(found: Any, failed: Sequence[Any], survey: Any) -> Iterator[str]:
    """Yield what to do next: first what fills and raises gates, then the survey."""
    yield from _score_steps(found, failed)
    yield from _survey_steps(found, survey)
    if not failed and survey is not None and not survey["failed"]:
        yield "nothing is missing here: the decree decides"
    if found["target"] == "WBBM":
        yield "remember that WBBM also needs a valid WBK, which no number here tells"


def _score_steps(found: Any, failed: Sequence[Any]) -> Iterator[str]:
    if found["completeness"].startswith("0/"):
        options = f"--unit {found['unit']} --year {found['year']} --layer unit"
        yield f"answer the worksheet: zi lke answer {options} CODE=ANSWER"
        return
    if open_items := list(dict.fromkeys(code for gate in failed for code in gate["open_items"])):
        yield f"answer the open items of the failed gates: {_named(open_items)}"
    for gate in failed:
        if not gate["open_items"]:
            name, missing = NAMES[gate["code"]], gate["shortfall_display"]
            yield f"raise {name} by {missing}: most is lost at {_named(gate['costliest'])}"


def _survey_steps(found: Any, survey: Any) -> Iterator[str]:
    if survey is None:
        yield f"let a survey decide: zi survey create --unit {found['unit']} --year {found['year']}"
        return
    campaign = survey["campaign_id"]
    if "willing" in survey["failed"]:
        lacking = survey["willing_minimum"] - survey["willing"]
        yield f"win {lacking} more willing people: zi survey invite {campaign}"
    if "respondents" in survey["failed"]:
        yield f"wait for {survey['n_minimum'] - survey['n']} more answers: zi survey status {campaign}"
    for index in ("ipak", "ipkp"):
        if index in survey["failed"] and index not in survey["unknown"]:
            yield f"raise the survey's {index.upper()}: it is below its floor"


def _named(codes: Sequence[str]) -> str:
    more = len(codes) - MOST_ITEMS
    return ", ".join(codes[:MOST_ITEMS]) + (f" and {more} more" if more > 0 else "")


def _two(number: str) -> str:
    return half_up(Fraction(number), 2)
