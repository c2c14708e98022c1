"""Positions reached by a blueprint and by chance, and models to look at them with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.blueprints.neural.belief.model import BeliefModel, untrained
from agents.blueprints.neural.belief.network import views
from agents.blueprints.neural.belief.position import CLASSES, shape_for
from agents.blueprints.registry import blueprint as by_name
from games.hanabi.game import HanabiGame
from games.hanabi.state import HanabiState
from search.hanabi.history import SeatHistory

SMALL = HanabiGame(players=2, colours=2, ranks=3, hand_size=3, information_tokens=4, life_tokens=2)
THREE = HanabiGame(players=3, colours=2, ranks=2, hand_size=2, information_tokens=4, life_tokens=2)


class Seen(NamedTuple):
    """The seat to move: the true state, what the seat has seen, its memory."""

    state: HanabiState
    history: SeatHistory
    memory: NDArray[np.int64]


def reached(game: HanabiGame, state: HanabiState, name: str) -> Seen:
    """Return what the seat to move has seen of a game so far."""
    blueprint = by_name(name)
    seat = state.current_player
    current = HanabiState(game, state.deck)
    history = SeatHistory(game, seat, current.view(seat))
    memories = blueprint.new_memories(game)
    for move in state.history:
        before = current.view(seat)
        current.apply(move)
        history.observe(current.view(seat))
        blueprint.observe(game.rules, before, current.view(seat), memories)
    return Seen(state, history, memories[seat].copy())


def positions(game: HanabiGame, name: str, games: int, every: int = 1, chance: float = 0.5) -> Iterator[Seen]:
    """Yield positions of games in which a move is random with probability ``chance``."""
    generator = np.random.default_rng(3)
    blueprint = by_name(name)
    for number in range(games):
        state = HanabiState.from_seed(game, 19, number)
        while not state.is_terminal:
            seen = reached(game, state.copy(), name)
            if state.turn % every == 0 and state.hand(state.current_player):
                yield seen
            move = int(blueprint.decide(game.rules, state.view(state.current_player), seen.memory, np.uint64(0)))
            state.apply(int(generator.choice(state.legal_moves())) if generator.random() < chance else move)


def fresh_model(game: HanabiGame, name: str) -> BeliefModel:
    """Return an untrained model."""
    return untrained(game, name, 8, False, shape_for(game, 16, 16, 16))


def random_model(game: HanabiGame, name: str) -> BeliefModel:
    """Return a model with random tilts."""
    model = fresh_model(game, name)
    parts = views(model.parameters)
    generator = np.random.default_rng(0)
    types = game.types
    parts["output"][:, :, : types + CLASSES] = generator.normal(
        0.0, 0.3, parts["output"][:, :, : types + CLASSES].shape
    )
    return model
