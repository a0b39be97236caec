"""The closed list of roles. Source: reliability.md section 7, complaints.md section 1, issue text."""

from collections.abc import Mapping
from types import MappingProxyType

ROLES = {
    "admin": "registers units and programmes; sees no case content",
    "unit_operator": "fills the unit's worksheet, plan and evidence",
    "unit_leader": "reads everything of the unit, approves its plan, hands its worksheet in",
    "tpi": "internal assessors of the agency (Tim Penilai Internal)",
    "tpn": "national assessors (Tim Penilai Nasional)",
    "complaint_officer": "PP: takes and verifies complaints",
    "complaint_supervisor": "KP: names unit and handler (disposisi)",
    "case_handler": "PH: follows up and drafts the answer",
    "case_approver": "AT: PH's superior, approves the answer",
    "inspector": "AP: inspects (APIP)",
    "custodian": "KU: keeps sealed identities",
    "gratification_officer": "UPG: gratification reports",
    "information_officer": "PPID: information requests",
    "privacy_officer": "PO: rights of data subjects",
    "agency_head": "PIM: reads the state of the agency, proposes units, objects for them",
    "survey_operator": "runs survey campaigns, enters paper answers",
    "verifier": "reads, for verification; above the unit, forwards or returns its worksheet",
    "auditor": "reads the audit chain only",
    "portal": "the ministry's PortalRB: pulls the frozen packages of one agency by its own token",
    "respondent": "answers a survey by token",
    "reporter": "reads a case by receipt",
    "public": "anybody, without log-in",
}

TOKEN_ROLES = frozenset(ROLES) - {"portal", "respondent", "reporter", "public"}
"""Roles an issuer may give; the others come from a token of ours, a receipt or from nothing at all."""

SIGNED_IN = TOKEN_ROLES
"""For operations that every logged-in person may call."""

UNIT_READERS = frozenset({"unit_operator", "unit_leader", "tpi", "tpn", "agency_head", "verifier"})
"""Roles that read what a unit does and how it stands."""

COMPLAINT_OFFICERS = frozenset(
    {"complaint_officer", "complaint_supervisor", "case_handler", "case_approver", "inspector"}
)

CASE_READERS = COMPLAINT_OFFICERS | {"information_officer"}
"""Roles that see cases: all of their scope, the assigned ones, or those of one kind."""

CASE_OFFICERS = CASE_READERS | {"privacy_officer"}
"""Roles that a deadline of a case may concern."""

CONFLICT_DECIDERS = frozenset({"unit_leader", "agency_head", "inspector"})
"""Roles that decide a declared conflict of interest: a superior, the next one, or who inspects."""

INTEGRITY_OFFICERS = CONFLICT_DECIDERS | {"gratification_officer"}
"""Roles that a deadline of a reported gift or a declared interest may concern."""

DUTY_OFFICERS = frozenset({"privacy_officer", "complaint_supervisor", "inspector", "agency_head"})
"""Roles that see some of what is owed to people or to the Ombudsman, and that its deadlines concern."""

MAP_EDITORS = CONFLICT_DECIDERS | {"unit_operator", "gratification_officer"}
"""Roles that keep a unit's map of conflicts of interest."""

CASE_ROLES = COMPLAINT_OFFICERS | frozenset(
    {
        "custodian",
        "gratification_officer",
        "information_officer",
        "privacy_officer",
        "agency_head",
    }
)
"""Roles that may be let near the content of a case or an identity behind it; no other role ever is.

Source: reliability.md section 7.
"""

MFA_ROLES = CASE_ROLES | {"admin", "tpn"}
"""Roles whose tokens must say (`amr` or `acr`) that a second factor was used.

Source: reliability.md section 7.
"""

ROLE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "admin": "Administrator",
        "unit_operator": "Operator unit",
        "unit_leader": "Pimpinan unit",
        "tpi": "Tim Penilai Internal",
        "tpn": "Tim Penilai Nasional",
        "complaint_officer": "Petugas pengaduan",
        "complaint_supervisor": "Pengawas pengaduan",
        "case_handler": "Penangan kasus",
        "case_approver": "Penyetuju tanggapan",
        "inspector": "Aparat pengawasan",
        "custodian": "Kustodian identitas",
        "gratification_officer": "Petugas gratifikasi",
        "information_officer": "Petugas informasi (PPID)",
        "privacy_officer": "Petugas pelindungan data",
        "agency_head": "Pimpinan instansi",
        "survey_operator": "Operator survei",
        "verifier": "Verifikator",
        "auditor": "Auditor",
    }
)
"""Roles as people call them."""
