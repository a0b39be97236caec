"""The channels of the sample's units: a telephone that was tried, a box that was emptied, a counter."""

from collections.abc import Iterable
from typing import Any

from deploy.local.demo.api import Api, actor

OPENED_ON = "2025-01-02"
"""Before the first complaint of the sample."""
CHANNELS: tuple[tuple[dict[str, Any], str], ...] = (
    (
        {
            "kind": "telepon",
            "label": "Telepon pengaduan",
            "address": "+62 21 5550100",
            "places": [{"kind": "poster", "place": "Ruang tunggu lantai 1", "published_on": OPENED_ON}],
        },
        "Diangkat petugas piket sebelum dering kelima.",
    ),
    (
        {
            "kind": "kotak",
            "label": "Kotak pengaduan",
            "address": "Lobi, di samping pintu masuk",
            "places": [{"kind": "poster", "place": "Di atas kotak", "published_on": OPENED_ON}],
        },
        "Dikosongkan; dua surat diserahkan ke loket.",
    ),
    ({"kind": "loket", "label": "Loket pengaduan", "address": "Lantai 1, loket 3"}, ""),
)
"""What is opened, and what its test found; a counter is not tested. The counter is made known nowhere yet."""


async def open_channels(api: Api, units: Iterable[str], *, key: str) -> None:
    """Let each unit's supervisor open its channels and note that they were tested."""
    for unit in units:
        supervisor = actor("complaint_supervisor", unit)
        for said, note in CHANNELS:
            own_key = f"{key}-{unit}-channel-{said['kind']}"
            body = said | {"unit_id": unit, "opened_on": OPENED_ON}
            made = await api.post("complaints", "/channels", supervisor, body, key=own_key)
            if note:
                found = {"is_ok": True, "note": note}
                path = f"/channels/{made.body['id']}/tests"
                await api.post("complaints", path, supervisor, found, key=f"{own_key}-test")
