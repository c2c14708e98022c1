"""The agents of Hanabi: blueprints by name, and searches on top of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray

from agents.agent import AnyAgent, Explanation, Seating, ViewAgent
from agents.blueprints.files import WEIGHTS
from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.game import Game
from agents.hanabi.beliefs import belief_options
from agents.hanabi.job import PLIES, usual_caution
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame
from search.allocation import Allocation, Even, Racing
from search.hanabi.beliefs.hands import BeliefName, BeliefOptions
from search.hanabi.keys import SeatKeys
from search.hanabi.seat import BlueprintSeat, SearchOptions, SearchSeat
from search.planner import MirrorDescent, PolicyIteration, Update

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


def search(
    game: Game,
    name: str,
    *,
    blueprint: str = "information",
    rollouts: int = 1000,
    eta: float = 30.0,
    threshold: float = 0.1,
    allocation: str = "racing",
    reinvest: float = 8.0,
    caution: float | None = None,
    plies: int | None = None,
    softening: float = 0.2,
    particles: int | None = None,
    exact_limit: int = 4000,
    belief: str = "exact",
) -> Make:
    """Decision-time search: mds (mirror descent), sparta (policy iteration with a threshold), monte-carlo (without)."""
    if allocation not in ("racing", "even"):
        raise ValueError(f"the option allocation of {name} must be racing or even, not {allocation!r}")
    if belief not in get_args(BeliefName):
        raise ValueError(f"the option belief of {name} must be {', '.join(get_args(BeliefName))}, not {belief!r}")
    found = _checked(game, blueprint)
    usual = None if found.value is None else PLIES
    if plies and usual is None:
        raise ValueError(f"the option plies of {name} needs a blueprint that is a network, not {blueprint}")
    update: Update = MirrorDescent(eta) if name == "mds" else PolicyIteration(threshold if name == "sparta" else 0.0)
    spread: Allocation = Racing(reinvest=reinvest) if allocation == "racing" else Even()
    size = min(max(2 * rollouts, 1000), 10000) if particles is None else particles
    options = SearchOptions(
        update=update,
        allocation=spread,
        rollouts=rollouts,
        caution=usual_caution(name, blueprint) if caution is None else caution,
        plies=usual if plies is None else plies or None,
        belief=belief_options(game.rules, found, BeliefOptions(size, exact_limit, softening), cast(BeliefName, belief)),
        workers=1,
    )
    return Maker(SearchAgent, (found, options), found.weights(game.rules))
