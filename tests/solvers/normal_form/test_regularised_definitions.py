"""Every compiled step against its plain numpy definition, on preference games, matrix games and ragged batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from games.matrix import random_matrix_game
from games.preference import PreferenceBatch, comal_cycle, egpo_protocol
from solvers.normal_form.problem import problem_of
from solvers.normal_form.registry import algorithm, algorithm_names
from solvers.normal_form.run import Run, start
from solvers.schedules import Schedule
from tests.solvers.normal_form import naive, naive_unregularised

ITERATIONS = 20
GAMES: list[naive.Game] = [egpo_protocol(3, 7), comal_cycle(), random_matrix_game(3, 5, np.random.default_rng(4))]
# With their defaults these magnets would not move within the few iterations compared.
EAGER: dict[str, dict[str, Any]] = {
    "mpo": {"parameters": {"period": 6}},
    "comal": {"temperature": 0.2, "parameters": {"tolerance": 0.3}},
}


def begin(game: naive.Game | PreferenceBatch, name: str) -> Run:
    chosen = algorithm(name)
    return start(problem_of(game, 0.07 if chosen.target == "regularised" else 0.0), chosen, **EAGER.get(name, {}))


def value_at(schedule: Schedule) -> naive.Numbers:
    return lambda t: float(schedule.values(t, 1)[0])


def trajectory(game: naive.Game, run: Run) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    settings = run.settings
    definition = naive.DEFINITIONS[run.algorithm.name]
    policies = definition(game, value_at(settings.step_size), value_at(settings.temperature), settings.parameters)
    return [np.concatenate(next(policies)) for _ in range(ITERATIONS)]


def test_every_algorithm_has_a_definition() -> None:
    assert {*naive.DEFINITIONS, *naive_unregularised.DEFINITIONS} == set(algorithm_names())


@pytest.mark.parametrize("name", algorithm_names())
def test_every_algorithm_has_settings_without_regularisation_or_needs_it(name: str) -> None:
    chosen, problem = algorithm(name), problem_of(egpo_protocol(3, 7), 0.0)
    if chosen.needs_beta:
        with pytest.raises(ValueError, match="beta"):
            chosen.settings(problem)
    else:
        chosen.settings(problem)


@pytest.mark.parametrize("game", GAMES, ids=["egpo", "cycle", "matrix"])
@pytest.mark.parametrize("name", naive.DEFINITIONS)
def test_iterates_are_those_of_the_definition(name: str, game: naive.Game) -> None:
    run = begin(game, name)
    for expected in trajectory(game, run):
        run.advance(1)
        log_policy, policy = run.policies()
        np.testing.assert_allclose(policy[0], expected, rtol=0, atol=1e-12)
        np.testing.assert_allclose(np.exp(log_policy[0]), policy[0], rtol=1e-12)


@pytest.mark.parametrize("name", naive.DEFINITIONS)
def test_a_ragged_batch_has_the_iterates_of_its_games(name: str) -> None:
    games = [egpo_protocol(seed, size) for seed, size in ((1, 6), (2, 3), (5, 1), (6, 4))]
    run = begin(PreferenceBatch.from_games(games), name)
    run.advance(ITERATIONS)
    policies = run.policies()[1]
    for policy, game in zip(policies, games, strict=True):
        expected = trajectory(game, run)[-1] if game.alternatives > 1 else np.ones(1)
        np.testing.assert_allclose(policy[: game.alternatives], expected, rtol=0, atol=1e-12)
        assert (policy[game.alternatives :] == 0.0).all()


def test_default_steps_are_those_of_the_papers_in_a_preference_game() -> None:
    problem = problem_of(comal_cycle(), 0.1)
    expected = {
        "nash-mp": 2.0,
        "mmd-constant": 0.4,
        "egpo": 1 / 3.1,
        "omd": 0.1 / (0.25 + 0.01),
        "nash-md-constant": np.log(1e4) / 1e3,
        "nash-ema": 0.4 / 3,
    }
    for name, step in expected.items():
        found = begin(comal_cycle(), name).algorithm.default_step(problem).values(7, 1)[0]
        assert found == pytest.approx(step), f"{name}, iteration 7"
    steps = algorithm("nash-md").default_step(problem).values(1, 4)
    np.testing.assert_allclose(steps, [2 / (0.1 * (t + 2)) for t in range(4)])
    assert steps[0] == algorithm("nash-md").largest_step(problem)  # type: ignore[misc]


@pytest.mark.parametrize("name", naive.DEFINITIONS)
def test_iterates_do_not_depend_on_the_unit_of_the_payoffs(name: str) -> None:
    # Payoffs and beta ten times as large: the same policies, if every default is scaled as it should be.
    small, large = (
        random_matrix_game(3, 4, np.random.default_rng(8)),
        random_matrix_game(3, 4, np.random.default_rng(8)),
    )
    object.__setattr__(large, "payoffs", 10.0 * small.payoffs)
    chosen = algorithm(name)
    beta = 0.1 if chosen.target == "regularised" else 0.0
    runs = [start(problem_of(small, beta), chosen), start(problem_of(large, 10 * beta), chosen)]
    for run in runs:
        run.advance(30)
    np.testing.assert_allclose(runs[1].policies()[1], runs[0].policies()[1], rtol=1e-10)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("mpo", {"period": 0.0}),
        ("comal", {"tolerance": -1.0}),
        ("nash-ema", {"decay": 1.5}),
        ("mmd-moving", {"magnet_rate": float("nan")}),
    ],
)
def test_a_parameter_without_meaning_is_refused(name: str, parameters: dict[str, float]) -> None:
    chosen = algorithm(name)
    problem = problem_of(comal_cycle(), 0.1 if chosen.target == "regularised" else 0.0)
    with pytest.raises(ValueError, match=f"{next(iter(parameters))} of {name} must be between"):
        start(problem, chosen, parameters=parameters)
