"""What control variates need of the agents: policies that are known, and the value of every history under one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agents.game import Game
from agents.openspiel.players import TabularAgent, UniformAgent
from agents.registry import agent_type
from agents.statistics.control_variates import ExactValue
from games.extensive.compile import estimate_histories

_MOST_HISTORIES = 1e6  # walked in Python, in every process


def policy_of(agent: Any) -> Callable[[Any], dict[int, float]] | None:
    """Return the policy of an agent as a function of the state, or None if it is not a fixed one that is known."""
    if isinstance(agent, UniformAgent):
        return _uniform
    if isinstance(agent, TabularAgent):
        tables = [{text: dict(row) for text, row in table.items()} for table in agent.tables()]

        def follow(state: Any) -> dict[int, float]:
            player = state.current_player()
            row: dict[int, float] = tables[player][state.information_state_string(player)]
            return row

        return follow
    return None


def _uniform(state: Any) -> dict[int, float]:
    legal = state.legal_actions()
    return dict.fromkeys(legal, 1.0 / len(legal))


def exact_value(game: Game, text: str) -> ExactValue:
    """Return the value of every history if all play as an agent does; raises ``ValueError`` if that is not known."""
    if game.hanabi:
        raise ValueError("control variates are for OpenSpiel's games, not for Hanabi")
    policy = policy_of(agent_type(text, game).make())
    if policy is None:
        raise ValueError(f"a control variate needs a fixed policy, such as uniform or cfr, which {text!r} is not")
    if estimate_histories(game.rules, enough=_MOST_HISTORIES) > _MOST_HISTORIES:
        raise ValueError(f"{game.name} has too many histories to value them all: leave out the control variate")
    return ExactValue(game.rules, [policy] * game.players)
