"""What operators read: how campaigns stand in words, never more than the API tells of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from services.survey.domain.campaign import State
from services.survey.domain.release import FEWEST
from services.survey.schemas import StatusOut
from services.survey.store.standing import Standing
from services.survey.usecases.campaigns import Status
from shared.contracts.survey import Outlook
from shared.http.addresses import unit_page
from shared.http.pages.charts import share
from shared.indonesian import MISSING, number, until

SURVEY_PART = "#survei"
"""Where a unit's page shows its surveys."""
STATES = {State.DRAFT: "Rancangan", State.OPEN: "Terbuka", State.CLOSED: "Ditutup"}
_OUTLOOKS: dict[Outlook, tuple[str, str]] = {
    "MET": ("good", "terpenuhi"),
    "NOT_MET": ("bad", "tidak terpenuhi"),
    "IMPOSSIBLE": ("bad", "di luar jangkauan"),
    "TOO_FEW_CONSENTS": ("warn", "kesediaan belum cukup"),
    "BELOW_MIN_N": ("warn", "responden belum cukup"),
    "GUARANTEED": ("good", "sudah pasti"),
    "LIKELY": ("plain", "kemungkinan besar"),
    "UNLIKELY": ("warn", "kemungkinan kecil"),
    "UNCERTAIN": ("plain", "belum pasti"),
}
_FIGURES = {
    "none": "belum ada: tampil sesudah cukup banyak jawaban",
    "taken_back": "ditarik sementara, menunggu perubahan orang lain",
    "erased": f"dihapus: kurang dari {FEWEST} jawaban tersisa",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A campaign as the desk shows it; `floor` is where the minimum stands on its bar, empty without one."""

    unit: str
    href: str
    title: str
    period: str
    state: str
    invited: int
    willing: int
    finished: int
    minimum: str
    kind: str
    told: str
    width: str
    floor: str
    indices: str
    outlooks: tuple[tuple[str, str, str], ...]
    closes: str
    step: str
    command: str


def verdict(found: Standing) -> str:
    """Return the first sentence of the desk: how many open campaigns have answers enough."""
    if not found.opened:
        return "Tidak ada survei yang sedang terbuka."
    if not found.with_minimum:
        return f"{found.opened} survei terbuka, tanpa jumlah responden minimum."
    floor = "jumlah responden minimum" if found.minimum is None else f"{found.minimum} responden"
    told = f"{found.reached} dari {found.with_minimum} survei terbuka sudah mencapai {floor}"
    return f"{told}." if found.fewest is None else f"{told}; yang terdekat kurang {found.fewest}."


def line(status: Status, *, may_act: bool = False) -> Line:
    """Return a campaign as it may be seen; with its next step for whom it is to do."""
    campaign, shown = status.campaign, StatusOut.of_status(status)
    told = status.threshold
    minimum = None if told is None else int(told.fact["finished_minimum"])
    kind, words = _answers(shown, minimum)
    step, command = next_step(shown, minimum) if may_act else ("", "")
    full = Fraction(max(shown.invited, minimum or 0, 1))
    return Line(
        unit=campaign.unit.name,
        href=unit_page(shown.unit_id, shown.year) + SURVEY_PART,
        title=campaign.regime.title,
        period=shown.period,
        state=STATES[shown.state],
        invited=shown.invited,
        willing=shown.willing,
        finished=shown.n,
        minimum=MISSING if minimum is None else str(minimum),
        kind=kind,
        told=words,
        width=share(Fraction(shown.n), full),
        floor="" if minimum is None else share(Fraction(minimum), full),
        indices=_indices(shown),
        outlooks=tuple(_outlooks(shown)),
        closes=until(shown.closed_at or shown.closes_at, shown.zone),
        step=step,
        command=command,
    )


def next_step(shown: StatusOut, minimum: int | None) -> tuple[str, str]:
    """Return what an operator can do next, and the command that does it, empty where none is theirs."""
    if shown.state is State.CLOSED:
        return "Bandingkan hasilnya dengan ambang predikat di halaman unit.", ""
    if shown.state is State.DRAFT:
        return "Periksa rancangannya, lalu buka.", f"zi survey open {shown.campaign_id}"
    missing = max(0, (minimum or 0) - shown.n)
    silent = shown.invited - shown.n
    if missing > silent:
        more = missing - silent
        return (
            f"Undang paling sedikit {more} orang lagi.",
            f"zi survey invite {shown.campaign_id} --count {more}",
        )
    if missing:
        return "Ingatkan yang sudah diundang dan belum menjawab.", ""
    return "Tunggu penutupan; jawaban tambahan memperkuat hasilnya.", ""


def _answers(shown: StatusOut, minimum: int | None) -> tuple[str, str]:
    if minimum is None:
        return "plain", "rancangan" if shown.state is State.DRAFT else "tanpa minimum"
    if shown.n >= minimum:
        return "good", "tercapai"
    return ("bad" if shown.state is State.CLOSED else "warn"), f"kurang {minimum - shown.n}"


def _indices(shown: StatusOut) -> str:
    """Return the released indices, or why none is shown."""
    if shown.figures != "released":
        return _FIGURES[shown.figures]
    known = {"IPAK": shown.ipak, "IPKP": shown.ipkp, "IKM": shown.ikm}
    told = ", ".join(f"{name} {number(one.display)}" for name, one in known.items() if one is not None)
    return f"{told} ({shown.released_n} jawaban)"


def _outlooks(shown: StatusOut) -> Iterator[tuple[str, str, str]]:
    """Yield what can still become of a campaign, once for the predicates that share it."""
    alike: dict[Outlook, list[str]] = {}
    for predicate, threshold in shown.thresholds.items():
        alike.setdefault(threshold.outlook, []).append(predicate)
    for outlook, predicates in alike.items():
        yield " dan ".join(predicates), *_OUTLOOKS[outlook]
