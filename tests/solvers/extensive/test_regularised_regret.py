"""RTCFR+: without regularisation it is CFR+, to the bit; with it the last iterate goes to an equilibrium."""

from __future__ import annotations

import numpy as np
import pytest

from games.extensive import Decision, Terminal, compile_game, from_tree
from games.extensive.policies import random_policy
from solvers.extensive.solving import solve


@pytest.mark.parametrize("name", ["kuhn_poker", "leduc_poker"])
def test_without_regularisation_it_is_the_last_iterate_of_cfr_plus(name: str) -> None:
    game = compile_game(name)
    ours = solve(game, "rtcfr+", iterations=30, alpha=0.0, parameters={"gamma": 0.0})
    theirs = solve(game, "cfr+", iterations=30, average=False)
    for mine, other in zip(ours.policy, theirs.policy, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "value"),
    [("kuhn_poker", -1 / 18), ("liars_dice(dice_sides=4)", 0.0625), ("leduc_poker", -0.0856064240780)],
)
def test_the_last_iterate_goes_to_an_equilibrium(name: str, value: float) -> None:
    iterations = 8000 if name == "leduc_poker" else 3000
    solution = solve(name, "rtcfr+", iterations=iterations)
    assert solution.exploitability < 1e-6
    assert solution.value == pytest.approx(value, abs=1e-5)
    assert solution.average is False


def test_the_same_game_in_another_unit_has_the_same_iterates() -> None:
    def game(unit: float) -> Decision:
        ends = {"h": {"h": 3.0, "t": -1.0}, "t": {"h": -1.0, "t": 1.0}}
        guess = {m: Decision(1, "guess", {g: Terminal(unit * u) for g, u in row.items()}) for m, row in ends.items()}
        return Decision(0, "hide", dict(guess))

    one, other = (solve(from_tree(game(unit)), "rtcfr+", iterations=250) for unit in (1.0, 1024.0))
    for mine, theirs in zip(one.policy, other.policy, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-9)


def test_one_step_is_that_of_the_regularised_game() -> None:
    """From a policy that is its own reference the first step is plain regret matching; the second is pulled back."""
    game = compile_game("kuhn_poker")
    start = random_policy(game, 1)
    free = solve(game, "rtcfr+", iterations=1, initial=start, alpha=0.0, parameters={"gamma": 0.0}, alternating=False)
    pulled = solve(game, "rtcfr+", iterations=1, initial=start, alpha=0.3, parameters={"gamma": 0.0}, alternating=False)
    for mine, other in zip(free.policy, pulled.policy, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-12)
    gamma = {"gamma": 0.0}
    twice = [solve(game, "rtcfr+", iterations=2, initial=start, alpha=a, parameters=gamma).policy for a in (0.0, 0.3)]
    assert max(float(np.abs(a - b).max()) for a, b in zip(*twice, strict=True)) > 1e-3


def test_periods_are_whole_numbers() -> None:
    with pytest.raises(ValueError, match="period must be a whole number"):
        solve("kuhn_poker", "rtcfr+", parameters={"period": 0.5})
    with pytest.raises(ValueError, match=r"gamma of rtcfr\+ must be between 0 and 0\.001"):
        solve("kuhn_poker", "rtcfr+", parameters={"gamma": 0.5})
