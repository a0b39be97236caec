"""What people read of channels: their state, why a test failed, how each kind is tested."""

from collections.abc import Mapping

from services.complaints.channels.data import kinds, probe_rules
from services.complaints.channels.domain import Channel, ChannelKind, Reason
from services.complaints.channels.schemas import PlaceKind, state_of_channel
from services.complaints.channels.store import Registered

KINDS: Mapping[str, str] = {one.kind: one.label for one in kinds().values()}
PLACES: Mapping[PlaceKind, str] = {
    "poster": "Poster",
    "situs": "Situs",
    "loket": "Loket",
    "media_sosial": "Media sosial",
    "brosur": "Brosur",
    "lainnya": "Lainnya",
}
DOWN = "sedang tidak dapat dihubungi"
REASONS: Mapping[Reason, str] = {
    "address_not_public": "alamatnya bukan alamat internet umum",
    "unreachable": "tidak dapat dihubungi",
    "timeout": "tidak menjawab dalam batas waktu",
    "certificate": "sertifikat keamanannya tidak sah",
    "certificate_ends_soon": f"sertifikat keamanannya berakhir dalam {probe_rules().certificate_days} hari",
    "status": "lamannya tidak ada atau bermasalah",
    "redirect": "dialihkan ke alamat yang tidak dapat dibuka",
    "mark_missing": "kata penanda tidak tertulis pada lamannya",
    "too_large": "lamannya terlalu besar untuk diperiksa",
    "malformed": "jawabannya tidak dapat dibaca",
    "not_sent": "surat uji ditolak",
    "mail_away": "kotak suratnya tidak dapat dibuka",
    "not_arrived": "surat uji tidak sampai",
    "test_failed": "uji terakhir gagal",
    "test_too_old": "sudah terlalu lama tidak diuji",
}
ENDS: Mapping[str, str] = {"recovered": "pulih", "closed": "saluran ditutup"}


def status(one: Registered) -> tuple[str, str]:
    """Return how a channel stands, as kind and word of a status."""
    state = state_of_channel(one)
    if state == "closed":
        return "plain", "ditutup"
    if state == "down":
        return "bad", DOWN
    if kinds()[one.channel.kind].probe is None:
        return "good", "dibuka"
    if one.watch.failures:
        return "warn", f"{one.watch.failures} uji gagal"
    return ("good", "bekerja") if one.watch.last_ok_at else ("plain", "belum diuji")


def tested(kind: ChannelKind) -> str:
    """Return how a kind of channel is tested, as a sentence."""
    rules, days = probe_rules(), kind.max_age_days
    match kind.probe:
        case "link":
            minutes = rules.link_every_minutes
            return f"Lamannya dibuka otomatis setiap {minutes} menit dan dicari kata penandanya."
        case "mail":
            return (
                "Surat uji dikirim otomatis bila kotak suratnya terhubung;"
                f" bila tidak, uji dicatat paling lama setiap {days} hari."
            )
        case "import":
            return f"Data harus masuk paling lama setiap {days} hari; catat setiap kali diperiksa."
        case "record":
            return f"Uji dengan menghubunginya sendiri, lalu catat, paling lama setiap {days} hari."
        case None:
            return "Saluran jenis ini tidak diuji."


def may_be_tested(channel: Channel) -> bool:
    """Tell whether people note tests of a channel."""
    return channel.closed_on is None and kinds()[channel.kind].max_age_days is not None


def link_of(channel: Channel) -> str | None:
    """Return where a reader is led who wants to use a channel; None where it is a place."""
    match kinds()[channel.kind].address:
        case "url":
            return channel.address
        case "mailbox":
            return f"mailto:{channel.address}"
        case "number":
            return "tel:" + "".join(one for one in channel.address if one.isdigit() or one == "+")
        case "place":
            return None
