"""The tables that every service has beside its own, put together from the DDL beside their owners.

Plain DDL, run by each service's migrations, because no ORM ever reads these tables. What a migration has run
stays as it was written: later steps have functions of their own.
"""

from shared.audit.ddl import AUDIT
from shared.consumer.ddl import CONSUMER, DEAD_LETTERS
from shared.db.ddl import CLOCK, Operations, create_identity_schema, execute_all, grant_identity
from shared.db.roles import app_role
from shared.http.api.ddl import IDEMPOTENCY
from shared.http.limits.ddl import COUNTS
from shared.http.login.ddl import LOG_OUT, LOG_OUT_OF_ALL, RENEWAL, SESSIONS
from shared.notices.ddl import CONTACTS, NOTICES
from shared.outbox.ddl import DAYS_AHEAD, DAYS_KEPT, MARKS, OUTBOX, PARKING, PARTITIONS, POINTER


def create(op: Operations) -> None:
    """Create tables and functions; the first step of a service's first migration."""
    for part in (CLOCK, OUTBOX, CONSUMER, AUDIT, IDEMPOTENCY, SESSIONS, COUNTS):
        execute_all(op, part)
    op.execute(f"SELECT zi_outbox_partitions({DAYS_AHEAD}, {DAYS_KEPT})")


def harden(op: Operations) -> None:
    """Prepare for what relay, partitions and dead letters meet in the world; a service's second migration."""
    for part in (PARKING, PARTITIONS, DEAD_LETTERS):
        execute_all(op, part)


def renew_sessions(op: Operations) -> None:
    """Let page sessions ask the issuer again; a service's third migration.

    `login_state` stays for the release before, which keeps log-ins there.
    """
    execute_all(op, RENEWAL)


def keep_id_tokens(op: Operations) -> None:
    """Let a log-out tell the issuer whose session it ends; follows `renew_sessions`."""
    execute_all(op, LOG_OUT)


def hear_of_log_outs(op: Operations) -> None:
    """Let the issuer end sessions that it names; follows `keep_id_tokens`."""
    execute_all(op, LOG_OUT_OF_ALL)


def point_at_what_waits(op: Operations, service: str) -> None:
    """Remember by a pointer what the relay has sent, no longer by a mark in each row.

    The release before goes on beside it: rows wait by themselves until a relay of this one has the right.
    """
    execute_all(op, POINTER)
    op.execute(f"GRANT SELECT, UPDATE ON outbox_pointer TO {app_role(service)}")
    op.execute(f"GRANT SELECT ON outbox_waiting TO {app_role(service)}")


def mark_what_waits(op: Operations) -> None:
    """Undo `point_at_what_waits`; relays of its release are stopped before."""
    execute_all(op, MARKS)
    execute_all(op, PARTITIONS)


def queue_notices(op: Operations, service: str) -> None:
    """Let the service send: what waits to leave, and the mails it leaves in."""
    execute_all(op, NOTICES)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON notice, notice_mail TO {app_role(service)}")


def keep_contacts(op: Operations, service: str) -> None:
    """Keep addresses of whoever logs in, in a schema of identities that this step creates."""
    create_identity_schema(op, service)
    add_contacts(op, service)


def add_contacts(op: Operations, service: str) -> None:
    """Keep addresses of whoever logs in, in the schema of identities that there is."""
    execute_all(op, CONTACTS)
    grant_identity(op, service, "contact")
