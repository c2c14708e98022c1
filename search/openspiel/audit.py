"""Does a game's ``resample_from_infostate`` keep hidden what is hidden? Some of OpenSpiel's do not.

Resampling is handed the real state. If it is honest, its result depends on that state only through what the player
knows; so from two states that the player cannot tell apart it must draw from the same distribution. The audit makes
such pairs: on a random game it changes one outcome of chance or one action of another player, plays the rest as it was
(with the exchanged actions exchanged back where they would clash), and keeps what the player cannot tell from the
original. Then it resamples from both with the same random numbers. Most honest games give the very same results; where
they do not, counts are compared: how often each result occurs, each action at each ply, each action anywhere, and each
text that another player sees. A result is a history, too: a game that exchanges the cards but keeps the real history
has told it.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import pyspiel

from games.extensive.game_tree import GameTree
from games.extensive.open_spiel import quiet
from search.openspiel.game import CHANCE, SearchGame

_TRIES = 40  # changed histories tried for each state and player
_SAMPLES = 200
_DEVIATIONS = 6.0  # standard errors, between two counts


class Leak(ValueError):
    """The game's resampling reveals what is hidden, or cannot be used; the message says how."""


@dataclass(frozen=True)
class Audit:
    """What an audit found: ``pairs`` of states compared, and why the game is refused (empty if it is not)."""

    pairs: int
    fault: str


def resample(state: Any, player: int, seed: int) -> Any:
    """Return OpenSpiel's resampled state; the same one for the same seed and the same knowledge, if it is honest."""
    return state.resample_from_infostate(player, random.Random(seed).random)


def audit_resampling(game: SearchGame, games: int = 30, pairs: int = 60, seed: int = 0) -> Audit:
    """Play random games and compare resampling from states that a player cannot tell apart.

    ``pairs`` at most are compared, from at most ``games`` games, for all players at decisions of any player.
    """
    generator = random.Random(seed)
    compared = 0
    with quiet():  # OpenSpiel reports where it cannot resample; so does the audit
        for _ in range(games):
            for real, twin, player in _pairs(game, _random_history(game, generator), generator):
                compared += 1
                fault = _compare(game, real, twin, player)
                if fault or compared >= pairs:
                    return Audit(compared, fault)
    return Audit(compared, "" if compared else "no two states that a player cannot tell apart were found")


@lru_cache(maxsize=64)
def _audited(name: str, simultaneous: bool) -> Audit:
    return audit_resampling(SearchGame(pyspiel.load_game(name)))


def require_honest_resampling(game: SearchGame) -> None:
    """Raise ``Leak`` unless the game resamples and passed its audit (one for each game and process)."""
    if isinstance(game.game, GameTree):
        raise Leak(f"{game.name} is the tree of a file, which cannot resample; use the particle filter")
    audit = _audited(game.name, game.simultaneous)
    if audit.fault:
        raise Leak(f"{game.name} is refused for resampling: {audit.fault}; use the particle filter")


def _random_history(game: SearchGame, generator: random.Random) -> list[int]:
    state = game.game.new_initial_state()
    while not state.is_terminal():
        actions = [a for a, p in state.chance_outcomes() if p > 0] if state.is_chance_node() else state.legal_actions()
        state.apply_action(generator.choice(actions))
    return list(state.history())


def _pairs(game: SearchGame, history: list[int], generator: random.Random) -> Iterator[tuple[Any, Any, int]]:
    """Give some (state, its twin, player): decisions of the history at which the player cannot tell the two apart."""
    decisions = []
    now = game.game.new_initial_state()
    for length, action in enumerate(history):
        if now.current_player() >= 0:
            decisions.append(length)
        now.apply_action(action)
    for length in generator.sample(decisions, min(4, len(decisions))):
        for player in range(game.players):
            for _ in range(_TRIES):
                twin = _changed(game, history[:length], player, generator)
                if twin is not None:
                    yield game.at(history[:length]), twin, player
                    break


def _changed(game: SearchGame, history: list[int], player: int, generator: random.Random) -> Any | None:
    """Return a state after a changed history that looks the same to the player at every ply, or None."""
    places = [ply for ply, mover in enumerate(_movers(game, history)) if mover != player]
    if not places:
        return None
    place = generator.choice(places)
    real, twin = game.at(history[:place]), game.at(history[:place])
    options = [action for action in twin.legal_actions() if action != history[place]]
    if not options:
        return None
    new, old = generator.choice(options), history[place]
    for ply in range(place, len(history)):
        action = history[ply]
        if ply == place:
            action = new
        elif twin.current_player() != player and action == new and twin.current_player() == CHANCE:
            action = old
        if twin.is_terminal() or action not in twin.legal_actions():
            return None
        real.apply_action(history[ply])
        twin.apply_action(action)
        mover = real.current_player()
        if twin.current_player() != mover or game.seen(real, player) != game.seen(twin, player):
            return None
    return twin


def _movers(game: SearchGame, history: list[int]) -> list[int]:
    state, movers = game.game.new_initial_state(), []
    for action in history:
        movers.append(state.current_player())
        state.apply_action(action)
    return movers


class Hidden(NamedTuple):
    """What a resampled state says beyond the player's knowledge: its history, and what the others see."""

    history: tuple[int, ...]
    others: tuple[str, ...]


def _hidden(game: SearchGame, state: Any, player: int) -> Hidden:
    others = (game.seen(state, other) for other in range(game.players) if other != player)
    return Hidden(tuple(state.history()), tuple(others))


def _compare(game: SearchGame, real: Any, twin: Any, player: int) -> str:
    """Return what is wrong with resampling from two states that the player cannot tell apart, or an empty string."""
    told = game.seen(real, player)
    results: tuple[list[Hidden], list[Hidden]] = ([], [])
    for seed in range(_SAMPLES):
        for found, state in zip(results, (real, twin), strict=True):
            try:
                drawn = resample(state, player, seed)
            except pyspiel.SpielError as error:
                return f"it cannot resample ({str(error).strip().splitlines()[0].rstrip('.')})"
            if game.seen(drawn, player) != told:
                return "a resampled state differs from the real one in what the player knows"
            found.append(_hidden(game, drawn, player))
    if results[0] == results[1]:
        return ""
    if _differ(*results):
        return (
            f"after {len(real.history())} plies, resampling for player {player} gives different results in two states "
            "that the player cannot tell apart, so it reveals the hidden part of the real one"
        )
    return ""


def _features(result: Hidden) -> Iterator[tuple[str, object]]:
    """Give what is counted of one result: all of it, what the others see, the places and the presence of actions."""
    yield "all", result
    for other, text in enumerate(result.others):
        yield f"player {other}", text
    for ply, action in enumerate(result.history):
        yield f"ply {ply}", action
    for action in set(result.history):
        yield "present", action


def _differ(first: list[Hidden], second: list[Hidden]) -> bool:
    """Whether some feature occurs significantly more often in one list than in the other (as Poisson counts)."""
    counts = [Counter(feature for result in results for feature in _features(result)) for results in (first, second)]
    for feature in counts[0].keys() | counts[1].keys():
        a, b = counts[0][feature], counts[1][feature]
        if abs(a - b) > _DEVIATIONS * math.sqrt(a + b):
            return True
    return False
