"""Gifts, declarations and maps in the database; who gave lies under the identity role."""
