from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from games.phantom.game import phantom_game
from games.phantom.information_states import information_states
from games.phantom.policies import (
    load_policies,
    policies_from_table,
    random_policies,
    save_policies,
    uniform_policies,
)
from games.phantom.sequences import attempts_of, row_of
from games.phantom.symmetry import folded, symmetries
from solvers.checkpoint import Record, State, save
from solvers.phantom import evaluate, solve
from solvers.phantom.__main__ import main
from solvers.phantom.evaluation import counterfactual_values, evaluate_checked
from solvers.phantom.iterate import ALGORITHMS, Run, start
from solvers.solution import Result
from tests.solvers.phantom import naive as naive_phantom

GAME = "abrupt_dark_hex_2x2"  # value 1/2
BOARDS = ["dark_hex_2x2", GAME, "dark_hex_2x3", "abrupt_dark_hex_2x3", "phantom_ttt_2x3", "abrupt_phantom_ttt_2x3"]


@pytest.mark.parametrize("algorithm", ["cfr+", "pcfr+"])
def test_regret_matching_is_the_slow_definition(algorithm: str) -> None:
    """OpenSpiel's CFR+ parts ways where all attempts are equally good and it takes rounding errors for regrets."""
    expected = naive_phantom.regret_matching_plus(information_states(GAME), 4, algorithm == "pcfr+")
    for mine, slow in zip(solve(GAME, algorithm, iterations=4).policies, expected, strict=True):
        np.testing.assert_allclose(mine, slow, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("algorithm", "iterations", "distance"),
    [("cfr+", 150, 1e-2), ("pcfr+", 150, 1e-3), ("mmd-annealed", 300, 2e-2), ("mmd-moving", 700, 1.5e-2)],
)
def test_algorithms_approach_equilibrium(algorithm: str, iterations: int, distance: float) -> None:
    found = solve(GAME, algorithm, iterations=iterations)
    assert found.evaluation.exploitability < distance
    assert found.evaluation.value == pytest.approx(0.5, abs=2 * distance)
    assert found.evaluation.exploitability == pytest.approx(evaluate(GAME, found.policies).exploitability, abs=1e-14)
    assert found.history[-1].exploitability == found.evaluation.exploitability
    assert found.history[0].exploitability > 5 * distance


@pytest.mark.parametrize("algorithm", ["mmd-annealed", "mmd-moving"])
def test_the_first_step_of_mirror_descent_is_its_formula(algorithm: str) -> None:
    """From the uniform policy and magnet: pi ∝ exp(eta q / (1 + eta alpha)); no values where nobody comes."""
    eta, alpha = 0.7, 0.4
    found = solve(GAME, algorithm, iterations=1, eta=eta, alpha=alpha).policies
    uniform = uniform_policies(GAME)
    for player in range(2):
        values = counterfactual_values(GAME, uniform, player)
        q = values.attempts / values.opponent_reach[:, None]
        weights = np.where(uniform[player] > 0.0, np.exp(eta * q / (1.0 + eta * alpha)), 0.0)
        np.testing.assert_allclose(found[player], weights / weights.sum(axis=1, keepdims=True), rtol=0, atol=1e-12)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_interrupted_run_goes_on_to_the_same_bits(algorithm: str, tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    solve(GAME, algorithm, iterations=5, checkpoint=path)
    resumed, whole = solve(GAME, algorithm, iterations=12, checkpoint=path), solve(GAME, algorithm, iterations=12)
    assert all(np.array_equal(a, b) for a, b in zip(resumed.policies, whole.policies, strict=True))
    keys = "iteration", "value", "exploitability"
    histories = [[[getattr(line, k) for k in keys] for line in found.history] for found in (resumed, whole)]
    assert histories[0] == histories[1]


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_symmetry_changes_nothing(name: str, algorithm: str) -> None:
    """The run on one information state of each orbit of blocks is the run on all of them."""
    game = phantom_game(name)
    plain, small = (start(s, algorithm, 0.5, 0.5, 0.05) for s in (information_states(game), folded(game)))
    for _ in range(6):
        plain.advance()
        small.advance()
    for whole, unfolded in zip(plain.policies(), small.policies(), strict=True):
        np.testing.assert_allclose(whole, unfolded, rtol=0, atol=1e-9)
    mine, slow = evaluate_checked(small.states, small.kept_policies()), evaluate(name, plain.policies())
    assert mine.value == pytest.approx(slow.value, abs=1e-12)
    assert mine.best_response_values == pytest.approx(slow.best_response_values, abs=1e-12)


@pytest.mark.parametrize("name", ["phantom_ttt_2x3", "abrupt_dark_hex_2x2"])
def test_what_solvers_return_is_the_same_from_all_sides(name: str) -> None:
    states, policies = information_states(name), solve(name, "pcfr+", iterations=40).policies
    for player, policy in enumerate(policies):
        every = [attempts_of(states, player, row) for row in range(len(policy))]
        for motion in symmetries(states.game):
            images = [row_of(states, player, [(motion[cell], refused) for cell, refused in each]) for each in every]
            np.testing.assert_allclose(policy[images][:, list(motion)], policy, rtol=0, atol=1e-12)


def test_a_state_of_all_information_states_is_read(tmp_path: Path) -> None:
    """Earlier versions wrote such files."""
    path = tmp_path / "state.npz"
    plain = start(information_states(GAME), "pcfr+", 1.0, 1.0, 0.05)
    plain.advance(4)
    save(path, State(plain.identity(), plain.done, Record([], 2.0, 3.0), plain.arrays()))
    resumed, whole = (solve(GAME, "pcfr+", iterations=9, checkpoint=file) for file in (path, None))
    assert resumed.seconds > 2.0 and resumed.processor_seconds > 3.0
    for mine, other in zip(resumed.policies, whole.policies, strict=True):
        np.testing.assert_allclose(mine, other, rtol=0, atol=1e-12)


def test_an_interrupt_saves_the_run(tmp_path: Path) -> None:
    import signal

    def stop(done: int) -> None:
        if done == 3:
            signal.raise_signal(signal.SIGINT)

    path = tmp_path / "state.npz"
    with pytest.raises(KeyboardInterrupt, match="after 3 iterations"):
        solve(GAME, "cfr+", iterations=9, checkpoint=path, watch=stop)
    resumed, whole = solve(GAME, "cfr+", iterations=9, checkpoint=path), solve(GAME, "cfr+", iterations=9)
    assert all(np.array_equal(a, b) for a, b in zip(resumed.policies, whole.policies, strict=True))


def test_a_state_of_another_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    solve(GAME, "mmd", iterations=3, checkpoint=path)
    with pytest.raises(ValueError, match="holds a run with another --alpha"):
        solve(GAME, "mmd", iterations=5, alpha=0.5, checkpoint=path)
    with pytest.raises(ValueError, match="holds a run of 3 iterations"):
        solve(GAME, "mmd", iterations=2, checkpoint=path)
    path.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="not the state of a run"):
        solve(GAME, "mmd", iterations=5, checkpoint=path)


