"""A run that went on from its file cannot be told from one that was never interrupted."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import pytest
from solvers.extensive.checkpoint import identity, restore, run_saved, save

from games.extensive import ExtensiveGame, compile_game
from games.extensive.policies import random_policy, uniform_policy
from solvers.extensive.registry import algorithm, algorithm_names
from solvers.extensive.run import Run, start
from solvers.solution import Checkpoint


@pytest.fixture(scope="module")
def game() -> ExtensiveGame:
    return compile_game("kuhn_poker")


def fresh(game: ExtensiveGame, name: str = "pcfr+") -> Run:
    return start(game, algorithm(name))


def same_states(one: Run, other: Run) -> bool:
    return one.done == other.done and all(
        np.array_equal(a, b, equal_nan=True) for a, b in zip(one.states, other.states, strict=True)
    )


def without_seconds(history: list[Checkpoint]) -> list[tuple[int, int, float, float]]:
    return [(point.iteration, point.queries, point.duality_gap, point.exploitability) for point in history]


@pytest.mark.parametrize("name", algorithm_names())
def test_every_algorithm_goes_on_to_the_same_bits(name: str, game: ExtensiveGame, tmp_path: Path) -> None:
    straight = fresh(game, name)
    straight.advance(37)
    run = fresh(game, name)
    for count in (1, 6, 16):
        run.advance(count)
        save(tmp_path / "state.npz", run, identity(run, {}), [], 1.5)
        run = fresh(game, name)
        assert restore(tmp_path / "state.npz", run, identity(run, {})) == ([], 1.5)
    run.advance(14)
    assert same_states(run, straight)
    assert all(np.array_equal(a, b) for a, b in zip(run.policy(), straight.policy(), strict=True))


def test_an_interrupt_saves_the_run_and_the_rest_is_that_of_an_uninterrupted_one(
    game: ExtensiveGame, tmp_path: Path
) -> None:
    def interrupt(point: Checkpoint) -> None:
        if point.iteration >= 20:
            signal.raise_signal(signal.SIGINT)

    path, limits = tmp_path / "state.npz", {"iterations": 300, "tolerance": 0.0}
    first = fresh(game)
    with pytest.raises(KeyboardInterrupt, match=r"interrupted after 20 iterations; the same command goes on"):
        run_saved(first, path, {}, iterations=300, tolerance=0.0, report=interrupt)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    second, straight = fresh(game), fresh(game)
    history, evaluation, _ = run_saved(second, path, {}, iterations=300, tolerance=0.0)
    expected = iterate_to(straight, **limits)  # type: ignore[arg-type]
    assert same_states(second, straight)
    assert without_seconds(history) == without_seconds(expected[0])
    assert evaluation == expected[1]


def test_without_a_file_an_interrupt_says_that_nothing_was_written(game: ExtensiveGame) -> None:
    with pytest.raises(KeyboardInterrupt, match=r"interrupted after 1 iterations; nothing was written"):
        run_saved(
            fresh(game), None, {}, iterations=10, tolerance=0.0, report=lambda _: signal.raise_signal(signal.SIGTERM)
        )


def test_more_iterations_go_on_and_the_history_is_that_of_one_long_run(game: ExtensiveGame, tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    for iterations in (0, 1, 50, 50, 52, 333):
        run = fresh(game)
        history, _, _ = run_saved(run, path, {}, iterations=iterations, tolerance=0.0)
        straight = fresh(game)
        expected, _, _ = iterate_to(straight, iterations=iterations, tolerance=0.0)
        assert same_states(run, straight)
        assert without_seconds(history) == without_seconds(expected)


def test_a_run_saved_between_two_measurements_stops_at_the_same_iteration(game: ExtensiveGame, tmp_path: Path) -> None:
    straight = fresh(game)
    expected, _, _ = iterate_to(straight, iterations=1000, tolerance=1e-4)
    assert 4 < straight.done < 1000
    run, path = fresh(game), tmp_path / "state.npz"
    reached = [point for point in expected if point.iteration <= expected[-3].iteration]
    run.advance(reached[-1].iteration + 1)
    save(path, run, identity(run, {}), reached, 0.0)
    run = fresh(game)
    history, _, _ = run_saved(run, path, {}, iterations=1000, tolerance=1e-4)
    assert same_states(run, straight)
    assert without_seconds(history) == without_seconds(expected)


def test_other_settings_are_refused_with_the_option_that_differs(game: ExtensiveGame, tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    run_saved(fresh(game), path, {}, iterations=5, tolerance=0.0)
    before = path.read_bytes()
    initial = random_policy(game, 0)
    others = {
        "--algorithm": (start(game, algorithm("cfr")), {}),
        "--average or --last": (start(game, algorithm("pcfr+"), average=False), {}),
        "--alternating or --simultaneous": (start(game, algorithm("pcfr+"), alternating=False), {}),
        "--initial": (start(game, algorithm("pcfr+"), initial=initial), {"initial": initial}),
        "game": (fresh(compile_game("leduc_poker")), {}),
    }
    for option, (run, policies) in others.items():
        with pytest.raises(ValueError, match=f"holds a run with another {option}"):
            run_saved(run, path, policies, iterations=9, tolerance=0.0)
    with pytest.raises(ValueError, match="more than --iterations 4"):
        run_saved(fresh(game), path, {}, iterations=4, tolerance=0.0)
    assert path.read_bytes() == before


def test_the_identity_sees_the_magnet_itself(game: ExtensiveGame) -> None:
    run, one, other = fresh(game), uniform_policy(game), random_policy(game, 0)
    assert identity(run, {"magnet": one}) == identity(fresh(game), {"magnet": uniform_policy(game)})
    assert identity(run, {"magnet": one}) != identity(run, {"magnet": other})


@pytest.mark.parametrize("content", [b"", b"not a file of arrays", None])
def test_a_file_that_is_no_state_is_refused(content: bytes | None, game: ExtensiveGame, tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    if content is None:
        np.savez(path, header=np.zeros(3), state0=np.zeros(2), state1=np.zeros(2))
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match="is not the state of a run"):
        run_saved(fresh(game), path, {}, iterations=5, tolerance=0.0)


def test_measurements_are_a_geometric_series_that_does_not_depend_on_where_a_run_was() -> None:
    series = [0]
    while series[-1] < 1000:
        series.append(next_measurement(series[-1], 1.15))
    assert series[:9] == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert all(next_measurement(done, 1.15) == min(p for p in series if p > done) for done in range(900))
