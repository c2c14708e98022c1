"""Blueprints that remember nothing: what they do depends on the view alone, so they begin and observe with no work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from games._base.jit import kernel
from games.hanabi.blueprint import OBSERVE_SIGNATURE, START_SIGNATURE, Blueprint
from games.hanabi.game import HanabiGame


@kernel(START_SIGNATURE)
def _start(rules, parameters, memories):
    memories[:] = 0


@kernel(OBSERVE_SIGNATURE)
def _observe(rules, before, after, memories):
    pass


def _memory_size(game: HanabiGame) -> int:
    return 1


def memoryless(name: str, decide: Callable[..., Any], **settings: Any) -> Blueprint:
    """Return the blueprint that makes the moves of ``decide``, whatever came before; ``settings`` are a blueprint's."""
    return Blueprint(name, _start, decide, _observe, _memory_size, **settings)
