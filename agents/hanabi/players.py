"""The agents of Hanabi: blueprints by name, and searches on top of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.agent import AnyAgent, Explanation, Seating, ViewAgent
from agents.blueprints import registry
from agents.blueprints.neural.files import WEIGHTS
from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.game import Game
from agents.hanabi.beliefs import options_of
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame
from search.hanabi.keys import SeatKeys
from search.hanabi.seat import BlueprintSeat, SearchOptions, SearchSeat
from search.hanabi.spec import SearchSpec

Make = Callable[[], AnyAgent]
View = NDArray[np.int32]

SEED_MASK = (1 << 63) - 1  # compiled code takes seeds as int64


class BlueprintAgent(ViewAgent):
    """Follows a compiled blueprint. ``blueprint`` tells tables that whole games may be played compiled."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self._seat: BlueprintSeat | None = None

    def start(self, seating: Seating) -> None:
        super().start(seating)
        game: HanabiGame = seating.game
        self._seat = BlueprintSeat(game, self.blueprint, seating.seat, SeatKeys.of_game(game, *_numbers(seating)))

    def act(self, view: View) -> int:
        assert self._seat is not None, "start first"
        return self._seat.act(view)

    def observe(self, before: View, after: View) -> None:
        assert self._seat is not None, "start first"
        self._seat.observe(before, after)


class SearchAgent(ViewAgent):
    """Searches on top of a blueprint (``search.hanabi.seat``)."""

    def __init__(self, blueprint: Blueprint, options: SearchOptions) -> None:
        self._blueprint, self._options = blueprint, options
        self._seat: SearchSeat | None = None

    def start(self, seating: Seating) -> None:
        super().start(seating)
        game: HanabiGame = seating.game
        keys = SeatKeys.of_game(game, *_numbers(seating))
        self._seat = SearchSeat(game, self._blueprint, seating.seat, seating.view, self._options, keys)

    def act(self, view: View) -> int:
        assert self._seat is not None, "start first"
        return self._seat.act(view)

    def observe(self, before: View, after: View) -> None:
        assert self._seat is not None, "start first"
        self._seat.observe(before, after)

    def explain(self, view: View) -> Explanation:
        """Return the planner's decision: the updated policy, and the expected final score after each move."""
        assert self._seat is not None, "start first"
        decision = self._seat.decide(view)
        return Explanation(
            tuple(int(action) for action in decision.actions),
            tuple(float(p) for p in np.exp(decision.log_policy)),
            tuple(float(value) for value in decision.q),
            tuple(float(error) for error in decision.standard_error),
            f"{decision.rollouts} rollouts of {self._blueprint.name}, {decision.outcome}",
        )


@dataclass(frozen=True)
class Maker:
    """Makes players, ``kind(*arguments)``; ``weights`` is the digest of their network, ``None`` if they have none."""

    kind: Callable[..., AnyAgent]
    arguments: tuple[Any, ...]
    weights: str | None

    def __call__(self) -> AnyAgent:
        return self.kind(*self.arguments)


def _numbers(seating: Seating) -> tuple[int, int]:
    return seating.seed & SEED_MASK, 0


def _checked(game: Game, name: str) -> Blueprint:
    found = blueprint_by_name(name)
    found.memory_size(game.rules)
    if found.sees_own_hand:
        raise ValueError(f"the {name} blueprint sees its own cards, so it cannot sit at a table")
    return found


def blueprint(game: Game, name: str) -> Make:
    """A rule-based blueprint."""
    found = _checked(game, "random" if name == "uniform" else name)
    return Maker(BlueprintAgent, (found,), found.weights(game.rules))


def neural(game: Game, file: str) -> Make:
    """A trained network: of a weights file, as in ``neural:mine.safetensors``, or the one that comes with Tamaya."""
    if file and not file.endswith(WEIGHTS):
        raise ValueError(f"neural needs a weights file, as in neural:mine{WEIGHTS}, not {file!r}")
    return blueprint(game, file or "neural")


def search(game: Game, spec: SearchSpec) -> Make:
    """Decision-time search: mds (mirror descent), sparta (policy iteration with a threshold), monte-carlo (without)."""
    asked = spec.resolved(game.rules, registry)
    found = _checked(game, asked.blueprint)
    return Maker(SearchAgent, (found, options_of(asked, found, 1)), found.weights(game.rules))
