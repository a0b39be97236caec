"""PostgreSQL: connections, transactions, roles, migrations and the tables every service has."""

from shared.db.database import Database, on_commit, savepoint
from shared.db.faults import DatabaseAwayError
from shared.db.roles import identity_role

__all__ = ["Database", "DatabaseAwayError", "identity_role", "on_commit", "savepoint"]
