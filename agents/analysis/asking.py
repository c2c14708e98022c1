"""Which search looks at a game: that of the run it comes from, or one that takes nobody to follow a convention."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from agents.analysis.decisions import kept_points
from agents.blueprints import registry
from games.hanabi.game import HanabiGame
from search.hanabi.spec import ResolvedSearch, SearchSpec

FREE = "piers"
"""The blueprint for games of people: rules of thumb over what a player sees, without a convention or a memory, so that
nobody leaves it for good by one odd move."""
SOFT = 0.5
"""How likely a person is to leave it: the belief weighs what others did, but softly."""


def search_for(
    game: HanabiGame,
    played: ResolvedSearch | None = None,
    *,
    blueprint: str | None = None,
    rollouts: int | None = None,
    seconds: float | None = None,
    softening: float | None = None,
    bomb: Literal["zero", "keep"] = "keep",
) -> ResolvedSearch:
    """Return the search; raises ``ValueError`` with one sentence for a number out of range or an unknown blueprint.

    played : that of the run, if there was one; its blueprint, partners, softening, plies and device are kept unless
    others are given. rollouts, seconds : of a decision, one of the two; by default 1,000 rollouts. bomb : as rollouts
    score the last lost life.
    """
    own = played is not None and blueprint in (None, played.blueprint)
    given: dict[str, Any] = {"blueprint": blueprint or (played.blueprint if played is not None else FREE)}
    given["softening"] = softening if softening is not None else (played.softening if played and own else SOFT)
    if played is not None and own:
        given["partners"] = played.partners
        if played.plies is not None:
            given["plies"] = played.plies
    found = SearchSpec("mds", rollouts=rollouts, seconds=seconds, seats="all", **given).resolved(game, registry)
    return replace(found, game=kept_points(game) if bomb == "keep" else replace(game, bomb="zero"))
