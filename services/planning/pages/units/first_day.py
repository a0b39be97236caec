"""The first day of an agency: what is to be done until its units can work, as far as it can be counted."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.planning.pages.frame import PAGES
from services.planning.pages.units.words import count_of
from services.planning.units.register import Summary, summary
from shared.http.addresses import REPORT, RESULTS, UNITS, scoreboard
from shared.http.authorization import PageCaller
from shared.http.state import state_of
from shared.kernel import Zone

router = APIRouter()


@router.get(f"{UNITS}/mulai", operation_id="page_first_day")
async def first_day(request: Request, caller: PageCaller) -> HTMLResponse:
    """Show each step with what is there of it and a link to do it."""
    year = datetime.now(UTC).astimezone(Zone.WIB.tz).year
    async with state_of(request.app).db.reading() as session:
        found = await summary(session, caller.scope, year)
    steps = list(_steps(found, year))
    counted = [step for step in steps if step["kind"]]
    done = sum(step["kind"] == "good" for step in counted)
    return PAGES.page(request, "units_first_day.html", steps=steps, done=done, all=len(counted), year=year)


def _steps(found: Summary, year: int) -> Iterator[Mapping[str, str]]:
    yield {
        "when": count_of(found.active),
        "kind": "good" if found.active else "warn",
        "href": f"{UNITS}/impor",
        "text": "Daftarkan unit kerja",
        "why": "Semua unit sekaligus dari berkas Excel atau CSV; kesalahan ditunjukkan per sel.",
    }
    yield {
        "when": _share(found.placed, found.active),
        "kind": "good" if found.placed else "",
        "href": f"{UNITS}/ekspor?format=xlsx",
        "text": "Susun induk dan wilayahnya, bila ada",
        "why": 'Unduh daftar, isi kolom "Kode induk" dan "Wilayah", lalu impor kembali.',
    }
    yield {
        "when": _share(found.opened, found.active),
        "kind": "good" if found.active and found.opened == found.active else "warn",
        "href": f"{UNITS}?tanpa_program=true",
        "text": f"Buka program tahun {year} bagi setiap unit yang ikut",
        "why": "Daftar ini berisi unit aktif yang belum punya program; buka dari halaman unitnya.",
    }
    yield {
        "when": _share(found.answering, found.opened),
        "kind": "good" if found.opened and found.answering == found.opened else "warn",
        "href": scoreboard(year),
        "text": "Beri akun kepada petugas unit dan tim penilai",
        "why": "Akun dibuat di layanan identitas instansi. Angka di samping: unit yang sudah mulai mengisi.",
    }
    yield {
        "when": "Periksa",
        "kind": "",
        "href": REPORT,
        "text": "Coba formulir pengaduan seperti warga",
        "why": "Unit aktif harus dapat dipilih di sana. Yang menanganinya: akun dengan peran pengaduan.",
    }
    yield {
        "when": "Periksa",
        "kind": "",
        "href": RESULTS,
        "text": "Minta operator survei membuka survei pertama",
        "why": "Jalannya tampil di halaman Survei; hasilnya diumumkan di halaman ini.",
    }


def _share(part: int, whole: int) -> str:
    return f"{count_of(part)} dari {count_of(whole)}"
