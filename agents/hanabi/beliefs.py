"""Beliefs by name: the options of a search's belief, with the learned model that it asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame
from search.hanabi.beliefs.hands import BeliefName, BeliefOptions


def belief_options(
    game: HanabiGame, blueprint: Any, options: BeliefOptions, kind: BeliefName, weights: str | Path | None = None
) -> BeliefOptions:
    """Return ``options`` for a belief of some kind: with the model in a file, or (``None``) the one in the package.

    Raises ``ValueError`` with one sentence if there is no learned belief for the game and the blueprint.
    """
    if kind == "exact":
        return options
    if not isinstance(blueprint, Blueprint):
        raise ValueError("there are learned beliefs about rule-based and compiled blueprints only, not torch networks")
    from agents.blueprints.neural.belief.model import find

    return replace(options, kind=kind, model=find(game, blueprint, weights))
