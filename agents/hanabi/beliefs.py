"""What a searching seat is made of, from a search with every choice made."""

from __future__ import annotations

from typing import Any

from games.hanabi.blueprint import Blueprint
from search.hanabi.beliefs.hand_model import HandModel
from search.hanabi.beliefs.hands import BeliefOptions
from search.hanabi.seat import SearchOptions
from search.hanabi.spec import ResolvedSearch
from search.spec import allocation_of, update_of


def options_of(search: ResolvedSearch, blueprint: Any, threads: int | None) -> SearchOptions:
    """Return the options of a searching seat; raises ``ValueError`` if there is no learned belief for the game."""
    belief = BeliefOptions(
        search.particles, search.exact_limit, search.softening, kind=search.belief, model=_model(search, blueprint)
    )
    return SearchOptions(
        update=update_of(search.search, eta=search.eta, threshold=search.threshold),
        allocation=allocation_of(search.allocation, search.reinvest),
        rollouts=search.rollouts,
        caution=search.caution,
        belief=belief,
        plies=search.plies,
        workers=threads,
    )


def _model(search: ResolvedSearch, blueprint: Any) -> HandModel | None:
    if search.belief == "exact":
        return None
    if not isinstance(blueprint, Blueprint):
        raise ValueError("there are learned beliefs about rule-based and compiled blueprints only, not torch networks")
    from agents.blueprints.neural.belief.model import find

    return find(search.game, blueprint, search.belief_weights)
