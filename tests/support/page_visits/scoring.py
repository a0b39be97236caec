"""The pages of scoring."""

from shared.http.state import state_of
from shared.security import Scope
from tests.support import lke
from tests.support.every_service import Service
from tests.support.page_visits.visit import AGENCY, LONG_NAME, UNIT, Visit, logged_in
from tests.support.scoring import activity, answered, case, fold_all, programme, registered, tally, threshold


async def scoring_visits(service: Service) -> list[Visit]:
    """A scoreboard of four units: one near its goal, one ready, one that has begun and one that has not."""
    sheet = list(enumerate(lke.best(B_I_a="3.55", A_I_1_i_a=None).items(), 1))
    near = [answered("u-1", version, code, answer) for version, (code, answer) in sheet]
    full = [
        answered("u-2", version, code, answer) for version, (code, answer) in enumerate(lke.best().items(), 1)
    ]
    await fold_all(
        state_of(service.app).db,
        [
            registered("u-1", version=2, agency_id="a-1", name=LONG_NAME),
            *near,
            activity("u-1", 1),
            activity("u-1", 2),
            activity("u-1", 2, is_done=True),
            answered("u-1", 900, "A.I.1.i.b", "B", layer="tpi"),
            answered("u-1", 901, "A.I.1.i.c", "B", layer="tpn"),
            case("u-1", "u-1-1", counts_as="completed"),
            case("u-1", "u-1-2"),
            tally("u-1", "s-u-1", released_n=20),
            threshold("u-1", "s-u-1", willing=28, finished=28),
            registered("u-2", agency_id="a-1", name="Kantor Layanan Cendana"),
            programme("u-2", target="WBBM"),
            *full,
            threshold("u-2", "s-u-2"),
            registered("u-3", agency_id="a-1", name="Balai Pengujian Jati"),
            programme("u-3"),
            answered("u-3", 1, "A.I.1.i.a", "Ya"),
            registered("u-4", agency_id="a-1", name="Balai Pelatihan Ulin"),
            programme("u-4"),
        ],
    )
    head = await logged_in(service, "agency_head", AGENCY)
    elsewhere = await logged_in(service, "agency_head", Scope("agency", agencies=frozenset({"a-9"})))
    stranger = await logged_in(service, "complaint_officer", UNIT)
    return [
        Visit("start", "/"),
        Visit("privacy", "/privasi"),
        Visit("privacy-version", "/privasi/1"),
        Visit("apis", "/api"),
        Visit("board", "/nilai", head),
        Visit("board-empty", "/nilai", elsewhere),
        Visit("unit", "/nilai/u-1", head),
        Visit("unit-ready", "/nilai/u-2", head),
        Visit("unit-new", "/nilai/u-4", head),
        Visit("item", "/nilai/u-1/butir/A.I.1.i.b", head),
        Visit("item-counts", "/nilai/u-1/butir/A.II.5.ii.a", head),
        Visit("node", "/nilai/u-1/butir/A.I.1", head),
        Visit("way", "/nilai/u-1/jalan", head),
        Visit("way-closed", "/nilai/u-4/jalan?most_areas=3&without=B.I.a&predicate=WBBM", head),
        Visit("way-none", "/nilai/u-2/jalan", head),
        Visit("suppose", "/nilai/u-1/andai?j.B.I.b=E&butir=A.II.4.i.a", head),
        Visit("suppose-refused", "/nilai/u-1/andai?j.B.I.a=4,5&j.A.II.4.i.a.n1=-1", head, status=422),
        Visit("history", "/nilai/u-1/riwayat", head),
        Visit("history-refused", "/nilai/u-1/riwayat?first=2026-03-02&last=2026-03-01", head, status=422),
        Visit("history-none", "/nilai/u-4/riwayat", head),
        Visit("compare", "/nilai/u-1/banding?with_unit=u-3", head),
        Visit("compare-seek", "/nilai/u-1/banding?cari=balai", head),
        Visit("board-narrow", "/nilai?stage=desk&missed=B.I.a&survey=none&filled=part&proposed=yes", head),
        Visit("old-board", "/unit/u-1", head),
        Visit("old-item", "/unit/u-1/butir/A.I.1.i.b", head),
        Visit("not-allowed", "/nilai", stranger, status=403),
        Visit("not-there", "/nilai/u-9", head, status=404),
        Visit("no-such-page", "/tidak/ada", status=404),
    ]
