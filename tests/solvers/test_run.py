"""One driver for all solvers: a run that went on from its file cannot be told from one that was never interrupted."""

from __future__ import annotations

import io
import math
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import solvers
from games.extensive import compile_game
from games.preference import PreferenceBatch, comal_cycle, random_batch
from solvers.extensive.registry import algorithm, algorithm_names
from solvers.extensive.run import start
from solvers.normal_form.feedback import Feedback
from solvers.report import watched
from solvers.run import Pace, drive, share_done
from solvers.solution import Checkpoint, Solution

SIGNATURE = "iteration", "queries", "duality_gap", "exploitability", "divergence", "distance", "value", "infosets"


def ragged() -> PreferenceBatch:
    return random_batch(9, 6, np.random.default_rng(1), smallest=2)


# Each family: what is solved, how, and a tolerance that it reaches in the iterations below.
FAMILIES: dict[str, tuple[Any, dict[str, Any], float]] = {
    "preference game": (comal_cycle(), {"algorithm": "nash-mp", "beta": 0.02}, 1e-9),
    "its average": (comal_cycle(), {"algorithm": "prm+"}, 1e-3),
    "sampled comparisons": (
        comal_cycle(),
        {"algorithm": "nash-md", "beta": 0.1, "feedback": Feedback("duels", 3)},
        0.1,
    ),
    "batch": (ragged(), {"algorithm": "nash-mp", "beta": 0.1}, 1e-9),
    "batch with magnets": (ragged(), {"algorithm": "comal"}, 1e-6),
    "matrix": ([[3.0, -1.0], [-2.0, 1.0]], {"algorithm": "mmd", "beta": 0.1}, 1e-6),
    "extensive": ("kuhn_poker", {"algorithm": "cfr+"}, 1e-3),
    "quantal response": ("kuhn_poker", {"algorithm": "mmd", "alpha": 0.5}, 1e-9),
    "sampled": ("kuhn_poker", {"algorithm": "outcome-mccfr", "seed": 3}, 0.0),
    "phantom": ("abrupt_dark_hex_2x2", {"algorithm": "pcfr+"}, 1e-3),
    "phantom, mirror descent": ("abrupt_dark_hex_2x2", {"algorithm": "mmd-moving"}, 0.0),
}


def policies_of(solution: Solution) -> list[np.ndarray]:
    if hasattr(solution, "solver"):
        found: list[np.ndarray] = list(solution.solver.policy(solution.game))
        return found
    policies = getattr(solution, "policies", None)
    policies = getattr(solution, "policy", None) if policies is None else policies
    return [np.asarray(part) for part in policies]  # type: ignore[union-attr]


def measured(solution: Solution) -> list[tuple[Any, ...]]:
    return [tuple(getattr(point, name) for name in SIGNATURE) for point in solution.history]


def assert_same(one: Solution, other: Solution) -> None:
    assert one.iterations == other.iterations
    assert repr(measured(one)) == repr(measured(other))  # NaN is NaN
    for mine, theirs in zip(policies_of(one), policies_of(other), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert one.result is other.result


@pytest.mark.parametrize("family", FAMILIES)
def test_more_iterations_go_on_to_the_bits_and_the_history_of_one_long_run(family: str, tmp_path: Path) -> None:
    game, settings, tolerance = FAMILIES[family]
    if tolerance:
        settings = settings | {"tolerance": tolerance}
    for iterations in (1, 2, 11, 11, 13, 60, 171):
        resumed = solvers.solve(game, iterations=iterations, checkpoint=tmp_path / "state.npz", **settings)
        assert_same(resumed, solvers.solve(game, iterations=iterations, **settings))


@pytest.mark.parametrize("family", FAMILIES)
def test_an_interrupt_saves_the_run_and_the_rest_is_that_of_an_uninterrupted_one(family: str, tmp_path: Path) -> None:
    game, settings, _ = FAMILIES[family]
    came = []

    def interrupt(done: int) -> None:
        if done >= 20 and not came:
            came.append(done)
            signal.raise_signal(signal.SIGINT)

    path = tmp_path / "state.npz"
    with pytest.raises(KeyboardInterrupt, match=r"interrupted after \d+ iterations; the same command goes on"):
        solvers.solve(game, iterations=97, checkpoint=path, watch=interrupt, **settings)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert_same(
        solvers.solve(game, iterations=97, checkpoint=path, **settings),
        solvers.solve(game, iterations=97, **settings),
    )


def test_without_a_file_an_interrupt_says_that_nothing_was_written() -> None:
    def interrupt(point: Checkpoint) -> None:
        if point.iteration == 1:
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt, match="interrupted after 1 iterations; nothing was written"):
        solvers.solve("kuhn_poker", iterations=10, report=interrupt)


