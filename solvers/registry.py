"""Algorithms by name: a module is imported, its step loaded or compiled, when it is asked for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

ALL = "all"
"""What stands for all algorithms where a comparison is asked for."""


def unknown_algorithm(name: str, names: Sequence[str]) -> ValueError:
    """Return the error for a name that nothing has: one sentence that names the nearest."""
    nearest = difflib.get_close_matches(name.lower().replace("_", "-"), names, n=1, cutoff=0.4)
    hint = f"did you mean {nearest[0]}?" if nearest else f"they are {', '.join(names)}"
    return ValueError(f"there is no algorithm {name!r}: {hint}")


@dataclass(frozen=True)
class Registry:
    """The algorithms of one kind of game.

    ``modules``: the place of each in ``package``, ``"module"`` or ``"module:ATTRIBUTE"``; what lies there is the
    algorithm, or a tuple in which one has the name. ``aliases``: other names, and whose they are.
    """

    package: str
    modules: Mapping[str, str]
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all iterative algorithms; no aliases."""
        return tuple(self.modules)

    def full_name(self, name: str) -> str:
        """Return what an alias stands for; any other name as it is."""
        return self.aliases.get(name, name)

    def load(self, name: str) -> Any:
        """Return the algorithm of that name; raises ``ValueError`` that names the nearest."""
        full = self.full_name(name)
        if full not in self.modules:
            raise unknown_algorithm(name, [*self.modules, *self.aliases])
        module, _, attribute = self.modules[full].partition(":")
        found = getattr(import_module(f"{self.package}.{module}"), attribute or "ALGORITHM")
        return next(one for one in found if one.name == full) if isinstance(found, tuple) else found
