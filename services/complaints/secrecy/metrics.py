"""Prometheus objects of sealed identities."""

from shared.observability.metrics import counter, gauge

PLAIN = gauge(
    "zi_complaints_identities_plain",
    "Identities of the release before that wait to be moved under a key",
)
REWRAPPING = gauge(
    "zi_complaints_identity_keys_old", "1 while keys of cases wait to be wrapped by the newest wrapping key"
)
KEYS_AWAY = gauge("zi_complaints_identity_keys_away", "1 while the wrapping keys cannot be reached")
BROKEN = counter("zi_complaints_identities_broken_total", "Identities that were asked for and did not open")
READINGS = gauge(
    "zi_complaints_identity_readings",
    "Rows of the log of opened identities; it never falls unless the log was cut",
)
