"""`zi instrument check` and `diff` need no service: every file, every fault, every difference in words."""

import copy
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from shared.cli.main import main
from shared.instruments.lke.load import read
from tests.support.lke_editions import next_data, next_rules_data, node_of

DATA = Path(str(files("shared.instruments.lke").joinpath("data")))
SHIPPED = sorted(str(file) for file in DATA.iterdir())


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let no command find a service or a token."""
    for name in ("ZI_TOKEN", "ZI_AS", "ZI_PLANNING_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZI_LOCAL_DIR", str(tmp_path / "nothing"))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str], str]:
    """Return exit code, lines of output, and what was said on standard error."""
    with pytest.raises(SystemExit) as ended:
        main(("instrument", *words))
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out.splitlines(), told.err


def kept(folder: Path, name: str, data: Any) -> str:
    file = folder / name
    file.write_text(json.dumps(data, ensure_ascii=False, default=float), "utf-8")
    return str(file)


def test_the_shipped_files_pass_and_say_what_they_hold(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines, _ = run(capsys, "check", *SHIPPED)
    assert code == 0
    assert len(lines) == len(SHIPPED)
    assert all(line.startswith("ok: ") for line in lines)
    assert lines[1].endswith(
        "instrument.json: instrument: 2 components, 4 subcomponents, 12 areas, 42 indicators, 113 items, "
        "103 with options, 8 % items, 2 index items, 127 soal_id, 2 editions"
    )
    assert lines[4].endswith("rule_sets.json: rule sets: 1 rule set, 24 gates")


def test_one_file_with_faults_hides_no_other_and_ends_with_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = next_data()
    node_of(data, "A.I.1.i")["weight"] = 3
    node_of(data, "A.I.1.i.a")["workbook_2021"]["row"] = 9
    faulty, missing = kept(tmp_path, "faulty.json", data), str(tmp_path / "missing.json")
    code, lines, err = run(capsys, "check", faulty, missing, str(tmp_path), SHIPPED[0])
    assert code == 1
    assert not err
    assert lines[:4] == [
        f"fault: {faulty}: A.I.1: children weigh 6.25, not 4",
        f"fault: {faulty}: workbook_2021: rows used twice: 9 (A.I.1.i.a and A.I.1.i.b)",
        f"fault: {missing}: No such file or directory",
        f"fault: {tmp_path}: Is a directory",
    ]
    assert lines[4].startswith("ok: ")


def test_scripts_hear_of_every_file_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"tree": 0.1e1}')
    code, lines, _ = run(capsys, "check", SHIPPED[1], str(broken), "--json")
    assert code == 1
    told = json.loads("\n".join(lines))
    assert [(one["file"], one["is_ok"], one["kind"]) for one in told] == [
        (SHIPPED[1], True, "instrument"),
        (str(broken), False, None),
    ]
    assert told[0]["counts"]["items"] == 113
    assert told[0]["faults"] == []
    assert len(told[1]["faults"]) == 1


def test_rules_are_checked_against_the_instrument_that_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rules, instrument = (
        kept(tmp_path, "rules.json", next_rules_data()),
        kept(tmp_path, "next.json", next_data()),
    )
    assert run(capsys, "check", rules)[0] == 1
    assert run(capsys, "check", rules, "--instrument", instrument)[0] == 0
    code, _, err = run(capsys, "check", rules, "--instrument", rules)
    assert code == 1
    assert "which is not lke-zi-permenpanrb-90-2021" in err
    code, _, err = run(capsys, "check", rules, "--instrument", SHIPPED[0])
    assert (code, err) == (1, f"zi: {SHIPPED[0]} holds feeds and no instrument\n")


@pytest.mark.parametrize("same", [("2026", "2026"), ("2026", SHIPPED[1]), ("panrb-90-2021", SHIPPED[4])])
def test_what_is_the_same_ends_with_0(capsys: pytest.CaptureFixture[str], same: Sequence[str]) -> None:
    code, lines, _ = run(capsys, "diff", *same)
    assert (code, lines[-1]) == (0, "no difference")


def test_two_editions_of_one_instrument_differ_in_layout_and_no_answer_changes_its_meaning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, lines, _ = run(capsys, "diff", "2021", "2026", "--texts")
    assert code == 1
    assert "edition: layout: workbook_2021 -> portalrb_2026" in lines
    assert any("A.II.5.iii.b menjadi Non LHKPN" in line for line in lines)
    assert lines[-1] == "an answer of A means the same in B for 113 of 113 items of A"


def test_a_later_instrument_is_told_apart_in_words(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = next_data()
    node_of(data, "A.I.1.i.a")["text"] = "Tim ZI dibentuk"
    code, lines, _ = run(capsys, "diff", "2026", kept(tmp_path, "next.json", data))
    assert code == 1
    assert "A.I.1.i: weight: 0.5 -> 0.75" in lines
    assert "A.I.1.i.a: points at best: 0.25 -> 0.25" not in lines
    assert "A.I.1.i.c: item added: ABCDE, row 900: Butir baru" in lines
    assert "B.I.a: points at best: 17.5 -> 17" in lines
    assert "scale ABCD: values: A = 1, B = 0.67, C = 0.33, D = 0 -> A = 1, B = 0.7, C = 0.3, D = 0" in lines
    assert "criteria.WBK.hasil_min.B.I.points: value: 18.25 -> 17.8" in lines
    assert not any(": option values: " in line for line in lines), "told once, of the scale"
    assert any(line.startswith("  is of B alone: A.I.1.i.c") for line in lines)
    assert any(
        line.startswith("  is worth or means something else (other type): A.I.1.ii.b") for line in lines
    )
    assert "  is worth the same under other words (other text): A.I.1.i.a" in lines
    told = run(capsys, "diff", "2026", str(tmp_path / "next.json"), "--texts")[1]
    assert any(line.startswith("text of A.I.1.i.a: text: Tim pembangunan ZI sudah") for line in told)


def test_scripts_hear_every_difference_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rules = copy.deepcopy(read("rule_sets.json"))
    del rules["rule_sets"][0]["criteria_of"]
    rules["rule_sets"][0]["gates"][0]["WBK"] = {"minimum": "76"}
    code, lines, _ = run(capsys, "diff", "panrb-90-2021", kept(tmp_path, "rules.json", rules), "--json")
    told = json.loads("\n".join(lines))
    assert (code, told["is_same"], told["items"]) == (1, False, [])
    assert {"place": "panrb-90-2021 WBK TOTAL", "what": "minimum", "before": "75", "after": "76"} in told[
        "rules"
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2026", "panrb-90-2021"), "2026 holds instrument, panrb-90-2021 rule sets: two of one kind"),
        (("2026", "1999"), "1999 is neither a file nor an edition, rule set or policies of ours: 2021, 2026"),
        (("2026", "nowhere.json"), "nowhere.json: No such file or directory"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence_and_ends_with_2(
    capsys: pytest.CaptureFixture[str], words: Sequence[str], said: str
) -> None:
    code, lines, err = run(capsys, "diff", *words)
    assert (code, lines) == (2, [])
    assert err.startswith("zi: ")
    assert err.count("\n") == 1
    assert said in err


def test_a_faulty_side_of_a_comparison_is_told_by_its_faults(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = next_data()
    data["counts"]["areas"] = 7
    code, _, err = run(capsys, "diff", "2026", kept(tmp_path, "next.json", data))
    assert code == 2
    assert "A.I: 6 areas, not 7; A.II: 6 areas, not 7" in err


def test_what_a_file_says_is_shown_and_never_obeyed_by_the_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = next_data()
    node_of(data, "A.I.1.i")["weight"] = 3
    node_of(data, "A.I.1")["code"] = "A.I.1\x1b[2J\nok: all is well" + "x" * 9000
    _, lines, _ = run(capsys, "check", kept(tmp_path, "next.json", data))
    assert all(line.startswith("fault: ") and len(line) < 4500 for line in lines)
    assert not any("\x1b" in line for line in lines)
