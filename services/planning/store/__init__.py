"""SQL in and out of planning's domain objects.

Rows outside the caller's scope are filtered in the SQL: to the caller they do not exist.
"""
