"""Paired observations: Student's interval, groups of games, and 500 tournaments of which the exact value is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyspiel
import pytest
import scipy.stats
from numpy.typing import NDArray
from open_spiel.python import policy as policies

from agents.statistics.clusters import CellMeans
from agents.statistics.control_variates import ControlVariate, ExactValue
from agents.statistics.paired import mean_interval, pairs_of, reduction, superiority
from tests.agents.statistics.test_control_variates import histories, random_policy

FloatArray = NDArray[np.float64]


@pytest.mark.parametrize("n", [2, 5, 400])
def test_the_interval_is_students(n: int) -> None:
    values = np.random.default_rng(n).normal(1.0, 3.0, n)
    found = mean_interval(values, 0.9)
    expected = scipy.stats.t.interval(0.9, n - 1, values.mean(), scipy.stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)
    assert superiority(values) == pytest.approx(1 - scipy.stats.ttest_1samp(values, 0, alternative="greater").pvalue)
    bounded = mean_interval(values, 0.9, (float(values.mean()) - 0.01, float(values.mean()) + 0.02))
    assert bounded.high - bounded.low == pytest.approx(
        min(0.01, found.value - found.low) + min(0.02, found.high - found.value)
    )


@pytest.mark.parametrize("n", [1, 10, 300])
def test_equal_outcomes_leave_room_for_what_was_not_seen(n: int) -> None:
    found = mean_interval([1.0] * n, 0.95, (-1.0, 1.0))
    exact = scipy.stats.binomtest(n, n).proportion_ci(0.95, method="exact")  # Clopper–Pearson, all successes
    assert (found.low, found.high) == pytest.approx((2 * exact.low - 1, 1.0))
    assert superiority([1.0] * n) == pytest.approx(1 - 0.5 ** (n + 1) if n > 1 else 0.5)
    assert superiority([0.0] * n) == 0.5


def test_one_value_has_no_interval_and_none_no_mean() -> None:
    assert math.isnan(mean_interval([3.0]).low)
    with pytest.raises(ValueError, match="mean of no values"):
        mean_interval([])
    with pytest.raises(ValueError, match="between 0 and 1"):
        mean_interval([1.0, 2.0], 95.0)


def line(unit: int, deal: int, seats: list[str], returns: list[float], **more: Any) -> dict[str, Any]:
    return {"unit": unit, "deal": deal, "seats": seats, "returns": returns, "moves": 3, "forfeit": None} | more


def test_games_of_one_unit_and_deal_are_one_observation() -> None:
    lines = [
        line(0, 0, ["a", "b"], [3.0, -3.0]),
        line(0, 0, ["b", "a"], [1.0, -1.0]),
        line(0, 1, ["a", "b"], [2.0, -2.0]),
        line(0, 1, ["b", "a"], [2.0, -2.0]),
        line(1, 0, ["a", "a"], [5.0, 1.0]),
    ]
    pairs = pairs_of(lines, ["a", "b"])
    assert list(pairs) == [(0, 1)]
    pair = pairs[0, 1]
    assert pair.payoffs.tolist() == [[1.0, -1.0], [0.0, 0.0]]
    assert pair.advantages.tolist() == [1.0, 0.0]
    assert pair.outcomes == (1, 1, 0)
    assert pair.games.tolist() == [2, 2] and pair.deals.tolist() == [0, 1]


def test_at_larger_tables_everybody_is_compared_with_everybody() -> None:
    pairs = pairs_of([line(0, 4, ["a", "c", "b", "a"], [4.0, 1.0, -7.0, 2.0])], ["a", "b", "c"])
    assert {pair: found.payoffs.tolist() for pair, found in pairs.items()} == {
        (0, 1): [[3.0, -7.0]],
        (0, 2): [[3.0, 1.0]],
        (1, 2): [[-7.0, 1.0]],
    }


def test_adjustments_are_subtracted_unless_some_are_missing() -> None:
    first = line(0, 0, ["a", "b"], [1.0, -1.0], adjustment=[0.25, -0.25])
    second = line(0, 1, ["a", "b"], [1.0, -1.0])
    adjusted = pairs_of([first], ["a", "b"])[0, 1]
    assert adjusted.adjusted and adjusted.payoffs.tolist() == [[0.75, -0.75]] and adjusted.raw.tolist() == [[1.0, -1.0]]
    mixed = pairs_of([first, second], ["a", "b"])[0, 1]
    assert mixed.partly and not mixed.adjusted and mixed.payoffs.tolist() == [[1.0, -1.0]] * 2


def test_strangers_and_namesakes_are_refused() -> None:
    with pytest.raises(ValueError, match="seats 'x'"):
        pairs_of([line(3, 0, ["a", "x"], [0.0, 0.0])], ["a", "b"])
    with pytest.raises(ValueError, match="must differ"):
        pairs_of([], ["a", "a"])


def test_errors_of_cells_on_the_same_deals_are_those_of_the_deals_means() -> None:
    generator = np.random.default_rng(9)
    luck = generator.normal(size=50)
    cells = [luck + generator.normal(size=50) for _ in range(3)]
    order = generator.permutation(50)
    means = CellMeans([(np.arange(50), cells[0]), (np.arange(50), cells[1]), (order, cells[2][order])])
    weights = np.array([[1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3], [1.0, -1.0, 0.0]])
    estimates, covariance = means.combine(weights)
    stacked = weights @ np.array(cells)
    np.testing.assert_allclose(estimates, stacked.mean(axis=1))
    np.testing.assert_allclose(covariance, np.cov(stacked) / 50)


def test_bounds_clip_combinations_and_say_what_equal_deals_may_hide() -> None:
    deals, generator = np.arange(5), np.random.default_rng(6)
    first, second = np.clip(generator.normal(9, 4, size=(2, 5)), 0, 10)
    cells = CellMeans([(deals, first), (deals, second), (deals, np.full(5, 10.0)), (np.arange(3), np.full(3, 8.0))])
    weights = np.array([[0.5, 0.5, 0, 0], [1, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0.5, 0.5], [0, 0, 1, -1]])
    free, bounded = cells.intervals(weights), cells.intervals(weights, 0.95, (0.0, 10.0))
    assert free[0].high > 10.0 == bounded[0].high and bounded[0].low == free[0].low
    assert (bounded[1].low, bounded[1].high) == (max(-10.0, free[1].low), min(10.0, free[1].high))
    alone = mean_interval(first, 0.95, (0.0, 10.0))
    assert [bounded[2].low, bounded[2].high] == pytest.approx([alone.low, alone.high])
    alone = mean_interval(np.full(5, 10.0), 0.95, (0.0, 10.0))
    assert [bounded[3].low, bounded[3].high] == pytest.approx([alone.low, alone.high])
    unseen = 1 - 0.025 ** (1 / 3)  # the fewest deals of the two cells
    assert [bounded[4].low, bounded[4].high] == pytest.approx([9 - 9 * unseen, 9 + unseen])
    assert [bounded[5].low, bounded[5].high] == pytest.approx([2 - 12 * unseen, 2 + 8 * unseen])
    assert np.isnan([free[3].low, free[4].high]).all()
    assert [(one.value, one.standard_error) for one in free] == [(one.value, one.standard_error) for one in bounded]


def test_errors_of_cells_on_different_deals_add_up() -> None:
    generator = np.random.default_rng(10)
    first, second = generator.normal(size=400), generator.normal(size=300)
    _, covariance = CellMeans([(np.arange(400), first), (np.arange(400, 700), second)]).combine(np.array([1.0, 1.0]))
    assert covariance[0, 0] == pytest.approx(first.var() / 400 + second.var() / 300, rel=0.01)


class ExactTournament:
    """Two random policies in both seatings: every outcome with its probability, by deal (all chance outcomes)."""

    def __init__(self, name: str) -> None:
        game = pyspiel.load_game(name)
        a, b = random_policy(game, 11), random_policy(game, 12)
        uniform = policies.UniformRandomPolicy(game)
        value = ExactValue(game, [uniform, uniform])
        state = game.new_initial_state()
        self.value = (ExactValue(game, [a, b])(state)[0] + ExactValue(game, [b, a])(state)[1]) / 2
        seatings = [
            [self._outcome(ControlVariate(game, value, seats), seat, *end) for end in self._ends(game, seats)]
            for seat, seats in enumerate(([a, b], [b, a]))
        ]
        full = max(len(outcome[0]) for outcome in seatings[0])
        self.deals = sorted({outcome[0] for outcome in seatings[0] if len(outcome[0]) == full})
        self.outcomes = [[self._of_deal(deal, outcomes) for deal in self.deals] for outcomes in seatings]

    @staticmethod
    def _ends(game: pyspiel.Game, seats: list[Any]) -> list[tuple[Any, float]]:
        return list(histories(game.new_initial_state(), seats))

    @staticmethod
    def _outcome(variate: ControlVariate, seat: int, state: Any, chance: float) -> tuple[tuple[int, ...], FloatArray]:
        cards = tuple(step.action for step in state.full_history() if step.player == pyspiel.PlayerId.CHANCE)
        return cards, np.array([chance, state.returns()[seat], variate.adjustment(state.history())[seat]])

    def _of_deal(self, deal: tuple[int, ...], outcomes: list[tuple[tuple[int, ...], FloatArray]]) -> FloatArray:
        """Return probabilities given the deal, what ``a`` gets, and its adjustment. [outcomes, 3]"""
        parts = []
        for cards, outcome in outcomes:
            if deal[: len(cards)] == cards:  # a game may end before all cards are dealt
                dealt = sum(other[: len(cards)] == cards for other in self.deals) / len(self.deals)
                parts.append(outcome / [dealt, 1.0, 1.0])
        found = np.array(parts)
        assert found[:, 0].sum() == pytest.approx(1.0)
        return found

    def play(self, seating: NDArray[np.int64], deals: NDArray[np.int64], generator: np.random.Generator) -> FloatArray:
        """Return what ``a`` gets, and its adjustment, in games with these seatings and deals. [..., 2]"""
        out = np.empty((*deals.shape, 2))
        uniform = generator.random(deals.shape)
        for seat in (0, 1):
            for number in range(len(self.deals)):
                chosen = (deals == number) & (seating == seat)
                table = self.outcomes[seat][number]
                out[chosen] = table[np.searchsorted(np.cumsum(table[:-1, 0]), uniform[chosen]), 1:]
        return out


@pytest.mark.parametrize("name", ["kuhn_poker", "leduc_poker"])
def test_intervals_cover_the_exact_value_in_500_tournaments_and_shrink_without_bias(name: str) -> None:
    exact, generator = ExactTournament(name), np.random.default_rng(13)
    deals = generator.integers(0, len(exact.deals), (500, 100, 1)).repeat(2, axis=2)
    played = exact.play(np.broadcast_to([0, 1], deals.shape), deals, generator)
    apart = generator.integers(0, [2, len(exact.deals)], (500, 200, 2))
    samples = {
        "games": exact.play(apart[..., 0], apart[..., 1], generator)[..., 0],
        "pairs": played[..., 0].mean(axis=2),
        "adjusted": (played[..., 0] - played[..., 1]).mean(axis=2),
    }
    spread = {}
    for kind, values in samples.items():
        found = [mean_interval(sample, 0.95) for sample in values]
        covered = sum(interval.low <= exact.value <= interval.high for interval in found)
        assert 0.93 <= covered / 500 <= 0.97, (kind, covered)
        means = np.array([interval.value for interval in found])
        spread[kind] = float(means.std())
        assert abs(means.mean() - exact.value) < 4 * spread[kind] / math.sqrt(500), kind
        print(f"{name} {kind}: covered {covered} of 500, standard error {spread[kind]:.4f}")
    printed = np.array(
        [_factors(tournament, sample) for tournament, sample in zip(played[:40], samples["adjusted"], strict=False)]
    )
    pairing, control = printed.mean(axis=0)
    assert pairing == pytest.approx(spread["pairs"] / spread["games"], rel=0.1)
    assert control == pytest.approx(spread["adjusted"] / spread["pairs"], rel=0.1)
    assert pairing < 0.95 and control < 0.7
    print(f"{name}: factors printed {pairing:.3f} and {control:.3f}")


def _factors(played: FloatArray, adjusted: FloatArray) -> tuple[float, float]:
    """Return the factors that a tournament prints, from its lines."""
    lines = [
        line(0, deal, names, [sign * won, -sign * won], adjustment=[sign * luck, -sign * luck])
        for deal, group in enumerate(played.tolist())
        for names, sign, (won, luck) in zip((["a", "b"], ["b", "a"]), (1, -1), group, strict=True)
    ]
    pair = pairs_of(lines, ["a", "b"])[0, 1]
    np.testing.assert_allclose(pair.advantages, adjusted, atol=1e-12)
    found = reduction([pair])
    return found.pairing, found.control
