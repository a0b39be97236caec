"""Planning's facts as contracts; names of files and people, titles, notes and reasons stay behind."""

from services.planning.domain.plans import Activity, ActivityState, Programme
from services.planning.domain.units import Unit
from services.planning.domain.worksheets import Draft, Worksheet
from services.planning.domain.writers import Layer
from shared.contracts.base import EventData
from shared.contracts.envelope import source_of
from shared.contracts.planning import (
    ActivityCompleted,
    ActivityPlanned,
    ProgrammeCreated,
    UnitChanged,
    UnitRegistered,
    WorksheetAnswered,
)

SOURCE = source_of("planning")


def unit_fact(unit: Unit) -> EventData:
    """Return the unit's entry: registered at version 1, changed after that."""
    contract = UnitRegistered if unit.version == 1 else UnitChanged
    return contract(
        unit_id=unit.unit_id,
        version=unit.version,
        agency_id=unit.agency_id,
        name=unit.name,
        unit_type=unit.unit_type,
        echelon=unit.echelon,
        has_service_function=unit.has_service_function,
        zone=unit.zone.value,
        is_active=unit.is_active,
        is_demo=unit.is_demo,
        region=unit.region,
        parent_id=unit.parent_id,
        merged_into=unit.merged_into,
    )


def programme_created(programme: Programme) -> EventData:
    return ProgrammeCreated(
        unit_id=programme.unit_id,
        version=programme.version,
        programme_id=str(programme.programme_id),
        year=programme.year,
        target=programme.target.value,
        edition=programme.edition,
        rule_set=programme.rule_set,
    )


def activity_fact(activity: Activity) -> EventData:
    """Return the activity's state: planned or completed."""
    contract = ActivityCompleted if activity.state is ActivityState.DONE else ActivityPlanned
    return contract(
        unit_id=activity.unit_id,
        version=activity.version,
        activity_id=str(activity.activity_id),
        programme_id=str(activity.programme_id),
        year=activity.year,
        indicator_code=activity.indicator_code,
        state=activity.state.value,
        due_on=activity.due_on.isoformat() if activity.due_on else None,
        evidence_count=len(activity.evidence_ids),
    )


def worksheet_answered(worksheet: Worksheet, version: int, layer: Layer, draft: Draft) -> EventData:
    """Return one answer as it stands at this version of the worksheet."""
    answer = draft.answer
    inputs = answer.inputs if answer else None
    return WorksheetAnswered(
        unit_id=worksheet.unit_id,
        version=version,
        worksheet_id=worksheet.worksheet_id,
        year=worksheet.year,
        layer=layer.value,
        item_code=draft.item_code,
        letter=answer.letter if answer else None,
        index=answer.index_text if answer else None,
        inputs=None if inputs is None else dict(sorted(inputs.items())),  # as the table gives them back
        origin=draft.origin.value,
        cell=draft.cell,
        evidence_ids=[str(id_) for id_ in draft.evidence_ids],
    )
