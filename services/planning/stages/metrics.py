"""Prometheus objects of stages."""

from services.planning.stages.domain.acts import Act
from shared.observability.metrics import counter

ACTS = counter("zi_planning_stage_acts_total", "Acts on assessments, by act", {"act": tuple(Act)})
FINDINGS = counter(
    "zi_planning_findings_total", "Findings of assessors, by what happened", {"fact": ("opened", "answered")}
)
