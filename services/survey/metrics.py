"""Every Prometheus object of survey."""

from shared.instruments.survey import regimes
from shared.observability.metrics import counter, gauge

RESPONSES = counter(
    "zi_survey_responses_total",
    "Finished responses by outcome: captured, repeated (same answer again), withdrawn",
    {"mode": ("invited",), "outcome": ("captured", "repeated", "withdrawn")},
)
CONSENTS = counter(
    "zi_survey_consents_total",
    "Decisions of invited people that changed something",
    {"decision": ("willing", "later", "refused", "withdrawn")},
)
WILLING = gauge(
    "zi_survey_respondents_willing",
    "Willing people of all open campaigns, by regime",
    {"regime": tuple(regimes())},
)
DRIFT = gauge("zi_survey_index_drift_points", "Running sums minus a recount of all responses; must be 0")
