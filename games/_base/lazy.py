"""Names of a package that are loaded when they are first asked for: importing it loads neither numba nor OpenSpiel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package.

    places : the module of each name; ``module:other`` where it is called otherwise there, ``module:`` for the module
    itself. Raises ``AttributeError`` for other names.
    """

    def get(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, colon, other = places[name].partition(":")
        found = import_module(module)
        return found if colon and not other else getattr(found, other or name)

    return get
