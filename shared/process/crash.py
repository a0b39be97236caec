"""Named crash points for fault tests: `ZI_CRASH_AT=name:n` ends the process at the n-th passing.

Refused in production by `shared.process.settings`; costs one dictionary look-up when unset.
"""

import os

EXIT_CODE = 137
"""As if killed by SIGKILL."""

_spec = os.environ.get("ZI_CRASH_AT", "")
_name, _, _count = _spec.partition(":")
_left = {_name: int(_count or "1")} if _name else {}


def crash_point(name: str) -> None:
    """End the process at once, without clean-up, when this point was asked for and its count is reached."""
    if name not in _left:
        return
    _left[name] -= 1
    if _left[name] == 0:
        os._exit(EXIT_CODE)
