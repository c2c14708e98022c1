"""Blueprints by name, each module imported when it is first asked for.

Importing a blueprint's module compiles its functions (or loads them from the cache), so the table below holds names of
modules, not the modules. To add a blueprint, write a module with a ``Blueprint`` constant and add its line; the
conformance tests and the benchmark then take it up without further changes.

``neural`` stands for the trained networks that come with the project, one for a number of players, and ``neural-wide``
for larger ones, which score more by themselves and gain less from search; a path that ends in
``.safetensors`` is the name of a network of one's own, and ``mypolicy.py:Policy`` that of a class (``agents.own``).
"""

from __future__ import annotations

import difflib
import importlib
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agents.blueprints.files import SHIPPED, WEIGHTS
from agents.own.names import full_name as own_name
from agents.own.names import is_own
from games.hanabi.game import HanabiGame, standard

if TYPE_CHECKING:
    from games.hanabi.blueprint import Blueprint


class _Entry(NamedTuple):
    module: str
    constant: str


NEURAL, NEURAL_WIDE = "neural", "neural-wide"
_NETWORKS = NEURAL, NEURAL_WIDE

_TABLE = {
    "information": _Entry("agents.blueprints.information", "INFORMATION"),
    "smart": _Entry("agents.blueprints.smart", "SMART"),
    "simple": _Entry("agents.blueprints.simple", "SIMPLE"),
    "piers": _Entry("agents.blueprints.piers", "PIERS"),
    "iggi": _Entry("agents.blueprints.iggi", "IGGI"),
    "random": _Entry("agents.blueprints.random_legal", "RANDOM"),
    NEURAL: _Entry("agents.blueprints.neural.blueprint", "NEURAL"),
    NEURAL_WIDE: _Entry("agents.blueprints.neural.blueprint", "NEURAL_WIDE"),
    "cheating": _Entry("agents.blueprints.cheating", "CHEATING"),
}


def names() -> tuple[str, ...]:
    """Return the names of all blueprints: rule-based ones, strongest first, trained ones, the one that cheats."""
    return tuple(_TABLE)


def rule_based_names() -> tuple[str, ...]:
    """Return the names of the blueprints that need no weights."""
    return tuple(name for name in _TABLE if name not in _NETWORKS)


def rule_based_for(players: int) -> str:
    """Return the name of the strongest rule-based blueprint for a number of players."""
    return "smart" if players == 2 else "information"


def is_network(name: str) -> bool:
    """Return whether the blueprint called ``name`` was trained."""
    return not is_own(name) and (name in _NETWORKS or name.endswith(WEIGHTS))


def may_have_values(name: str) -> bool:
    """Return whether rollouts over a blueprint might end in what it expects: a policy of one's own may say so."""
    return is_network(name) or is_own(name)


def strongest_for(game: HanabiGame) -> str:
    """Return the name of the blueprint to search over: the trained network, where one comes with Tamaya."""
    if not game.ordinary_hints:
        return "piers"
    trained = (SHIPPED / f"{game.players}_players{WEIGHTS}").exists() and game.difference(
        standard(game.players)
    ) is None
    return NEURAL if trained else rule_based_for(game.players)


def check_name(name: str) -> None:
    """Raise ``ValueError`` if there is no blueprint called ``name``, without importing anything."""
    if is_own(name):
        own_name(name)
    elif name.endswith(WEIGHTS):
        if not Path(name).is_file():
            raise ValueError(f"there is no weights file {name}")
    elif name not in _TABLE:
        raise ValueError(_unknown(name))


def full_name(name: str) -> str:
    """Return the name, with the whole paths of its files; raises ``ValueError`` as ``check_name`` does."""
    if is_own(name):
        return own_name(name)
    check_name(name)
    return os.path.realpath(name) if name.endswith(WEIGHTS) else name


def blueprint(name: str) -> Blueprint:
    """Return the blueprint called ``name``, compiling it if this process has not used it yet.

    Parameters
    ----------
    name : one of ``names()`` – ``information``, ``smart``, ``simple``, ``piers``, ``iggi``, ``random``, ``neural``,
        ``neural-wide``, ``cheating`` –, or a path ending in ``.safetensors``: the network of that file as it is now.

    Returns
    -------
    Blueprint
        The same object in every call, except for a file's.

    Raises
    ------
    ValueError
        For an unknown name (the message names the nearest one), for a file that holds no network, and for a class of
        one's own (``mypolicy.py:Policy``), which is not compiled.

    Examples
    --------
    >>> import tamaya
    >>> tamaya.blueprint("smart").name
    'smart'
    """
    if is_own(name):
        raise ValueError(f"{name} is not compiled: agents.hanabi.blueprints.policy_for has it as a policy")
    check_name(name)
    if name.endswith(WEIGHTS):
        from agents.blueprints.neural.blueprint import blueprint_of_file

        return blueprint_of_file(Path(os.path.realpath(name)))
    return _listed(name)


@cache
def _listed(name: str) -> Blueprint:
    entry = _TABLE[name]
    found: Blueprint = getattr(importlib.import_module(entry.module), entry.constant)
    return found


def _unknown(name: str) -> str:
    nearest = difflib.get_close_matches(name.lower(), _TABLE, n=1, cutoff=0.5)
    remedy = f"did you mean {nearest[0]!r}?" if nearest else f"choose one of {', '.join(_TABLE)}"
    return f"there is no blueprint called {name!r}: {remedy}"
