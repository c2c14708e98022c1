"""What every walk asks of a history: actions with numbers of their own, and chances that are probabilities.

A walk names the children of a history by the numbers of its actions. If two actions had one number – OpenSpiel numbers
those of a Gambit file by their labels, which may repeat – the same child would be met twice and another never: a
different game would be solved, and its certificate would be right. So whoever walks a game takes actions and chance
outcomes from here.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from typing import Any

import numpy as np

from games.extensive.game import GameError

TERMINAL, CHANCE = -4, -1  # pyspiel.PlayerId
TOLERANCE = 1e-9
"""How far chance probabilities may be from summing to 1, and utilities from their constant sum."""

_ROUNDING = 1e-12  # likewise, of the utilities' size
_RETURNS = 2.0**-49  # a few roundings: what adding up rewards loses of the largest utility
_SHOWN = 20  # actions in a message


def sum_tolerance(size: Any, largest: float, *, exact: bool) -> Any:
    """Return how far the sum of two utilities may be from a constant: of the outcomes with the larger one of this size.

    Of a game whose utilities are ``exact``, because no rewards were added up, 1e-9 of the size if that is below 1. Else
    what is lost in the ``largest`` utility of the game, infinite if unknown, may be lost in every one.
    """
    if exact:
        return TOLERANCE * np.minimum(size, 1.0) + _ROUNDING * size
    if not math.isfinite(largest):
        return TOLERANCE + _ROUNDING * size
    return TOLERANCE * min(largest, 1.0) + _ROUNDING * size + _RETURNS * largest


def legal_actions(state: Any) -> list[int]:
    """Return the legal actions of the player to move.

    Raises ``GameError`` naming the game and the history if there is none, or two have the same number.
    """
    actions: list[int] = state.legal_actions()
    check_actions(state, actions)
    return actions


def check_actions(state: Any, actions: list[int]) -> None:
    """Raise ``GameError`` unless these are actions that a walk can go on with."""
    if not actions:
        raise GameError(f"{_game(state)} has no legal action {place(state)}, and is not over")
    if len(set(actions)) != len(actions):
        raise GameError(
            f"{_game(state)} has the legal actions {_some(actions)} {place(state)}: two with one number cannot be told "
            f"apart{_remedy(state)}"
        )


def chance_outcomes(state: Any) -> list[tuple[int, float]]:
    """Return the outcomes of a chance event with their probabilities.

    Raises ``GameError`` naming the game and the history if two have the same number, a probability is negative or not a
    number, or they do not sum to 1.
    """
    outcomes: list[tuple[int, float]] = state.chance_outcomes()
    total = 0.0
    for _, probability in outcomes:
        if not probability >= 0.0:
            raise GameError(f"{_game(state)} has the chance probability {probability} {place(state)}")
        total += probability
    if not abs(total - 1.0) <= TOLERANCE:
        raise GameError(f"the chance probabilities of {_game(state)} {place(state)} sum to {total:.10g}, not 1")
    if len({action for action, _ in outcomes}) != len(outcomes):
        raise GameError(
            f"{_game(state)} has the chance outcomes {_some([action for action, _ in outcomes])} {place(state)}: two "
            f"with one number cannot be told apart{_remedy(state)}"
        )
    return outcomes


def check_children(state: Any, actions: Iterable[int], children: Iterable[Any]) -> None:
    """Raise ``GameError`` unless each child is what its action leads to: the history and the action."""
    history = list(state.history())
    for action, child in zip(actions, children, strict=True):
        if list(child.history()) != [*history, action]:
            raise GameError(
                f"{_game(state)} goes to the history {_some(child.history())} by the action {action} {place(state)}"
            )


def check_by_play(game: Any, games: int = 20) -> None:
    """Play some random games, and raise ``GameError`` if what is met is not as walks need it."""
    generator = random.Random(0)
    for _ in range(games):
        state = game.new_initial_state()
        while not state.is_terminal():
            chance = state.is_chance_node()
            actions = [action for action, _ in chance_outcomes(state)] if chance else legal_actions(state)
            state.apply_action(generator.choice(actions))


def checked_returns(state: Any, players: int) -> list[float]:
    """Return the utilities of a terminal history; raises ``GameError`` unless each player has a finite one."""
    returns: list[float] = state.returns()
    if len(returns) != players or not math.isfinite(sum(returns)):
        raise GameError(f"{_game(state)} has the utilities {returns} {place(state)}, not {players} finite numbers")
    return returns


def place(state: Any) -> str:
    """Return where a state is: ``after [0, 1]``, or ``at the root``."""
    history = list(state.history())
    return f"after {_some(history)}" if history else "at the root"


def _some(numbers: Iterable[int]) -> str:
    """Return a list as text, its middle left out if it is long."""
    shown = [str(number) for number in numbers]
    if len(shown) > _SHOWN:
        shown[_SHOWN // 2 : -_SHOWN // 2] = ["..."]
    return f"[{', '.join(shown)}]"


def _game(state: Any) -> str:
    name = str(state.get_game())
    return name if len(name) <= 80 else f"{name[:77]}..."


def _remedy(state: Any) -> str:
    gambit = state.get_game().get_type().short_name == "efg_game"
    return " (OpenSpiel numbers actions by their labels: give the Gambit file itself, FILE.efg)" if gambit else ""
