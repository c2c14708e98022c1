"""The agents of Hanabi: seats that follow a blueprint by its name, and seats that search on top of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agents.agent import AnyAgent
from agents.blueprints import registry
from agents.blueprints.files import WEIGHTS
from agents.game import Game
from agents.hanabi.blueprints import policy_for
from search.hanabi.beliefs.hand_model import HandModel
from search.hanabi.beliefs.hands import BeliefOptions
from search.hanabi.budget import Budget
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.policy.follower import Policy
from search.hanabi.rollouts.over import rollouts_over
from search.hanabi.rollouts.requests import Rollouts
from search.hanabi.searchers import FITTED
from search.hanabi.seat import FollowSeat, SearchSeat
from search.hanabi.spec import ResolvedSearch, SearchSpec
from search.planner import Planner
from search.spec import allocation_of, update_of


@dataclass(frozen=True)
class Maker:
    """Makes players, ``kind(*arguments)``; ``weights`` is the digest of their network, ``None`` if they have none.

    repeats : equal seeds give equal games, which a clock does not.
    """

    kind: Callable[..., AnyAgent]
    arguments: tuple[Any, ...]
    weights: str | None
    repeats: bool = True

    def __call__(self) -> AnyAgent:
        return self.kind(*self.arguments)


def searcher(
    search: ResolvedSearch,
    policy: Policy,
    threads: int | None = 1,
    rollouts: Rollouts | None = None,
    budget: Budget | None = None,
) -> Maker:
    """Return what makes searching seats over a policy.

    threads : of beliefs and rollouts (``None``: all cores). rollouts : plays the rollouts, with the plies of the
    search; ``None``: each search on its own. budget : of a decision; ``None``: that of the search. Raises
    ``ValueError`` if there is no learned belief for the game.
    """
    belief = BeliefOptions(
        search.particles,
        search.exact_limit,
        search.softening,
        kind=search.belief,
        model=_model(search, policy),
        searchers=FITTED[search.blueprint, search.game.players] if search.partners == "fitted" else None,
    )
    update = update_of(search.search, eta=search.eta, threshold=search.threshold)
    planner = Planner(update, allocation_of(search.allocation, search.reinvest), search.caution)
    playing = rollouts or rollouts_over(search.game, policy, threads, search.plies)
    parts = policy, belief, playing, planner, budget or search.budget, threads
    return Maker(SearchSeat, parts, policy.weights(search.game), search.seconds is None)


def _model(search: ResolvedSearch, policy: Policy) -> HandModel | None:
    if search.belief == "exact":
        return None
    if not isinstance(policy, CompiledPolicy):
        raise ValueError("there are learned beliefs about rule-based and compiled blueprints only, not torch networks")
    from agents.blueprints.neural.belief.model import find

    return find(search.game, policy.blueprint, search.belief_weights)


def blueprint(game: Game, name: str) -> Maker:
    """A blueprint by its name; ``uniform`` is the random one."""
    policy = policy_for(game.rules, "random" if name == "uniform" else name)
    return Maker(FollowSeat, (policy,), policy.weights(game.rules))


def neural(game: Game, file: str) -> Maker:
    """A trained network: of a weights file, as in ``neural:mine.safetensors``, or the one that comes with Tamaya."""
    if file and not file.endswith(WEIGHTS):
        raise ValueError(f"neural needs a weights file, as in neural:mine{WEIGHTS}, not {file!r}")
    return blueprint(game, file or "neural")


def search(game: Game, spec: SearchSpec) -> Maker:
    """Decision-time search: mds (mirror descent), sparta (policy iteration with a threshold), monte-carlo (without)."""
    asked = spec.resolved(game.rules, registry)
    return searcher(asked, policy_for(game.rules, asked.blueprint, device=asked.device))
