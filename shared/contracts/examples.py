"""One worked example per event contract, for readers, stored files and AsyncAPI documents."""

from typing import Any

from shared.contracts.base import EventData

_UNIT = "contoh-melati"
_CASE = "01994f3e-7c00-7d3a-9c2e-4b1f5a6d7e01"
_DEADLINE = "01994f3e-7c00-7d3a-9c2e-4b1f5a6d7e02"
_PROGRAMME = "01994f3e-7c00-7d3a-9c2e-4b1f5a6d7e03"
_CAMPAIGN = "01994f3e-7c00-7d3a-9c2e-4b1f5a6d7e04"
_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

_COMMON: dict[str, Any] = {"unit_id": _UNIT, "version": 1}

_COUNTS: dict[str, Any] = {
    "received": 14, "due": 12, "in_progress": 3, "completed": 9, "carried_over": 2, "dismissed": 1,
    "withdrawn": 1, "closed_by_silence": 2, "late": 1, "first_due": 11, "first_in_time": 10,
    "standard_breaches": 0, "median_first_response_seconds": 90000,
}  # fmt: skip
BY_TOPIC: dict[str, dict[str, Any]] = {
    "zi.planning.unit.v1": {
        "agency_id": "contoh",
        "name": "Kantor Layanan Melati",
        "unit_type": "kantor_pelayanan",
        "echelon": "III",
        "has_service_function": True,
        "zone": "WIB",
    },
    "zi.planning.person.v1": {
        "person_id": "01994f3e-7c00-7d3a-9c2e-4b1f5a6d7e09",
        "superior_id": "01994f3e-7c00-7d3a-9c2e-4b1f5a6d7e0a",
        "subjects": ["c1f0a9b2"],
        "is_leader": False,
        "active_from": "2024-01-02",
        "substitutes": [
            {
                "person_id": "01994f3e-7c00-7d3a-9c2e-4b1f5a6d7e0b",
                "first": "2026-03-02",
                "last": "2026-03-06",
            }
        ],
    },
    "zi.planning.programme.v1": {
        "programme_id": _PROGRAMME,
        "year": 2026,
        "target": "WBK",
        "edition": "2021",
        "rule_set": "panrb-90-2021",
        "policies": "undefined-1",
    },
    "zi.planning.activity.v1": {
        "activity_id": "01994f3e-7c00-7d3a-9c2e-4b1f5a6d7e05",
        "programme_id": _PROGRAMME,
        "year": 2026,
        "indicator_code": "A.I.1.i",
        "state": "planned",
        "due_on": "2026-03-31",
    },
    "zi.planning.worksheet.v1": {
        "worksheet_id": f"{_UNIT}:2026",
        "year": 2026,
        "layer": "unit",
        "item_code": "A.II.5.ii.a",
        "inputs": {"n1": 12, "n2": 2, "n3": 10},
        "origin": "import",
        "cell": "H181",
        "evidence_ids": ["01994f3e-7c00-7d3a-9c2e-4b1f5a6d7e06"],
        "writer_id": "9f86d081884c7d65",
    },
    "zi.planning.stage.v1": {
        "stage_id": f"{_UNIT}:2026",
        "year": 2026,
        "stage": "penilaian_tpi",
        "act": "submit",
        "round": 1,
        "tpi_round": 1,
        "is_nominated": False,
        "objection": "none",
    },
    "zi.planning.finding.v1": {
        "finding_id": "01994f3e-7c00-7d3a-9c2e-4b1f5a6d7e07",
        "year": 2026,
        "item_code": "A.I.3.iv.a",
        "state": "open",
        "open_count": 2,
    },
    "zi.planning.nomination.v1": {
        "candidacy_id": "01994f3e-7c00-7d3a-9c2e-4b1f5a6d7e07",
        "nomination_id": "01994f3e-7c00-7d3a-9c2e-4b1f5a6d7e08",
        "agency_id": "contoh",
        "year": 2026,
        "category": "WBK",
        "predicate": "WBK",
        "state": "proposed",
    },
    "zi.complaints.case.v1": {
        "case_id": _CASE,
        "kind": "pengaduan",
        "stream": "masyarakat",
        "channel_kind": "web",
        "state": "DITERIMA",
        "cycle": 1,
        "counts_as": "in_progress",
        "period_year": 2026,
        "received_at": "2026-03-12T07:05:00Z",
    },
    "zi.complaints.deadline.v1": {
        "deadline_id": _DEADLINE,
        "case_id": _CASE,
        "rule_id": "D1",
        "policy_version": "D1.1",
        "calendar_version": 1,
        "cycle": 1,
        "due_at": "2026-03-17T09:00:00Z",
    },
    "zi.complaints.handling.v1": {
        "handling_id": "kantor-a:masyarakat:2026-S1",
        "stream": "masyarakat",
        "period": "2026-S1",
        "edition": 1,
        "evidence_count": 2,
        "counts": _COUNTS,
    },
    "zi.complaints.statistics.v1": {
        "statistics_id": "kantor-a:masyarakat:2026",
        "stream": "masyarakat",
        "period": "2026",
        "counts": _COUNTS,
    },
    "zi.complaints.calendar.v1": {
        "unit_id": "unassigned",
        "calendar_id": "national:2026",
        "reach": "national",
        "year": 2026,
        "calendar_version": 3,
        "days_off": [
            {"day": "2026-08-17", "kind": "national"},
            {"day": "2026-12-24", "kind": "cuti_bersama"},
        ],
    },
    "zi.complaints.gratification.v1": {
        "gratification_id": "6b7f7a0e-9a3c-4a0e-8e0e-0b7f7a0e9a3c",
        "direction": "terima",
        "object_kind": "barang",
        "period": "2026-S1",
    },
    "zi.complaints.coi.v1": {
        "coi_id": "7c8f8b1f-0b4d-4b1f-9f1f-1c8f8b1f0b4d",
        "conflict_type": "hubungan_keluarga",
        "period": "2026",
    },
    "zi.survey.campaign.v1": {
        "campaign_id": _CAMPAIGN,
        "year": 2026,
        "period": "2026",
        "regime": "tpn_external.2021",
        "instrument_version": "2021.1",
        "mode": "invited",
    },
    "zi.survey.consent.v1": {
        "consent_id": "5b0c1f5e-3a52-4b58-9d57-0d6c6f1f8a11",
        "campaign_id": _CAMPAIGN,
        "willing": 29,
        "text_version": "2026.1",
    },
    "zi.survey.response.v1": {
        "response_id": "c7a4e0f2-8a0d-4a41-8a0e-2f6d4be2c9b3",
        "campaign_id": _CAMPAIGN,
        "mode": "invited",
        "flags": [],
    },
    "zi.survey.tally.v1": {
        "campaign_id": _CAMPAIGN,
        "year": 2026,
        "period": "2026",
        "regime": "tpn_external.2021",
        "n": 30,
        "willing": 32,
        "ipak": "109/30",
        "ipkp": "271/75",
        "released_n": 25,
    },
    "zi.survey.threshold.v1": {
        "campaign_id": _CAMPAIGN,
        "year": 2026,
        "period": "2026",
        "regime": "tpn_external.2021",
        "willing": 32,
        "finished": 30,
        "willing_minimum": 30,
        "finished_minimum": 30,
        "index_basis": "own",
        "is_deciding": True,
        "predicates": [
            {"predicate": "WBK", "result": "met", "failed": [], "outlook": "LIKELY"},
            {
                "predicate": "WBBM",
                "result": "not_met",
                "failed": ["ipkp"],
                "unknown": ["ipkp"],
                "outlook": "UNCERTAIN",
            },
        ],
        "policy_ids": ["conversion.ratio"],
    },
    "zi.scoring.score.v1": {
        "year": 2026,
        "layer": "effective",
        "edition": "2021",
        "total": "27957887/306000",
        "upper": "28569887/306000",
        "answered": 110,
        "items": 113,
        "worksheet_version": 226,
        "causes": [
            {
                "code": "A.I.1.i.b",
                "cause": "answer",
                "delta": "1/8",
                "at": "2026-03-02T02:15:00Z",
                "event_id": "0195552a-0a40-7c3e-9b1f-3d8f5a1c2e47",
                "layer": "unit",
                "origin": "typed",
                "given": "A",
            }
        ],
        "points": {"TOTAL": "91.365643790849", "A": "51.365643790849", "A.*.4": "7.388888888888"},
    },
    "zi.scoring.gate.v1": {
        "year": 2026,
        "layer": "effective",
        "predicate": "WBK",
        "gate": "TOTAL",
        "is_met": True,
        "value": "27957887/306000",
        "minimum": "75",
    },
    "zi.scoring.survey_status.v1": {
        "year": 2026,
        "campaign_id": _CAMPAIGN,
        "predicate": "WBBM",
        "result": "not_met",
        "failed": ["ipkp"],
        "n": 30,
        "willing": 32,
        "ipak": "109/30",
        "ipkp": "271/75",
        "policy_ids": ["conversion.ratio", "pooling.pooled"],
    },
    "": {
        "unit_id": "-",
        "consumer": "scoring",
        "source_topic": "zi.planning.worksheet.v1",
        "partition": 3,
        "offset": 4711,
        "sha256": _HASH,
        "reason": "wrong_schema",
        "attempts": 1,
    },
}

