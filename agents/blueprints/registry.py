"""Blueprints by name, each module imported when it is first asked for.

Importing a blueprint's module compiles its functions (or loads them from the cache), so the table below holds names of
modules, not the modules. To add a blueprint, write a module with a ``Blueprint`` constant and add its line; the
conformance tests and the benchmark then take it up without further changes.
"""

from __future__ import annotations

import difflib
import importlib
from functools import cache
from typing import NamedTuple

from games.hanabi.blueprint import Blueprint


class _Entry(NamedTuple):
    module: str
    constant: str


_TABLE = {
    "information": _Entry("agents.blueprints.information", "INFORMATION"),
    "smart": _Entry("agents.blueprints.smart", "SMART"),
    "simple": _Entry("agents.blueprints.simple", "SIMPLE"),
    "piers": _Entry("agents.blueprints.piers", "PIERS"),
    "iggi": _Entry("agents.blueprints.iggi", "IGGI"),
    "random": _Entry("agents.blueprints.random_legal", "RANDOM"),
    "cheating": _Entry("agents.blueprints.cheating", "CHEATING"),
}


def names() -> tuple[str, ...]:
    """Return the names of all blueprints, strongest first and the cheating reference point last."""
    return tuple(_TABLE)


def check_name(name: str) -> None:
    """Raise ``ValueError`` if there is no blueprint called ``name``, without importing anything."""
    if name not in _TABLE:
        raise ValueError(_unknown(name))


@cache
def blueprint(name: str) -> Blueprint:
    """Return the blueprint called ``name``, compiling it if this process has not used it yet.

    Raises ``ValueError`` for an unknown name; the message names the nearest one.
    """
    check_name(name)
    entry = _TABLE[name]
    found = getattr(importlib.import_module(entry.module), entry.constant)
    assert isinstance(found, Blueprint)
    return found


def _unknown(name: str) -> str:
    nearest = difflib.get_close_matches(name.lower(), _TABLE, n=1, cutoff=0.5)
    remedy = f"did you mean {nearest[0]!r}?" if nearest else f"choose one of {', '.join(_TABLE)}"
    return f"there is no blueprint called {name!r}: {remedy}"
