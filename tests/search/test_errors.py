"""Standard errors against the variance of many independent repetitions, whose truth is known by construction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.allocation import Even, Racing
from search.errors import Origins, mean_error
from search.openspiel.rollouts import spread

HANDS = 400


def believed(generator: np.random.Generator, draws: int, concentration: float) -> tuple[np.ndarray, Origins]:
    """Return the values of the particles of a random belief about a fixed posterior, and their origins.

    The posterior over ``HANDS`` hands and the value of each are the same in every call; proposals are uniform.
    """
    fixed = np.random.default_rng(8)
    posterior, values = fixed.dirichlet(np.full(HANDS, concentration)), fixed.normal(size=HANDS)
    found = np.unique(generator.integers(HANDS, size=draws)) if draws else np.arange(HANDS)
    inclusion = np.full(len(found), 1.0 - (1.0 - 1.0 / HANDS) ** draws if draws else 1.0)
    weights = posterior[found] / posterior[found].sum()
    return values[found], Origins(np.zeros(0, np.int64), weights, inclusion)


@pytest.mark.parametrize(("draws", "samples", "noise", "concentration"), [
    (100, 2000, 0.5, 1.0),  # far more samples than particles
    (100, 30, 0.5, 1.0),  # far fewer
    (300, 300, 3.0, 1.0),  # the rest of the world matters more than the particle
    (1500, 1000, 0.3, 0.2),  # nearly every hand is found
    (0, 1000, 0.5, 0.2),  # every hand is
    (0, 30, 0.5, 1.0),  # every hand is, and few are looked at
    (0, 400, 0.1, 0.005),  # every hand is, and hardly any but one is likely
])  # fmt: skip
def test_reported_variances_are_those_of_repetitions(
    draws: int, samples: int, noise: float, concentration: float
) -> None:
    generator = np.random.default_rng(1)
    means, variances, naive = [], [], []
    for _ in range(400):
        values, belief = believed(generator, draws, concentration)
        particles = spread(belief.weights, samples, generator.random())
        returns = (values[particles] + noise * generator.normal(size=samples))[:, None]
        means.append(returns.mean())
        variances.append(mean_error(returns, belief._replace(particles=particles)).standard_errors[0] ** 2)
        naive.append(mean_error(returns).standard_errors[0] ** 2)
    assert 0.75 < np.var(means, ddof=1) / np.mean(variances) < 1.3
    if (draws, samples) == (100, 2000):
        assert np.var(means) / np.mean(naive) > 5.0  # what errors are that know nothing of particles


@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_samples_of_a_particle_each_are_independent(count: int, seed: int) -> None:
    samples = np.random.default_rng(seed).normal(size=(count, 3))
    origins = Origins(np.arange(count)[::-1].copy(), np.full(count, 1.0 / count), np.zeros(count))
    found, plain = mean_error(samples, origins, 0.7), mean_error(samples, None, 0.7)
    np.testing.assert_allclose(found.standard_errors, plain.standard_errors)
    assert found.effective == pytest.approx(plain.effective) == count
    wanted = np.sqrt((samples.var(axis=0, ddof=1) + 0.7 / (count - 1)) / count)
    np.testing.assert_allclose(plain.standard_errors, wanted)


def test_one_particle_says_nothing_of_the_others() -> None:
    samples = np.random.default_rng(0).normal(size=(50, 1))
    alone = np.zeros(50, np.int64)
    lucky, bound = (mean_error(samples, Origins(alone, np.ones(1), np.array([found]))) for found in (0.5, 1.0))
    assert np.isinf(lucky.standard_errors[0]) and lucky.effective < 2.0
    assert bound.standard_errors[0] == pytest.approx(samples.std(ddof=1) / np.sqrt(50), rel=0.05)
    assert bound.effective == pytest.approx(50)


class Believed:
    """Values in the worlds of two particles; the second action is better in one of them."""

    maximum = 5.0

    def __init__(self, particles: int) -> None:
        chosen = np.arange(4000, dtype=np.int64) % particles
        self.origins = Origins(chosen, np.full(particles, 1.0 / particles), np.zeros(particles))
        self._gain = np.where(np.arange(particles) % 2 == 0, 0.4, -0.3)[chosen]

    def returns(self, actions: np.ndarray, start: int, stop: int) -> np.ndarray:
        gain = self._gain[start:stop]
        return np.stack([np.full(len(gain), 5.0), 5.0 + gain], axis=1)[:, actions]


def test_rivals_stay_in_the_race_as_long_as_the_belief_cannot_tell() -> None:
    for particles, effective in ((4, 4), (4000, 20)):
        values = Believed(particles)
        estimate = Racing().estimate(values, np.arange(2), np.zeros(2), 0, 2000)
        assert estimate.maximal == (particles == 4000)  # four particles are no evidence that nothing is better
        assert estimate.effective == pytest.approx(effective)
    estimate = Even().estimate(Believed(4), np.arange(2), np.zeros(2), 0, 2000)
    assert estimate.difference_error[1] == pytest.approx(0.35 / np.sqrt(3), rel=0.01)
