"""How the workers of a parallel run share the tests: what uses the same servers stays on one of them."""

from xdist.scheduler import LoadScopeScheduling

WHOLE = ("tests/chaos/", "tests/e2e/")
"""What starts whole systems: the tests of each folder stay together, of others those of a file."""
LONG = "tests/unit/planning/workbook/test_limits.py"
"""Begun last of all, where its place is, it would keep one worker while the others have nothing left."""


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands out folders of `WHOLE` and files, in the order of collection: the longest come first."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in WHOLE if file.startswith(folder)), file)
