"""Keeps out what libraries load in vain: each service imports this before the rest.

| | loaded by | costs of a service's imports |
|---|---|---|
| rich, pygments, attrs | structlog, for tracebacks in colour | 90 modules, a twentieth of the CPU, 4 MB |
| pydantic.v1 | FastAPI, to tell models of old from ours | 23 modules, a fiftieth of the CPU, 2 MB |

Neither library minds that they are not there.
"""

import sys
from types import ModuleType
from typing import cast

_MISSING = cast("ModuleType", None)

sys.modules.setdefault("pydantic.v1", _MISSING)
if "rich" not in sys.modules:
    sys.modules["rich"] = _MISSING
    import structlog  # noqa: F401

    del sys.modules["rich"]  # the command line has a use for it