_CLOSED = {
    "version": 7,
    "case_class": "normatif",
    "state": "SELESAI",
    "counts_as": "completed",
    "first_follow_up_at": "2026-03-13T03:20:00Z",
    "closed_at": "2026-03-20T02:00:00Z",
    "closed_by": "reporter",
}

_IN_HAND = {"case_class": "normatif", "first_follow_up_at": "2026-03-13T03:20:00Z"}
_DISMISSED = {
    "version": 3,
    "state": "BUKAN_WEWENANG",
    "counts_as": "none",
    "closed_at": "2026-03-16T02:00:00Z",
    "closed_by": "officer",
}
_BY_FACT: dict[str, dict[str, Any]] = {
    "planning.unit.changed": {"version": 2, "is_active": False},
    "planning.finding.answered": {"version": 2, "state": "answered", "open_count": 1},
    "planning.activity.completed": {"version": 2, "state": "done", "evidence_count": 2},
    "planning.nomination.submitted": {"version": 2, "state": "submitted"},
    "planning.nomination.frozen": {"version": 3, "state": "frozen", "package_version": 1},
    "planning.nomination.withdrawn": {"version": 4, "state": "withdrawn", "package_version": 1},
    "complaints.case.completion_requested": {"version": 2, "state": "MENUNGGU_KELENGKAPAN"},
    "complaints.case.completed": {"version": 3},
    "complaints.case.verified": {"version": 2, "case_class": "normatif", "state": "DIVERIFIKASI"},
    "complaints.case.disposed": {"version": 3, "case_class": "normatif", "state": "DIDISPOSISIKAN"},
    "complaints.case.followed_up": {
        "version": 4,
        "case_class": "normatif",
        "state": "DIPROSES",
        "first_follow_up_at": "2026-03-13T03:20:00Z",
    },
    "complaints.case.drafted": {
        "version": 5,
        "case_class": "normatif",
        "state": "DIPROSES",
        "first_follow_up_at": "2026-03-13T03:20:00Z",
    },
    "complaints.case.responded": {
        "version": 6,
        "case_class": "normatif",
        "state": "DITANGGAPI",
        "first_follow_up_at": "2026-03-13T03:20:00Z",
    },
    "complaints.case.closed": _CLOSED,
    "complaints.case.reassigned": {"version": 4, "case_class": "normatif", "state": "DIDISPOSISIKAN"},
    "complaints.case.proceeded": {"version": 3},
    "complaints.case.objected": {
        "version": 7,
        "case_class": "normatif",
        "state": "DIPROSES",
        "cycle": 2,
        "first_follow_up_at": "2026-03-13T03:20:00Z",
    },
    "complaints.case.handed_over": _IN_HAND | {"version": 5, "state": "DIPERIKSA"},
    "complaints.case.transferred": _IN_HAND | {"version": 5, "state": "DIVERIFIKASI"},
    "complaints.case.reclassified": _IN_HAND
    | {"version": 5, "state": "DIPROSES", "case_class": "tidak_berkadar"},
    "complaints.case.inspection_ordered": _IN_HAND | {"version": 5, "state": "DIPERIKSA"},
    "complaints.case.review_corrected": _IN_HAND | {"version": 5, "state": "DIPROSES"},
    "complaints.case.review_decided": _IN_HAND | {"version": 6, "state": "DIPROSES"},
    "complaints.case.inspection_begun": _IN_HAND | {"version": 6, "state": "DIPERIKSA"},
    "complaints.case.inspection_reported": _IN_HAND | {"version": 7, "state": "DIPERIKSA"},
    "complaints.case.findings_drafted": _IN_HAND | {"version": 6, "state": "DIPERIKSA"},
    "complaints.case.extended": {"version": 2, "kind": "permintaan_informasi", "counts_as": "none"},
    "complaints.case.reopened": _IN_HAND | {"version": 8, "state": "DIBUKA_KEMBALI", "cycle": 2},
    "complaints.case.dismissal_proposed": {"version": 2},
    "complaints.case.dismissal_refused": {"version": 3},
    "complaints.case.dismissed": _DISMISSED,
    "complaints.case.appealed": _DISMISSED | {"version": 4},
    "complaints.case.appeal_decided": _DISMISSED | {"version": 5},
    "complaints.case.withdrawn": {
        "version": 3,
        "case_class": "normatif",
        "state": "DICABUT",
        "counts_as": "none",
        "closed_at": "2026-03-13T03:20:00Z",
        "closed_by": "reporter",
    },
    "complaints.deadline.reminded": {"version": 2, "rung": "p50", "detected_at": "2026-03-16T02:00:01Z"},
    "complaints.deadline.overdue": {"version": 4, "rung": "due", "detected_at": "2026-03-17T09:00:01Z"},
    "complaints.deadline.escalated": {"version": 5, "rung": "plus1", "detected_at": "2026-03-18T09:00:01Z"},
    "complaints.deadline.met": {"version": 3},
    "complaints.deadline.paused": {"version": 2},
    "complaints.deadline.cancelled": {"version": 2},
    "complaints.deadline.resumed": {
        "version": 3,
        "due_at": "2026-03-24T09:00:00Z",
        "old_due_at": "2026-03-17T09:00:00Z",
    },
    "complaints.deadline.rescheduled": {
        "version": 2,
        "calendar_version": 2,
        "due_at": "2026-03-18T09:00:00Z",
        "old_due_at": "2026-03-17T09:00:00Z",
    },
    "complaints.calendar.changed": {
        "unit_id": "kantor-a",
        "calendar_id": "unit:kantor-a:2026",
        "reach": "unit",
        "calendar_version": 5,
        "days_off": [{"day": "2026-11-25", "kind": "election"}],
    },
    "complaints.gratification.settled": {"version": 2},
    "complaints.gratification.nil_returned": {"direction": None, "object_kind": None},
    "complaints.coi.decided": {"version": 2},
    "complaints.coi.map_reviewed": {"conflict_type": None},
    "survey.campaign.closed": {"version": 2},
    "survey.consent.refused": {"willing": 28},
    "survey.consent.withdrawn": {"version": 2, "willing": 28},
    "survey.response.withdrawn": {"version": 2},
}


def example(contract: type[EventData]) -> EventData:
    """Return the contract's example; `KeyError` when its topic has none, so that nobody forgets one."""
    fact = contract.event_type.removeprefix("id.zi.").rpartition(".v")[0]
    return contract.model_validate(_COMMON | BY_TOPIC[contract.topic] | _BY_FACT.get(fact, {}))
