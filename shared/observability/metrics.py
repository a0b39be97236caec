"""Metrics of shared code, and the factory that every service declares its own with.

Each object is made once at import, documented, with closed label sets. `CATALOGUE` lists them all, and
`docs/metrics.md` is generated from it. Names: `zi_<service>_<thing>_<unit>`; shared code has a reserved
word (`http outbox consumer dlq notices jobs db auth`) in the service's place: the scrape job names the
service.
Source: reliability.md section 8.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics, generate_latest

disable_created_metrics()  # type: ignore[no-untyped-call]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
AGE_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 600.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One documented metric: its full name, kind, label names and meaning with unit."""

    name: str
    kind: str
    labels: tuple[str, ...]
    description: str


CATALOGUE: list[Metric] = []

Labels = Mapping[str, Sequence[str]]
"""Label names with their known values; an empty sequence where the values are known at run time only."""


def counter(name: str, description: str, labels: Labels | None = None) -> Counter:
    """Declare a counter; `name` ends in `_total`. Series of fully known labels start at 0."""
    metric = Counter(name, description, tuple(labels or ()))
    _declare(name, "counter", description, labels, metric.labels)
    return metric


def gauge(name: str, description: str, labels: Labels | None = None) -> Gauge:
    """Declare a gauge; `name` ends in its unit. Series of fully known labels start at 0."""
    metric = Gauge(name, description, tuple(labels or ()))
    _declare(name, "gauge", description, labels, metric.labels)
    return metric


def histogram(
    name: str, description: str, labels: Labels | None = None, buckets: Sequence[float] = REQUEST_BUCKETS
) -> Histogram:
    """Declare a histogram in seconds; `buckets` are its upper bounds."""
    metric = Histogram(name, description, tuple(labels or ()), buckets=buckets)
    _declare(name, "histogram", description, labels, metric.labels)
    return metric


def render() -> bytes:
    """Return all series of this process in Prometheus' text format."""
    return generate_latest()


def _declare(
    name: str, kind: str, description: str, labels: Labels | None, child: Callable[..., object]
) -> None:
    CATALOGUE.append(Metric(name, kind, tuple(labels or ()), description))
    if labels and all(labels.values()):
        for values in product(*labels.values()):
            child(*values)


# --- HTTP
HTTP_REQUESTS = counter(
    "zi_http_requests_total",
    "Requests answered, by method (unusual ones as OTHER), route template and status class",
    {"method": (), "route": (), "status": ()},
)
HTTP_SECONDS = histogram(
    "zi_http_request_seconds", "Seconds from request to end of answer, by route template", {"route": ()}
)
HTTP_LIMITED = counter("zi_http_limited_total", "Requests refused by a rate limit, by rule", {"rule": ()})
HTTP_STREAMS = gauge("zi_http_open_streams", "Live event streams open now")
LANES = ("work", "files", "login", "streams")
HTTP_AT_WORK = gauge(
    "zi_http_at_work_requests",
    "Requests being worked on before their answer begins, by lane",
    {"lane": LANES},
)
HTTP_WAITING = gauge("zi_http_waiting_requests", "Requests that wait in line, by lane", {"lane": LANES})
HTTP_REFUSED = counter(
    "zi_http_refused_total",
    "Requests refused with 503 by lane and reason: line full, waited too long in it, too slow at work, "
    "no connection of the pool in time, no room for the bodies of more requests",
    {"lane": LANES, "reason": ("full", "waited", "too_slow", "pool", "bodies")},
)
HTTP_BROKEN_OFF = counter(
    "zi_http_broken_off_total",
    "Connections that the server broke off, by reason: bytes that are no request, a head too long, a head or "
    "a body not whole in time, an answer that nobody reads, too many open in all or from one source",
    {
        "reason": (
            "malformed", "head_too_long", "head_slow", "body_slow", "answer_unread", "crowded",
            "crowded_source",
        )
    },
)  # fmt: skip
HTTP_CONNECTIONS = gauge("zi_http_open_connections", "Connections open now on the public port")
HTTP_GAVE_WAY = counter(
    "zi_http_gave_way_total",
    "What was closed for something newer, by kind: a connection at rest, a person's oldest live page",
    {"kind": ("connection", "stream")},
)

# --- Outbox and relay
OUTBOX_UNPUBLISHED = gauge(
    "zi_outbox_unpublished_rows",
    "Events committed, not yet on Kafka and not parked, up to 100,000; NaN while unknown",
)
OUTBOX_OLDEST_UNPUBLISHED = gauge(
    "zi_outbox_oldest_unpublished_seconds", "Age of the oldest of them; 0 when none waits, NaN while unknown"
)
OUTBOX_PARKED = gauge(
    "zi_outbox_parked_rows",
    "Events that the broker will not take, by reason, and those that wait behind such a one on its key",
    {"reason": ("too_large", "topic_missing", "not_authorized", "refused", "malformed", "behind")},
)
OUTBOX_STALLED = gauge(
    "zi_outbox_relay_stalled",
    "1 when the same event has been the next to leave for 30 s, or nobody can tell for as long",
)
OUTBOX_PUBLISHED = counter("zi_outbox_published_total", "Events acknowledged by Kafka and marked")
OUTBOX_FAILURES = counter("zi_outbox_failures_total", "Relay rounds that failed and will be repeated")
OUTBOX_RELAY_ACTIVE = gauge(
    "zi_outbox_relay_active", "1 in the process whose relay has the right to send, else 0"
)

