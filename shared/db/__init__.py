"""PostgreSQL: connections, transactions, roles and migrations."""

from shared.db.database import Database, on_commit, savepoint
from shared.db.faults import DatabaseAwayError
from shared.db.roles import identity_role

__all__ = ["Database", "DatabaseAwayError", "identity_role", "on_commit", "savepoint"]
