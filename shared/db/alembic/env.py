"""Alembic's environment for every service: run in the transaction the caller opened and commits."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