# --- Consumer
_PARTITION: Labels = {"topic": (), "partition": ()}
CONSUMER_LAG_RECORDS = gauge("zi_consumer_lag_records", "Records behind the end of the partition", _PARTITION)
CONSUMER_LAG_SECONDS = gauge(
    "zi_consumer_lag_seconds", "Age of the first record not yet applied; 0 when none waits", _PARTITION
)
CONSUMER_RECORDS = counter(
    "zi_consumer_records_total",
    "Records taken, by outcome: applied, duplicate (below the watermark), dead",
    {"topic": (), "outcome": ()},
)
CONSUMER_BATCH_SECONDS = histogram("zi_consumer_batch_seconds", "Seconds to apply and commit one batch")
CONSUMER_PROGRESS = gauge(
    "zi_consumer_progress_timestamp_seconds", "Unix time of the last committed batch; 0 before the first"
)
CONSUMER_REBALANCES = counter("zi_consumer_rebalances_total", "Assignments of partitions to this process")
CONSUMER_RETRIES = counter("zi_consumer_retries_total", "Batches tried again after an infrastructure fault")
CONSUMER_HALTED = gauge(
    "zi_consumer_halted",
    "1 while the consumer stands still for this reason and needs its named command",
    {"reason": ("offset_ahead", "log_went_back", "gap", "dead_letters", "unreadable")},
)
CONSUMER_TOPIC_MISSING = gauge(
    "zi_consumer_topic_missing", "1 while a topic this service reads does not exist", {"topic": ()}
)
CONSUMER_EVENT_AGE = histogram(
    "zi_consumer_event_age_seconds",
    "Seconds from the fact's time to the commit of its effect here; of topics with times, not days alone",
    buckets=AGE_BUCKETS,
)

# --- Dead letters
DLQ_RECORDS = counter(
    "zi_dlq_records_total", "Records set aside, by topic and reason", {"topic": (), "reason": ()}
)
DLQ_OPEN_ROWS = gauge("zi_dlq_open_rows", "Dead letters that nobody has replayed or discarded yet")

# --- Notices
NOTICES_WAITING = gauge(
    "zi_notices_waiting_rows",
    "What waits to be sent: notices not yet in a mail, and mails; up to 100,000 each",
    {"part": ("notices", "mails")},
)
NOTICES_OLDEST_DUE = gauge(
    "zi_notices_oldest_due_seconds", "How long the oldest of them has been due; 0 when none is"
)
PARKED_KINDS = ("refused", "tries", "address")
NOTICES_PARKED = gauge(
    "zi_notices_parked_rows",
    "Mails put aside for people: refused for good by the server, tried too often, to no address",
    {"reason": PARKED_KINDS},
)
NOTICES_TRIES = counter(
    "zi_notices_tries_total",
    "Mails handed to the server, by what it did: took it, put it off, refused it for good, could not be used",
    {"outcome": ("sent", "put_off", "refused", "away")},
)
NOTICES_ENDED = counter(
    "zi_notices_ended_total",
    "Notices that left in a mail, or were dropped because their time had passed or no address is known",
    {"outcome": ("sent", "expired", "no_address")},
)
NOTICES_SERVER_FAILING = gauge(
    "zi_notices_server_failing", "1 while the mail server cannot be used, whatever the mail"
)

# --- Database
DB_POOL_IN_USE = gauge("zi_db_pool_in_use", "Connections of the pool in use now")
DB_POOL_WAIT = histogram("zi_db_pool_wait_seconds", "Seconds a request waited for a connection")
DB_CLOCK_SKEW = gauge(
    "zi_db_clock_skew_seconds", "Database clock minus own clock at the last readiness check"
)

# --- Authentication and authorisation
AUTH_DENIED = counter(
    "zi_auth_denied_total",
    "Calls refused, by reason: no or bad token, missing role, failed cross-site check",
    {"reason": ("token", "role", "csrf", "session")},
)
AUTH_SESSIONS = counter(
    "zi_auth_session_checks_total",
    "Questions to the issuer about page sessions, by outcome: roles confirmed, session ended, issuer away; "
    "requests refused because it was away for too long; and sessions ended because it told of a log-out",
    {"outcome": ("confirmed", "ended", "away", "refused", "told")},
)
AUTH_EXPIRY = gauge(
    "zi_auth_expiry_timestamp_seconds",
    "Unix time at which the issuer's keys held here stop being trusted; 0 while there are none",
    {"kind": ("jwks",)},
)

# --- Jobs
JOBS_LAST_SUCCESS = gauge(
    "zi_jobs_last_success_timestamp_seconds",
    "Unix time of the job's last success; 0 before the first",
    {"job": ()},
)
JOBS_FAILING = gauge(
    "zi_jobs_failing", "1 while the last step of this timer failed and is tried again, else 0", {"job": ()}
)
JOBS_WORKER_RESTARTS = counter(
    "zi_jobs_worker_restarts_total", "Lives of a worker that ended unasked or hung, by worker", {"worker": ()}
)
