"""Duties in the database; who asks about their data lies under the identity role."""