@pytest.mark.parametrize("name", algorithm_names())
def test_every_extensive_algorithm_goes_on_to_the_same_bits(name: str, tmp_path: Path) -> None:
    game, parameters = compile_game("kuhn_poker"), algorithm(name).planned(None, 30)  # a horizon on the way
    for iterations in (1, 7, 23, 37):
        path = tmp_path / "state.npz"
        resumed = solvers.solve(game, name, iterations=iterations, checkpoint=path, parameters=parameters)
    assert_same(resumed, solvers.solve(game, name, iterations=37, parameters=parameters))


def test_a_smaller_tolerance_goes_on_from_where_a_larger_one_was_reached(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    for tolerance in (1e-3, 1e-6, 1e-9):
        resumed = solvers.solve(comal_cycle(), "nash-mp", beta=0.05, tolerance=tolerance, checkpoint=path)
        assert_same(resumed, solvers.solve(comal_cycle(), "nash-mp", beta=0.05, tolerance=tolerance))
        assert resumed.converged


def test_a_run_saved_between_two_measurements_stops_at_the_same_iteration(tmp_path: Path) -> None:
    game, path = compile_game("kuhn_poker"), tmp_path / "state.npz"

    def run(watch: Callable[[int], None] | None = None) -> tuple[int, list[int]]:
        going = start(game, algorithm("pcfr+"))
        going.pace, going.tolerance = Pace(piece=1e-9, every=0.0), 1e-6  # one iteration at a time, each saved
        record = drive(going, iterations=1000, path=path, watch=watch)
        return going.done, [point.iteration for point in record.history]

    def stop(done: int) -> None:
        if done == 50:  # between the measurements at 48 and 55
            raise RuntimeError

    with pytest.raises(RuntimeError):
        run(stop)
    resumed = run()
    path.unlink()
    assert resumed == run()
    assert 50 < resumed[0] < 1000


def test_measurements_are_a_geometric_series_that_does_not_depend_on_where_a_run_was() -> None:
    pace = Pace(growth=1.15)
    series = pace.stops(0, 1000, 10**6)
    assert series[:9] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert all(series[k + 1] in (series[k] + 1, int(1.15 * series[k])) for k in range(len(series) - 1))
    for done in range(900):
        assert pace.after(done) == min(point for point in series if point > done)
        assert pace.stops(done, 950, 930) == [*(point for point in series if done < point < 930), 930]
    history = [Checkpoint(iteration) for iteration in (0, 1, 2, series[20], series[20] + 1)]
    pace.drop_end(history)
    assert [point.iteration for point in history] == [0, 1, 2, series[20]]
    assert Pace(least=8, growth=1.3).stops(0, 60, 100) == [8, 16, 24, 32, 41, 53]


@pytest.mark.parametrize(
    ("iteration", "distance", "expected"),
    [
        (0, 1.0, 0.0),
        (1, 1e-3, 0.5),  # three of six orders of magnitude
        (70, 1e-3, 0.7),  # further in iterations
        (1, 1e-9, 1.0),
        (30, 5.0, 0.3),  # further away than at first
        (30, 0.0, 0.3),
        (30, math.inf, 0.3),
        (200, 0.5, 1.0),
    ],
)
def test_the_share_is_that_of_iterations_or_of_orders_of_magnitude(
    iteration: int, distance: float, expected: float
) -> None:
    assert share_done(iteration, 100, distance, 1.0, 1e-6) == pytest.approx(expected)


def test_no_tolerance_leaves_iterations() -> None:
    assert share_done(5, 20, 1e-3, 1.0, 0.0) == 0.25
    assert share_done(5, 20, 1e-3, math.nan, 1e-6) == 0.25
    assert share_done(0, 0, 1e-3, 1.0, 0.0) == 0.0


def test_the_bar_shows_what_it_is_told_on_a_terminal() -> None:
    stream = io.StringIO()
    with watched(Console(file=stream, force_terminal=True, width=120), "a solver", 2000, 1e-6) as shown:
        shown["report"](Checkpoint(1000, 0, 2e-3, 1e-3))
        shown["watch"](1234)
    assert "a solver" in stream.getvalue()
    assert "iteration 1,234, exploitability 1.00e-03" in stream.getvalue()
