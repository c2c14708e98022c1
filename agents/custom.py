"""Agents that people bring along: a class, a bot of OpenSpiel, an agent of HLE, or a policy, by module and name.

What ``mymodule:Thing(option=1)`` may be, in the order in which it is recognised:

- a subclass of ``pyspiel.Bot``, or a function that returns one: made for every game, and given those of ``game``,
  ``player_id``, ``seat``, ``seed`` and ``rng`` that it has parameters of that name for;
- a subclass of HLE's ``rl_env.Agent`` (Hanabi): made with the ``config`` that HLE's environment takes;
- a class with ``action_probabilities`` (a policy of OpenSpiel), or an object that is one;
- in Hanabi, a policy (``agents.own.loading.is_policy``), which is followed;
- a class with ``act`` (``agents.agent.Agent``); ``sees``, ``start`` and ``observe`` may be left out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from agents.agent import AnyAgent, StateAgent, ViewAgent
from agents.game import Game
from agents.modules import named
from agents.runs.forfeit import in_words
from agents.specification import Specification, nearest

_GIVEN_TO_BOTS = ("game", "player_id", "seat", "seed", "rng")


def is_own_policy(thing: Any) -> bool:
    """Return whether a thing is a policy for Hanabi, as ``--blueprint`` takes it."""
    from agents.own.loading import is_policy

    return is_policy(thing)


def follow(game: Game, specification: Specification) -> Callable[[], AnyAgent]:
    """Return what makes seats that follow a policy of the user."""
    from agents.hanabi.players import blueprint
    from agents.own.names import full_name

    return blueprint(game, full_name(specification.text))


def custom(game: Game, specification: Specification) -> Callable[[], AnyAgent]:
    """Return what makes players of a user's class; raises ``ValueError`` if there is no such thing or no agent."""
    thing = named(specification.name, specification.rest)
    if game.hanabi and is_own_policy(thing):
        return follow(game, specification)
    options = dict(specification.arguments)
    shown = f"{specification.name}:{specification.rest}"
    _check_options(thing, options, shown)
    make = _recognised(game, thing, options, shown)
    if make is None:
        raise ValueError(f"{shown} is not an agent: it needs a method act(view) (see agents/agent.py)")
    player = _tried(make, shown)
    if hasattr(player, "sees") and not game.hanabi and not hasattr(player, "act_at"):
        from agents.openspiel.adapters import check_sees

        check_sees(game.rules, player.sees, shown)
    return make


def _check_options(thing: Any, options: dict[str, Any], shown: str) -> None:
    if not options:
        return
    if not callable(thing):
        raise ValueError(f"{shown} is not a class or a function, so it takes no options")
    try:
        parameters = inspect.signature(thing).parameters
    except (TypeError, ValueError):
        return
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    for key in options:
        if key not in parameters:
            raise ValueError(f"{shown} has no option {key!r}: {nearest(key, parameters) if parameters else 'none'}")


def _recognised(game: Game, thing: Any, options: dict[str, Any], shown: str) -> Callable[[], AnyAgent] | None:
    if game.hanabi:
        from agents.hanabi.hle import HleAgent, is_hle_agent

        if is_hle_agent(thing):
            return partial(HleAgent, partial(thing, **options))
    else:
        import pyspiel

        from agents.openspiel.adapters import PolicyObjectAgent, bots

        if inspect.isclass(thing) and issubclass(thing, pyspiel.Bot):
            return bots(game, shown, partial(_bot, thing, options))
        if inspect.isfunction(thing) and {"game", "player_id", "seat"} & set(inspect.signature(thing).parameters):
            return bots(game, shown, partial(_bot, thing, options))
        if hasattr(thing, "action_probabilities"):
            if inspect.isclass(thing):
                given = {"game": game.rules} if "game" in inspect.signature(thing).parameters else {}
                return lambda: PolicyObjectAgent(thing(**given, **options))
            return partial(PolicyObjectAgent, thing)
    if hasattr(thing, "act"):
        return partial(_agent, thing, options)
    return None


def _bot(thing: Any, options: dict[str, Any], game: Any, seat: int, seed: int) -> Any:
    import numpy as np

    at_hand: dict[str, Callable[[], Any]] = {
        "game": lambda: game,
        "player_id": lambda: seat,
        "seat": lambda: seat,
        "seed": lambda: seed,
        "rng": lambda: np.random.RandomState(seed),
    }
    try:
        parameters = inspect.signature(thing).parameters
    except (TypeError, ValueError):
        parameters = {}  # type: ignore[assignment]
    given = {name: at_hand[name]() for name in _GIVEN_TO_BOTS if name in parameters and name not in options}
    return thing(**given, **options)


def _agent(thing: Any, options: dict[str, Any]) -> AnyAgent:
    """Return an agent with what the protocol wants filled in."""
    made: Any = thing(**options) if inspect.isclass(thing) else thing
    if hasattr(made, "act_at"):
        given: StateAgent = made
        return given
    return _Completed(made)


class _Completed(ViewAgent):
    """An agent of which only ``act`` is certain."""

    def __init__(self, agent: Any) -> None:
        self._agent = agent
        self.sees = getattr(agent, "sees", "information-state")
        self._start = getattr(agent, "start", lambda seating: None)
        self.act = agent.act  # type: ignore[method-assign]
        self.observe = getattr(agent, "observe", super().observe)  # type: ignore[method-assign]
        if hasattr(agent, "explain"):
            self.explain = agent.explain

    def start(self, seating: Any) -> None:
        super().start(seating)
        self._start(seating)


def _tried(make: Callable[[], AnyAgent], shown: str) -> Any:
    try:
        return make()
    except Exception as error:
        raise ValueError(f"{shown} cannot be made: {in_words(error)}") from None
