import asyncio
import gzip
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from services.scoring.access import MATRIX
from services.scoring.pages import unit as unit_page
from services.scoring.pages.live import open_watcher
from services.scoring.pages.unit import looking
from services.scoring.store import reading
from shared.contracts.base import EventData
from shared.db import Database
from shared.http.pages.views import View, patches
from shared.http.state import state_of
from shared.instruments.lke import Answer
from shared.kernel import Zone
from shared.security import Principal, Scope
from tests.support import lke
from tests.support.matrix import Call, Place, broken_rules
from tests.support.scoring import (
    YEAR,
    activity,
    answered,
    case,
    fold_all,
    log_in,
    programme,
    registered,
    tally,
    threshold,
)
from tests.support.tokens import TestIssuer

MOST_BYTES = 60_000
"""As it arrives through the front door, which compresses; half of it is kept for a whole plan and survey."""
HEAD = Principal("test", frozenset({"agency_head"}), Scope("agency", agencies=frozenset({"agency-1"})))


class Ids(HTMLParser):
    """Collects the ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value is not None]


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def sample(unit: str = "u1") -> list[EventData]:
    """A unit near WBK: IPAK a little weak, an assessor who disagrees, plan, complaints, survey."""
    answers = lke.best(B_I_a="3.55")
    events: list[EventData] = [registered(unit), programme(unit), activity(unit, 1), activity(unit, 2)]
    events += [
        answered(unit, version, code, answer) for version, (code, answer) in enumerate(answers.items(), 1)
    ]
    events += [
        activity(unit, 2, is_done=True),
        answered(unit, 900, "A.I.1.i.b", "B", layer="tpi"),
        case(unit, f"{unit}-1", counts_as="completed"),
        case(unit, f"{unit}-2"),
        tally(unit, f"s-{unit}", released_n=20),
        threshold(unit, f"s-{unit}", willing=28, finished=28),
    ]
    return events


def ready(unit: str = "u1", target: str = "WBK", **survey: Any) -> list[EventData]:
    """A unit whose score meets every gate of both predicates."""
    sheet = enumerate(lke.best().items(), 1)
    return [
        registered(unit),
        programme(unit, target=target),
        *(answered(unit, version, code, answer) for version, (code, answer) in sheet),
        *([threshold(unit, f"s-{unit}", **survey)] if survey else []),
    ]


async def test_the_board_opens_with_the_answer_and_shows_each_unit_of_the_agency(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, [*sample(), registered("u2"), programme("u2"), registered("x", agency_id="other")])
    answer = await leader.get("/nilai")
    assert answer.status_code == 200
    text = words(answer.text)
    assert "0 dari 2 unit memenuhi semua syarat predikat sasarannya." in text
    assert "Kantor u1" in text
    assert "Kantor u2" in text
    assert "Kantor x" not in text
    assert "98,91" in text or re.search(r"Kantor u1 WBK · pengisian \d\d,\d\d", text)
    assert "▲ 28 dari 30 bersedia, 28 dari 30 responden" in text


async def test_a_unit_with_all_gates_and_too_few_willing_is_not_ready(
    leader: httpx2.AsyncClient, db: Database, issuer: TestIssuer
) -> None:
    await fold_all(db, [*ready("u1", willing=28), *ready("u2", willing=30), *ready("u3")])
    board = words((await leader.get("/nilai")).text)
    assert (
        "1 dari 3 unit memenuhi semua syarat predikat sasarannya; 2 unit lain tinggal ambang survei."
    ) in board
    for unit, said in (
        ("u1", "Belum WBK. Syarat nilai terpenuhi; survei 28 dari 30 bersedia."),
        ("u2", "Semua 12 syarat nilai WBK dan ambang survei terpenuhi; penetapan menunggu keputusan."),
        ("u3", "Belum WBK. Syarat nilai terpenuhi; belum ada survei."),
    ):
        assert said in words((await leader.get(f"/nilai/{unit}")).text)
    headers = issuer.headers("verifier", level="national")
    rows = (await leader.get(f"/units?year={YEAR}", headers=headers)).json()["items"]
    assert {row["unit"]: row["ready"] for row in rows} == {"u1": False, "u2": True, "u3": False}
    gates = (await leader.get(f"/units/u1/gates?year={YEAR}", headers=headers)).json()
    (wbk, _) = gates["verdicts"]
    assert (wbk["gates_met"], wbk["gates"], wbk["ready"]) == (12, 12, False)
    assert (wbk["survey"], wbk["survey_missing"]) == ("not_met", ["willing"])


@pytest.mark.parametrize(("target", "is_ready"), [("WBK", True), ("WBBM", False)])
async def test_the_survey_of_the_own_target_counts(
    leader: httpx2.AsyncClient, db: Database, target: str, is_ready: bool
) -> None:
    facts = [threshold("u1", "s-u1", failed=[], failed_wbbm=["ipkp"])]
    await fold_all(db, [*ready("u1", target), *facts])
    assert f"{int(is_ready)} dari 1 unit" in words((await leader.get("/nilai")).text)
    page = words((await leader.get("/nilai/u1")).text)
    assert ("Belum WBBM. Syarat nilai terpenuhi; IPKP survei di bawah 3,60." in page) != is_ready


async def test_only_the_deciding_campaign_counts(leader: httpx2.AsyncClient, db: Database) -> None:
    better = threshold("u1", "s-newest", is_deciding=False)
    await fold_all(db, [*ready("u1", willing=28), better])
    assert "0 dari 1 unit" in words((await leader.get("/nilai")).text)
    await fold_all(
        db, [threshold("u1", "s-u1", 2, willing=28, is_deciding=False), threshold("u1", "s-newest", 2)]
    )
    assert "1 dari 1 unit" in words((await leader.get("/nilai")).text)


async def test_a_campaign_of_an_old_log_has_counts_and_no_status(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, [*ready("u1"), tally("u1", "s-old", n=40, willing=40)])
    page = words((await leader.get("/nilai/u1")).text)
    assert "Belum WBK. Syarat nilai terpenuhi; belum ada status ambang survei." in page
    assert "○ belum ada status" in page
    assert "0 dari 1 unit" in words((await leader.get("/nilai")).text)


async def test_an_index_that_differs_between_worksheet_and_survey_is_named_with_both_sources(
    leader: httpx2.AsyncClient, db: Database, issuer: TestIssuer
) -> None:
    await fold_all(db, sample())
    said = (
        "IPAK berbeda menurut sumbernya: lembar kerja (Unit) 3,55, kurang; "
        "survei 2026 3,60 dari 20 jawaban yang dirilis, terpenuhi."
    )
    assert said in words((await leader.get("/nilai/u1")).text)
    headers = issuer.headers("verifier", level="national")
    found = (await leader.get(f"/units/u1/score?year={YEAR}", headers=headers)).json()
    ipak = next(one for one in found["verdicts"][0]["indices"] if one["index"] == "IPAK")
    assert ipak == {
        "index": "IPAK",
        "gate": "B.I.a",
        "worksheet": "71/20",
        "worksheet_display": "3.55",
        "worksheet_layer": "unit",
        "worksheet_met": False,
        "survey": "18/5",
        "survey_display": "3.60",
        "floor_display": "3.60",
        "survey_basis": "own",
        "survey_released_n": 20,
        "survey_met": True,
        "differ": True,
    }
    await fold_all(db, [answered("u1", 901, "B.I.a", lke.answers({"B.I.a": "3.6"})["B.I.a"])])
    assert "IPAK berbeda" not in words((await leader.get("/nilai/u1")).text)


async def test_the_highest_possible_total_is_told_only_while_something_is_left_to_fill(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    assert "paling tinggi" not in words((await leader.get("/nilai/u1")).text)
    await fold_all(db, [answered("u1", 901, "A.I.1.i.a", None)])
    page = words((await leader.get("/nilai/u1")).text)
    assert re.search(r"dari 100 , paling tinggi \d\d,\d\d bila sisa butir terisi penuh", page)


async def test_a_bar_has_the_colour_of_its_status(leader: httpx2.AsyncClient, db: Database) -> None:
    await fold_all(db, [*sample("u1"), registered("u2"), programme("u2")])
    texts = (await looking(db, HEAD, "u1", YEAR)()).texts
    gates = [key.removeprefix("s.").partition("@")[0] for key in texts if key.startswith("s.") and "@" in key]
    assert len(gates) == 12
    assert {texts[f"s.{gate}@class"] == f"status {texts[f'b.{gate}@class']}" for gate in gates} == {True}
    assert texts["b.B.I.a@class"] == "bad"  # nothing is left to fill, so it cannot be met any more
    assert texts["b.TOTAL@class"] == "good"
    page = (await leader.get("/nilai")).text
    assert 'id="batang.u1" class="good"' in page
    assert 'id="batang.u2" class="warn"' in page
    assert "■ 0 dari 12 Belum mengisi lembar kerja" in words(page)


async def test_the_other_predicate_is_told_in_one_phrase_with_its_shape(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    text = re.sub(r"\s+", " ", (await leader.get("/nilai/u1")).text)
    (cell,) = re.findall(r'<td data-label="WBBM">(<span id="o\.B\.I\.a".*?)</td>', text)
    assert words(cell).split() == ["■", "kurang,", "minimum", "3,60"]
    assert cell.endswith("minimum 3,60</span>")  # nothing of the phrase stands outside its one element


async def test_a_year_of_the_far_future_is_nobodys_default(leader: httpx2.AsyncClient, db: Database) -> None:
    await fold_all(db, [*sample(), programme("u1", year=2094)])
    chosen = "<b>{}</b>"
    for path in ("/nilai", "/nilai/u1"):
        assert chosen.format(YEAR) in (await leader.get(path)).text, path
        far = (await leader.get(f"{path}?year=2094")).text
        assert chosen.format(2094) in far, path
        assert "/butir/A.I.1.i.a" not in far or "/butir/A.I.1.i.a?year=2094" in far


async def test_the_unit_page_says_first_how_far_the_nearest_gate_is(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    text = words((await leader.get("/nilai/u1")).text)
    assert "Belum WBK: 1 dari 12 syarat kurang; terdekat IPAK 3,55 dari 3,60." in text
    for part in ("Lapisan penilaian", "TPI", "A.II.5.ii.a", "Perubahan terakhir", "rencana kerja", "kurang"):
        assert part in text


async def test_a_value_just_below_its_floor_is_never_shown_as_its_floor(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    events = [answered("u1", 950, "B.I.a", lke.answers({"B.I.a": "3.5951"})["B.I.a"])]
    await fold_all(db, [*sample(), *events])
    assert "terdekat IPAK 3,595 dari 3,600." in words((await leader.get("/nilai/u1")).text)


async def test_a_survey_row_names_only_a_conversion_that_the_agency_chose(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    usual = threshold("u1", "s-u1", 8, policy_ids=["conversion.ratio", "pooling.pooled"])
    await fold_all(db, [*sample(), usual])
    assert "konversi" not in words((await leader.get("/nilai/u1")).text)
    await fold_all(db, [threshold("u1", "s-u1", 9, policy_ids=["conversion.affine", "pooling.pooled"])])
    assert "konversi afin, dipilih instansi" in words((await leader.get("/nilai/u1")).text)


async def test_a_page_loads_in_sixty_kilobytes_with_style_and_script(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    rest = [(await leader.get(path)).content for path in ("/static/style.css", "/static/live.js")]
    for path in ("/nilai", "/nilai/u1", "/nilai/u1/butir/A.I.1"):
        page = (await leader.get(path)).content
        assert sum(len(gzip.compress(part)) for part in (page, *rest)) <= MOST_BYTES / 2, path


@pytest.mark.parametrize("path", ["/nilai", "/nilai/u1", f"/nilai/u1/butir/A.II.5.ii.a?year={YEAR}"])
async def test_every_id_of_a_page_is_unique(leader: httpx2.AsyncClient, db: Database, path: str) -> None:
    await fold_all(db, sample())
    ids = Ids((await leader.get(path)).text).ids
    assert len(ids) == len(set(ids))


async def test_every_cell_of_the_stream_has_its_place_on_the_page(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    ids = set(Ids((await leader.get("/nilai/u1")).text).ids)
    view = await looking(db, HEAD, "u1", YEAR)()
    assert {key.partition("@")[0] for key in view.texts} <= ids
    assert await stamp(db) is not None


async def test_an_explained_item_shows_its_formula_and_the_answers_of_all_layers(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    text = words((await leader.get(f"/nilai/u1/butir/A.I.1.i.b?year={YEAR}")).text)
    assert "Jawaban B" in text
    assert "B = 0,5" in text
    assert "TPI" in text
    node = words((await leader.get(f"/nilai/u1/butir/A.I.1?year={YEAR}")).text)
    assert re.search(r"A\.I\.1 [A-Za-z ]+: 3,88 dari 4,00; kehilangan 0,1[23]\.", node)


@pytest.mark.parametrize(
    ("code", "answer", "extra"),
    [
        ("A.I.1.i.a", "Ya", {}),
        ("A.I.1.i.a", "Ya", {"origin": "import", "cell": "K6"}),
        ("A.I.1.i.a", None, {}),
        ("B.I.a", Answer(index=Decimal("3.71")), {}),
        ("A.II.4.i.a", Answer(inputs={"n1": 4, "n2": 3}), {"evidence_ids": ["e-1"]}),
    ],
)
async def test_an_explanation_says_who_answered_by_a_pseudonym(
    leader: httpx2.AsyncClient,
    db: Database,
    issuer: TestIssuer,
    code: str,
    answer: Answer | str | None,
    extra: dict[str, Any],
) -> None:
    await fold_all(db, sample())
    headers = issuer.headers("agency_head", level="agency", agencies=["agency-1"])
    for version, writer in ((901, "5c0ffee5c0ffee00"), (902, None)):
        await fold_all(db, [answered("u1", version, code, answer, layer="tpn", writer_id=writer, **extra)])
        found = await leader.get(f"/units/u1/score/explain?year={YEAR}&code={code}", headers=headers)
        (origin,) = [one for one in found.json()["origins"] if one["layer"] == "tpn"]
        assert (origin["writer_id"], origin["version"]) == (writer, version)
        assert origin["answer"] == (None if answer is None else str(answer))
        page = words((await leader.get(f"/nilai/u1/butir/{code}?year={YEAR}")).text)
        assert ("oleh 5c0ffee5" in page) == (writer is not None)


async def test_an_explanation_says_whose_answer_counts_since_when_and_what_stands_against_it(
    leader: httpx2.AsyncClient, db: Database, issuer: TestIssuer
) -> None:
    counts, some = lke.answers({"A.II.1.i.a": {"n1": 4, "n2": 3}}), lke.answers({"A.II.1.i.a": {"n1": 4}})
    code = "A.II.1.i.a"
    await fold_all(
        db,
        [
            *sample(),
            answered("u1", 901, code, counts[code], origin="import", cell="K128"),
            answered("u1", 902, code, some[code], layer="tpi"),
        ],
    )
    headers = issuer.headers("agency_head", level="agency", agencies=["agency-1"])

    async def told(asked: str) -> dict[str, Any]:
        path = f"/units/u1/score/explain?year={YEAR}&code={asked}"
        return dict((await leader.get(path, headers=headers)).json())

    (item,) = (await told(code))["questions"]
    assert (item["layer"], item["drift"]) == ("unit", False)
    assert {name: item["source"][name] for name in ("layer", "origin", "cell", "version")} == {
        "layer": "unit", "origin": "import", "cell": "K128", "version": 901,
    }  # fmt: skip
    partial = {origin["layer"]: origin["is_partial"] for origin in (await told(code))["origins"]}
    assert partial == {"unit": False, "tpi": True}
    (fact,) = (await told("A.II.5.ii.a"))["questions"]
    assert (fact["layer"], fact["drift"]) == ("unit", True)
    await fold_all(db, [answered("u1", 903, code, None)])
    node = await told("A.II.1.i")
    assert (node["partial"], node["blank"]) == ([code], [])
    assert {one["code"]: one["layer"] for one in node["questions"]}[code] == "tpi"
    page = words((await leader.get(f"/nilai/u1/butir/{code}?year={YEAR}")).text)
    assert "Isian TPI belum lengkap (n1 = 4), jadi belum dihitung." in page
    assert f"Belum lengkap isian angkanya: {code} ." in words(
        (await leader.get(f"/nilai/u1/butir/A.II.1.i?year={YEAR}")).text
    )


async def test_a_gate_carries_its_halves_index_letter_and_exact_shortfall(
    leader: httpx2.AsyncClient, db: Database, issuer: TestIssuer
) -> None:
    await fold_all(db, sample())
    headers = issuer.headers("agency_head", level="agency", agencies=["agency-1"])
    found = (await leader.get(f"/units/u1/gates?year={YEAR}", headers=headers)).json()["gates"]
    gates = {gate["code"]: gate for gate in found if gate["predicate"] == "WBK"}
    assert [half["code"] for half in gates["A.*.4"]["halves"]] == ["A.I.4", "A.II.4"]
    assert sum(Fraction(half["value_exact"]) for half in gates["A.*.4"]["halves"]) == Fraction(
        gates["A.*.4"]["value_exact"]
    )
    assert (gates["B.I.a"]["index"], gates["B.I.a"]["shortfall_exact"]) == ("71/20", "7/32")
    assert gates["B.I.b"]["letter"] == "A"
    assert {gate["letter"] for code, gate in gates.items() if code != "B.I.b"} == {None}
    assert gates["TOTAL"]["halves"] == []
    for gate in found:
        short = max(Fraction(0), Fraction(gate["minimum"]) - Fraction(gate["value_exact"]))
        assert Fraction(gate["shortfall_exact"]) == short


async def test_a_unit_answer_that_differs_from_the_facts_is_shown_as_drift(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    text = words((await leader.get(f"/nilai/u1/butir/A.II.5.ii.a?year={YEAR}")).text)
    assert "Jawaban unit berbeda dari fakta pengaduan" in text


async def test_an_empty_unit_and_an_empty_board_say_what_comes_next(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    assert "Belum ada unit di sini" in words((await leader.get("/nilai")).text)
    await fold_all(db, [registered("u1"), programme("u1")])
    text = words((await leader.get("/nilai/u1")).text)
    assert "Belum ada jawaban: lembar kerja masih kosong." in text
    assert "Belum ada kegiatan dalam rencana kerja" in text


async def test_the_page_of_a_unit_without_a_programme_says_so(
    app: FastAPI, client: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, [registered("u1")])
    await log_in(app, client, Scope("unit", units=frozenset({"u1"})), "unit_leader")
    answer = await client.get("/nilai/u1")
    assert answer.status_code == 200
    year = datetime.now(UTC).astimezone(Zone.WIB.tz).year
    assert f"Unit ini belum punya program tahun {year}." in words(answer.text)
    assert (await client.get("/nilai/u1/butir/TOTAL")).status_code == 200
    before = await looking(db, HEAD, "u1", year)()
    await fold_all(db, [programme("u1", year)])
    assert (await looking(db, HEAD, "u1", year)()).shape != before.shape
    assert "belum punya program" not in words((await client.get("/nilai/u1")).text)


async def test_a_lost_unit_leads_its_own_people_to_the_scoreboard(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    await log_in(app, client, Scope("unit", units=frozenset({"u1"})), "unit_leader")
    lost = await client.get("/nilai/u1", headers={"Accept": "text/html"})
    assert lost.status_code == 404
    assert '<a class="button" href="/nilai">Ke halaman kerja Anda</a>' in lost.text
    other = await client.get("/nilai/u2", headers={"Accept": "text/html"})
    assert '<a class="button" href="/nilai/u1">Ke halaman kerja Anda</a>' in other.text


async def test_a_page_out_of_scope_is_as_if_missing(leader: httpx2.AsyncClient, db: Database) -> None:
    await fold_all(db, [registered("x", agency_id="other"), programme("x")])
    assert (await leader.get("/nilai/x")).status_code == 404
    assert (await leader.get(f"/nilai/x/butir/TOTAL?year={YEAR}")).status_code == 404


async def stamp(db: Database) -> datetime | None:
    async with db.reading() as session:
        return (await reading.stamps(session, [("u1", YEAR)]))["u1", YEAR]


async def test_the_stream_sends_only_what_changed_and_a_reload_for_new_rows(
    app: FastAPI, db: Database
) -> None:
    await fold_all(db, sample())
    views = open_watcher(db).views(("u1", YEAR), HEAD.scope, looking(db, HEAD, "u1", YEAR))
    stream = patches(views, page_form="")
    assert (await asyncio.wait_for(anext(stream), 60)).event == "patch"
    step = asyncio.ensure_future(anext(stream))
    await fold_all(db, [answered("u1", 901, "A.I.1.i.b", "C", layer="tpi")])
    event = await asyncio.wait_for(step, 60)
    assert event.event == "patch"
    texts: dict[str, str] = event.data
    assert texts["a.A.I.1.i.b"] == "C: 0,00"
    assert texts["c.0"] == "A.I.1.i.b: jawaban TPI menjadi C"
    assert (texts["cd.0"], texts["cd.0@class"]) == ("-0,12", "bad")
    assert texts["c.0@href"] == f"/nilai/u1/butir/A.I.1.i.b?year={YEAR}"
    assert "p.B" not in texts
    step = asyncio.ensure_future(anext(stream))
    await fold_all(db, [answered("u1", 902, "A.I.1.i.b", "A", layer="tpn")])
    assert (await asyncio.wait_for(step, 60)).event == "reload"
    await stream.aclose()


async def test_activities_and_tallies_move_the_page_too(app: FastAPI, db: Database) -> None:
    await fold_all(db, sample())
    look = looking(db, HEAD, "u1", YEAR)
    for event, key, value in (
        (activity("u1", 1, is_done=True), "r.A.I.1.i", "2 dari 2"),
        (tally("u1", "s-u1", 2, n=28, willing=29), "vb.s-u1.WBK", "29"),
        (threshold("u1", "s-u1", 2, willing=31), "vb.s-u1.WBK", "31"),
    ):
        before = await stamp(db)
        await fold_all(db, [event])
        assert await stamp(db) != before
        assert (await look()).texts[key] == value


async def test_addresses_of_before_lead_on_with_their_question(client: httpx2.AsyncClient) -> None:
    for path in ("u1", "u%201", "u1/langsung", "u1/butir/A.II.5.ii.a"):
        answer = await client.get(f"/unit/{path}?year={YEAR}&a=%26")
        assert (answer.status_code, answer.headers["location"]) == (308, f"/nilai/{path}?year={YEAR}&a=%26")


async def test_anybody_finds_the_ways_on_at_the_start(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/")).text
    assert [f'href="{way}"' in page for way in ("/lapor", "/lacak")] == [True, True]
    assert 'href="/masuk?next=%2F"' in page


@pytest.mark.parametrize(
    ("role", "scope", "place"),
    [
        ("agency_head", Scope("agency", agencies=frozenset({"agency-1"})), "/nilai"),
        ("unit_leader", Scope("unit", units=frozenset({"u1"})), "/nilai/u1"),
        ("case_handler", Scope("unit", units=frozenset({"u1"})), "/pengaduan"),
        ("auditor", Scope("agency", agencies=frozenset({"agency-1"})), "/gratifikasi"),
    ],
)
async def test_the_start_leads_whoever_is_logged_in_to_their_work(
    app: FastAPI, client: httpx2.AsyncClient, role: str, scope: Scope, place: str
) -> None:
    await log_in(app, client, scope, role)
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, place)


async def test_whoever_has_no_role_is_told_so_and_can_log_out(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    await log_in(app, client, Scope("agency", agencies=frozenset({"agency-1"})), "nobody")
    page = (await client.get("/")).text
    assert "Untuk peran ini belum ada halaman kerja" in page
    assert 'action="/keluar"' in page


async def test_a_refusal_and_a_lost_address_offer_what_this_person_may_open(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    await log_in(app, client, Scope("unit", units=frozenset({"u1"})), "case_handler")
    for path, status in (("/nilai", 403), ("/nowhere", 404)):
        answer = await client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == status
        assert "Ketua Contoh (Penangan kasus)" in answer.text
        assert '<a href="/pengaduan">Pengaduan</a>' in answer.text
        assert 'href="/nilai"' not in answer.text


async def test_a_stream_over_http_ends_when_the_process_stops(
    app: FastAPI, leader: httpx2.AsyncClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fold_all(db, sample())

    def stopping(*given: Any) -> Callable[[], Awaitable[View]]:
        look = looking(*given)

        async def last() -> View:
            view = await look()
            asyncio.get_running_loop().call_later(0.5, state_of(app).begin_stop)
            return view

        return last

    monkeypatch.setattr(unit_page, "looking", stopping)
    answer = await leader.get(f"/nilai/u1/langsung?year={YEAR}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = answer.text.splitlines()
    assert "event: patch" in lines
    data = next(line for line in lines if line.startswith("data:"))
    assert json.loads(data.removeprefix("data:"))["syarat"] == "11"


CALLS: dict[str, Call] = {
    "list_units": Call("GET", f"/units?year={YEAR}"),
    "show_score": Call("GET", f"/units/{{unit}}/score?year={YEAR}"),
    "explain_score": Call("GET", f"/units/{{unit}}/score/explain?year={YEAR}"),
    "list_gates": Call("GET", f"/units/{{unit}}/gates?year={YEAR}"),
    "list_survey_statuses": Call("GET", f"/units/{{unit}}/survey-status?year={YEAR}"),
    "list_changes": Call("GET", f"/units/{{unit}}/changes?year={YEAR}"),
    "list_rankings": Call("GET", f"/rankings?year={YEAR}&target=WBK"),
    "show_way": Call("GET", f"/units/{{unit}}/way?year={YEAR}"),
    "show_sensitivity": Call("GET", f"/units/{{unit}}/gates/TOTAL/sensitivity?year={YEAR}"),
    "show_what_if": Call("GET", f"/units/{{unit}}/score/what-if?year={YEAR}&answer=B.I.b:A"),
    "show_history": Call("GET", f"/units/{{unit}}/history?year={YEAR}"),
    "show_comparison": Call("GET", f"/units/{{unit}}/comparison?year={YEAR}&with_year={YEAR - 1}"),
    "page_start": Call("GET", "/", is_page=True),
    "page_privacy": Call("GET", "/privasi", is_page=True),
    "page_privacy_version": Call("GET", "/privasi/1", is_page=True),
    "page_apis": Call("GET", "/api", is_page=True),
    "page_board": Call("GET", "/nilai", is_page=True),
    "page_unit": Call("GET", "/nilai/{unit}", is_page=True),
    "page_item": Call("GET", f"/nilai/{{unit}}/butir/TOTAL?year={YEAR}", is_page=True),
    "page_way": Call("GET", f"/nilai/{{unit}}/jalan?year={YEAR}", is_page=True),
    "page_suppose": Call("GET", f"/nilai/{{unit}}/andai?year={YEAR}", is_page=True),
    "page_history": Call("GET", f"/nilai/{{unit}}/riwayat?year={YEAR}", is_page=True),
    "page_compare": Call("GET", f"/nilai/{{unit}}/banding?year={YEAR}", is_page=True),
    "page_live": Call("GET", f"/nilai/-/langsung?year={YEAR}", is_page=True),
    "page_unit_live": Call("GET", f"/nilai/{{unit}}/langsung?year={YEAR}", is_page=True),
    "page_old_unit": Call("GET", "/unit/{unit}", is_page=True),
    "page_old_unit_live": Call("GET", f"/unit/{{unit}}/langsung?year={YEAR}", is_page=True),
    "page_old_item": Call("GET", "/unit/{unit}/butir/TOTAL", is_page=True),
}


async def test_the_access_matrix_holds_for_every_role_and_scope(
    app: FastAPI, db: Database, issuer: TestIssuer
) -> None:
    await fold_all(db, [registered("u1", agency_id="a1"), registered("u2", agency_id="a2")])
    own, other = Place("u1", "a1"), Place("u2", "a2")
    assert await broken_rules(app, MATRIX, CALLS, issuer, own=own, other=other) == []


async def test_the_score_has_the_shape_that_scripts_rely_on(
    client: httpx2.AsyncClient, db: Database, issuer: TestIssuer
) -> None:
    await fold_all(db, sample())
    headers = issuer.headers("verifier", level="national")
    found: dict[str, Any] = (
        await client.get(f"/units/u1/score?year={YEAR}&layer=unit&mode=zero", headers=headers)
    ).json()
    keys = (
        "unit year edition layer mode total total_exact display completeness upper upper_exact components "
        "subcomponents areas indicators questions gates version as_of survey verdicts target programme_years"
    )
    assert set(keys.split()) <= set(found)
    assert [
        len(found[key]) for key in ("components", "subcomponents", "areas", "indicators", "questions")
    ] == [
        2,
        4,
        12,
        42,
        113,
    ]
    assert re.fullmatch(r"\d+\.\d{12}", found["total"])
    assert found["completeness"] == "113/113"
    assert {"code", "value", "predicate", "minimum", "met", "shortfall", "reachable"} <= set(
        found["gates"][0]
    )
    excel = (await client.get(f"/units/u1/score?year={YEAR}&mode=workbook", headers=headers)).json()
    assert excel["gates"] == []


async def test_the_score_says_where_each_survey_stands(
    client: httpx2.AsyncClient, db: Database, issuer: TestIssuer
) -> None:
    headers = issuer.headers("verifier", level="national")

    async def surveys() -> Any:
        return (await client.get(f"/units/u1/score?year={YEAR}", headers=headers)).json()["survey"]

    await fold_all(db, [registered("u1"), programme("u1")])
    assert await surveys() == []
    await fold_all(
        db,
        [
            tally("u1", "c-1", n=29, willing=29, ipak=None),
            threshold("u1", "c-1", willing=27, finished=27, failed_wbbm=["willing", "respondents", "ipkp"]),
        ],
    )
    assert [(one["predicate"], one["n"], one["willing"], one["failed"]) for one in await surveys()] == [
        ("WBBM", 29, 29, ["willing", "respondents", "ipkp"]),
        ("WBK", 29, 29, ["willing", "respondents"]),
    ]
    await fold_all(
        db,
        [
            tally("u1", "c-1", 2, n=30, willing=30, released_n=25),
            threshold("u1", "c-1", 2, failed_wbbm=["ipkp"]),
            tally("u1", "c-9", regime="skm.2017"),
        ],
    )
    found = await surveys()
    assert [(one["campaign_id"], one["is_deciding"], one["predicate"], one["result"]) for one in found] == [
        ("c-1", True, "WBBM", "not_met"),
        ("c-1", True, "WBK", "met"),
        ("c-9", False, None, None),
    ]
    assert (found[0]["ipak"], found[0]["released_n"], found[0]["index_basis"]) == ("18/5", 25, "own")
    status = await client.get(f"/units/u1/survey-status?year={YEAR}", headers=headers)
    assert status.json() == found


async def test_a_year_without_programme_says_which_years_have_one(
    client: httpx2.AsyncClient, db: Database, issuer: TestIssuer
) -> None:
    headers = issuer.headers("verifier", level="national")
    await fold_all(db, [registered("u1"), programme("u1"), programme("u1", YEAR + 1)])
    found = (await client.get(f"/units/u1/score?year={YEAR - 1}", headers=headers)).json()
    assert (found["target"], found["programme_years"]) == (None, [YEAR + 1, YEAR])
