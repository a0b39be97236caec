"""Stages and findings as contracts; reasons, texts and answers stay behind."""

from services.planning.stages.domain.assessment import Assessment
from services.planning.stages.domain.findings import Finding, FindingState
from shared.contracts.base import EventData
from shared.contracts.planning import FindingAnswered, FindingOpened, StageMoved


def stage_moved(assessment: Assessment) -> EventData:
    """Return an assessment as it stands after an act."""
    return StageMoved(
        unit_id=assessment.unit_id,
        version=assessment.version,
        stage_id=assessment.stage_id,
        year=assessment.year,
        stage=assessment.stage.value,
        act=None if assessment.act is None else assessment.act.value,
        round=assessment.round,
        tpi_round=assessment.tpi_round,
        is_nominated=assessment.is_nominated,
        objection=assessment.objection.value,
        is_awarded=assessment.is_awarded,
    )


def finding_fact(finding: Finding) -> EventData:
    """Return a finding's state: opened or answered."""
    contract = FindingAnswered if finding.state is FindingState.ANSWERED else FindingOpened
    return contract(
        unit_id=finding.unit_id,
        version=finding.version,
        finding_id=str(finding.finding_id),
        year=finding.year,
        item_code=finding.item_code,
        state=finding.state.value,
        open_count=finding.open_count,
    )
