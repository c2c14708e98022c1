"""Blueprints over networks that nobody trained, for any game: their weights are random, or follow the base's advice."""

from __future__ import annotations

from functools import cache

from agents.blueprints.neural.blueprint import blueprint_over
from agents.blueprints.neural.features import feature_count
from agents.blueprints.neural.network import Shape, new_network, views
from agents.blueprints.neural.weights import Network
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame


@cache
def network(game: HanabiGame, base: str, advice: float, seed: int = 0, units: int = 32) -> Network:
    """Return a network of small layers whose logits are of the order of 1, and ``advice`` for the advised move."""
    parameters = new_network(Shape(feature_count(game), units, units, game.moves), seed, advice)
    views(parameters)["policy"][:] *= 50.0
    return Network(game, base, parameters, {"command": "none"})


@cache
def untrained(base: str, advice: float = 0.0) -> Blueprint:
    """Return the blueprint of such networks."""
    return blueprint_over(f"untrained over {base}, advice {advice}", lambda game: network(game, base, advice))
