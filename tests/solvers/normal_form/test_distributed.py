"""A batch in parts is the batch in one piece, to the bit (``games/base/test_backends.py``: in other processes, too)."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from games._base.backends import Workers
from games.preference import PreferenceBatch
from games.preference.generators import random_game
from solvers.normal_form.distributed import solve_batch_parts
from solvers.normal_form.feedback import Feedback
from solvers.normal_form.solving import solve

BATCH = PreferenceBatch.from_games([random_game(3 + k % 4, np.random.default_rng(k)) for k in range(23)])


def same(whole: Any, parts: Any) -> None:
    for field in fields(whole):
        if field.name in ("game", "seconds", "history", "bound"):
            continue
        one, other = getattr(whole, field.name), getattr(parts, field.name)
        assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other, field.name
    assert parts.game is BATCH
    if whole.bound is not None:  # the whole's takes the worst start and the fewest iterations of all games
        assert parts.bound.value <= whole.bound.value
        assert parts.bound.theorem == whole.bound.theorem
    clocks = {"seconds": 0.0, "processor_seconds": 0.0}
    assert [p.line() | clocks for p in whole.history] == [p.line() | clocks for p in parts.history]


@pytest.mark.parametrize("size", [1, 2, 5, 22, 100])
@pytest.mark.parametrize(
    ("algorithm", "arguments"),
    [
        ("nash-mp", {"beta": 0.1}),
        ("nash-md", {"beta": 0.1, "iterations": 300}),
        ("mmd", {"beta": 0.05, "iterations": 200}),
        ("prm+", {"iterations": 500, "tolerance": 1e-4}),
        ("mmd-annealed", {"iterations": 200}),
    ],
)
def test_parts_are_the_whole(algorithm: str, arguments: dict[str, Any], size: int) -> None:
    whole = solve(BATCH, algorithm, **arguments)
    told: list[int] = []
    with Workers(1) as workers:
        parts = solve_batch_parts(BATCH, algorithm, workers=workers, size=size, report=told.append, **arguments)
    same(whole, parts)
    assert sum(told) == 23
    assert min(told) >= 2


def test_what_has_no_parts_is_refused() -> None:
    with Workers(1) as workers:
        for arguments in ({"feedback": Feedback("duels", 4)}, {"initial": np.ones(3)}):
            with pytest.raises(ValueError, match="solved in parts has no"):
                solve_batch_parts(BATCH, workers=workers, beta=0.1, **arguments)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="needs beta above 0"):
            solve_batch_parts(BATCH, "nash-md", workers=workers)