def test_measurements_spread_out() -> None:
    assert Run.pace.stops(0, 22, 100) == [1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22]


def test_one_name_is_one_algorithm() -> None:
    short, full = (solve(GAME, name, iterations=3) for name in ("mmd", "mmd-annealed"))
    assert short.algorithm == full.algorithm == "mmd-annealed"
    assert all(np.array_equal(a, b) for a, b in zip(short.policies, full.policies, strict=True))
    with pytest.raises(ValueError, match=r"there is no algorithm 'mmd-anneal': did you mean mmd-annealed\?"):
        solve(GAME, "mmd-anneal")


def test_a_solution_says_how_it_ended() -> None:
    found = solve(GAME, "pcfr+", iterations=500, tolerance=1e-3)
    assert found.converged and found.result is Result.CONVERGED and found.remedy == ""
    assert found.exploitability <= found.limit < found.history[-2].exploitability
    assert found.iterations == found.history[-1].iteration < 500
    summary = found.summary()
    assert summary["result"] == "converged" and summary["nash_conv"] == 2 * summary["exploitability"]
    unfinished = solve(GAME, "mmd", iterations=2)
    assert not unfinished.converged and "more iterations" in unfinished.remedy
    assert (unfinished.step_size, unfinished.temperature) == ("1 / sqrt(t)", "1 / sqrt(t)")


def test_the_command_writes_a_solution_that_can_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    arguments = [GAME, "--algorithm", "pcfr+", "--iterations", "60", "--output", str(folder)]
    assert main(arguments) == 0
    solution = json.loads((folder / "solution.json").read_text())
    assert solution["game"] == GAME and solution["iterations"] == 60
    game, policies = load_policies(folder / "policy.npz")
    assert game.name == GAME
    # Files have sixteen bits for a probability.
    assert evaluate(game, policies).exploitability == pytest.approx(solution["exploitability"], abs=1e-4)
    assert {line["iteration"] for line in solution["history"]} >= {1, 2, 60}
    assert solution["command"].startswith("python -m solvers.phantom abrupt_dark_hex_2x2")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["chess"], "there is no phantom game 'chess'"),
        ([GAME, "--iterations", "0"], "--iterations must be at least 1"),
        ([GAME, "--algorithm", "mmd", "--eta", "-1"], "eta must be positive"),
        ([GAME, "--algorithm", "cfr"], "must be one of"),
    ],
)
def test_bad_input_ends_with_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and sentence in error and error.count("\n") == 1


def test_policies_survive_files_and_tables(tmp_path: Path) -> None:
    policies = random_policies(GAME, seed=4)
    path = tmp_path / "policy.npz"
    save_policies(path, GAME, policies)
    for mine, read in zip(policies, load_policies(path, GAME)[1], strict=True):
        np.testing.assert_allclose(mine, read, rtol=0, atol=3e-5)
    with pytest.raises(ValueError, match="policies of abrupt_dark_hex_2x2, not of dark_hex"):
        load_policies(path, "dark_hex")
    path.write_bytes(b"PK nonsense")
    with pytest.raises(ValueError, match="no file of phantom-game policies"):
        load_policies(path)


def test_a_table_of_open_spiels_strings_becomes_policies() -> None:
    from open_spiel.python.policy import TabularPolicy
    from pyspiel import load_game

    uniform = TabularPolicy(load_game(phantom_game(GAME).open_spiel_name))
    tables = [
        {text: list(enumerate(uniform.action_probability_array[uniform.state_lookup[text]])) for text in states}
        for states in uniform.states_per_player
    ]
    found = policies_from_table(GAME, tables)
    assert all(np.allclose(a, b) for a, b in zip(found, uniform_policies(GAME), strict=True))
    del tables[1][next(iter(tables[1]))]
    with pytest.raises(ValueError, match="player 1 in row"):
        policies_from_table(GAME, tables)
