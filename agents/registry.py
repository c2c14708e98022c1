"""Agents by name: ``uniform``, ``cfr(iterations=100)``, ``mds(blueprint=information, rollouts=200)``, ``my:Agent``.

The table below holds names of modules, so that an agent's libraries are loaded when it is asked for. To add one, write
a builder (``agents.openspiel.players`` shows how) and its line. A name with a colon that is not in the table is a class
or a function in a module of the user: ``mymodule:MyAgent(depth=3)`` (``agents.custom``). A path that ends in
``.safetensors`` is short for ``neural:`` and the path.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from agents.agent import AnyAgent
from agents.game import Game
from agents.own.names import is_own
from agents.specification import Specification, checked_arguments, nearest, parse_specification
from search.hanabi.spec import SearchSpec
from search.spec import OptionError


class _Entry(NamedTuple):
    """Where a builder is, and what it is told besides the game: its name, the text after the colon, or neither.

    A Hanabi search is told its ``SearchSpec`` in place of all options.
    """

    function: str
    told: str = ""


_SOLVERS = ("cfr", "cfr+", "lcfr", "dcfr", "pcfr+", "fictitious-play", "mmd", "mmd-behavioural", "lp")
_BLUEPRINTS = ("information", "smart", "simple", "piers", "iggi", "random", "uniform")

OPENSPIEL = {
    "uniform": _Entry("agents.openspiel.players:uniform"),
    "policy": _Entry("agents.openspiel.players:policy", "rest"),
    "bot": _Entry("agents.openspiel.players:bot", "rest"),
    "ismcts": _Entry("agents.openspiel.players:ismcts"),
    "mcts": _Entry("agents.openspiel.players:mcts"),
    "mmds": _Entry("agents.openspiel.search:search", "name"),
    "mds": _Entry("agents.openspiel.search:search", "name"),
    "monte-carlo": _Entry("agents.openspiel.search:search", "name"),
    **{name: _Entry("agents.openspiel.players:solved", "name") for name in _SOLVERS},
    "human": _Entry("agents.human.player:human"),
}
HANABI = {
    **{name: _Entry("agents.hanabi.players:blueprint", "name") for name in _BLUEPRINTS},
    "neural": _Entry("agents.hanabi.players:neural", "rest"),
    **{name: _Entry("agents.hanabi.players:search", "search") for name in ("mds", "sparta", "monte-carlo")},
    "human": _Entry("agents.human.player:human"),
}


@dataclass(frozen=True)
class AgentType:
    """An agent of a game, ready to be made: ``make()`` returns a new player."""

    label: str
    text: str
    make: Callable[[], AnyAgent]

    @property
    def weights(self) -> str | None:
        """The digest of the network that the agent plays with, ``None`` if it has none."""
        return getattr(self.make, "weights", None)

    @property
    def repeats(self) -> bool:
        """Whether equal seeds give equal games: OpenSpiel's ISMCTS and bots that take no seed do not."""
        return bool(getattr(self.make, "repeats", True))

    @cached_property
    def given_state(self) -> bool:
        """Whether its players are given the state of the game, and trusted with it (``agents.agent.StateAgent``)."""
        return hasattr(self.make(), "act_at")


def search_spec(specification: Specification) -> SearchSpec:
    """Return the Hanabi search that a specification asks for: ``mds(blueprint=smart, rollouts=200)``."""
    name: Any = specification.name
    return SearchSpec(name, **checked_arguments(name, SearchSpec, specification.arguments))


def agent_type(text: str, game: Game) -> AgentType:
    """Return the agent of a specification, for a game.

    Whatever it needs (a file, a compiled blueprint, a solved game) is loaded here.

    Parameters
    ----------
    text : ``"uniform"``, ``"cfr(iterations=100)"``, ``"policy:FILE"``, ``"mds(blueprint=smart, rollouts=200)"``, or a
        class of one's own, ``"mymodule:MyAgent(depth=3)"``.
    game : of ``table_game``.

    Returns
    -------
    AgentType
        ``label``; ``make()`` returns a new player.

    Raises
    ------
    ValueError
        One sentence, if there is no such agent, it lacks an option or has one too many, or it cannot play the game.

    Examples
    --------
    >>> import tamaya
    >>> tamaya.agent("uniform", tamaya.table_game("kuhn_poker")).label
    'uniform'
    """
    specification = parse_specification(text)
    table, other = (HANABI, OPENSPIEL) if game.hanabi else (OPENSPIEL, HANABI)
    if specification.name not in table:
        if specification.rest and specification.name not in other:
            from agents.custom import custom

            return AgentType(specification.label, specification.text, custom(game, specification))
        raise ValueError(_unknown(specification, game, table, other))
    entry = table[specification.name]
    if specification.rest and entry.told != "rest":
        raise ValueError(f"{specification.name} takes nothing after a colon, so {specification.rest!r} has no meaning")
    module, _, name = entry.function.partition(":")
    builder: Callable[..., Any] = getattr(importlib.import_module(module), name)
    try:
        if entry.told == "search":
            make = builder(game, search_spec(specification))
        else:
            given = checked_arguments(specification.name, builder, specification.arguments)
            told = {"name": (specification.name,), "rest": (specification.rest,)}.get(entry.told, ())
            make = builder(game, *told, **given)
    except OptionError as error:
        raise ValueError(f"the option {error.option} of {specification.name} {error.fault}") from None
    return AgentType(specification.label, specification.text, make)


def _unknown(specification: Specification, game: Game, table: Any, other: Any) -> str:
    name = specification.name
    if name in other:
        place = "OpenSpiel's games" if game.hanabi else "Hanabi"
        return f"{name} plays {place} only, not {game.name}: there are {', '.join(table)}"
    return f"there is no agent called {name!r}: {nearest(name, table)}"


def is_foreign(text: str, game: Game) -> bool:
    """Return whether an agent runs code that is not ours: a class of the user, a bot of OpenSpiel, an own blueprint."""
    specification = parse_specification(text)
    name, blueprint = specification.name, specification.arguments.get("blueprint")
    if isinstance(blueprint, str) and is_own(blueprint):
        return True
    return name in ("bot", "ismcts", "mcts") or name not in (HANABI if game.hanabi else OPENSPIEL)


def check_labels(texts: Sequence[str]) -> None:
    """Raise ``ValueError`` if two agents have the same label."""
    labels: dict[str, str] = {}
    for text in texts:
        label = parse_specification(text).label
        if label in labels:
            raise ValueError(f"two agents are called {label!r}: write name={text} to give one another name")
        labels[label] = text
