"""What FastAPI finds out about a function, a parameter or an answer, kept for later applications.

Nearly every test builds an application, and finding out what each of its routes takes was most of the work
of all tests. What is found follows from nothing but the objects asked about, so the very same ones are not
looked at again.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import fastapi.dependencies.utils
import fastapi.routing

MOST = 4096
"""Findings that are kept: those of functions that each application makes anew are forgotten again."""


class Kept:
    """A function that remembers what it found; what it was asked is the same when it is one object."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._found: OrderedDict[tuple[Any, ...], tuple[Any, Any]] = OrderedDict()

    def __call__(self, *those: Any, **asked: Any) -> Any:
        key = (*map(_known_by, those), *((name, _known_by(value)) for name, value in asked.items()))
        if key in self._found:
            self._found.move_to_end(key)
        else:
            # With what was asked about, so that no other object gets its identity.
            self._found[key] = (those, asked), self._function(*those, **asked)
            if len(self._found) > MOST:
                self._found.popitem(last=False)
        return self._found[key][1]


def _known_by(value: Any) -> Any:
    """Return what tells a value apart: text and sets of it by what they hold, all else by identity."""
    if isinstance(value, set):
        return frozenset(value)
    return (type(value), value) if isinstance(value, str) else id(value)


def keep() -> None:
    """Let every application of this process have what an earlier one found."""
    analysis: Any = fastapi.dependencies.utils
    analysis.analyze_param = Kept(analysis.analyze_param)
    analysis.get_typed_signature = Kept(analysis.get_typed_signature)
    routing: Any = fastapi.routing
    routing.create_model_field = Kept(routing.create_model_field)
