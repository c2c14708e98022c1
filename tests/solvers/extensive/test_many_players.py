"""Games of any number of players and utilities: regrets, CCE gaps and quantal responses against their definitions."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pyspiel
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from games.extensive import compile_game
from games.extensive.compile import compile_general_game
from games.extensive.gambit import parse_gambit
from games.extensive.general import GeneralGame
from games.extensive.policies import policy_table, uniform_policies
from solvers.extensive.__main__ import main
from solvers.extensive.algorithm import Algorithm
from solvers.extensive.evaluation import evaluate
from solvers.extensive.general import evaluate_general, general_values
from solvers.extensive.many_players import GENERAL_ALGORITHMS, GeneralRun, solve_general, start_general
from solvers.extensive.registry import algorithm
from solvers.extensive.solving import solve
from solvers.extensive.state import POLICY
from tests.games.extensive import naive


def regret_minimiser(name: str) -> Algorithm:
    return algorithm(name)


def table_of(game: GeneralGame, policy: tuple[np.ndarray, ...]) -> dict[str, list[tuple[int, float]]]:
    """One table of all players, as OpenSpiel has it."""
    return {text: row for player in range(game.players) for text, row in policy_table(game, policy, player).items()}


@pytest.mark.parametrize("name", GENERAL_ALGORITHMS)
def test_in_games_of_two_players_the_iterates_are_those_of_the_sequence_form(name: str) -> None:
    """Two ways to the same gradients: by the payoff matrix and by terminal histories."""
    settings = {"alpha": 0.3} if name == "mmd-behavioural" else {}
    ours = solve_general("leduc_poker", name, iterations=12, **settings)
    theirs = solve("leduc_poker", name, iterations=12, alternating=False, **settings)
    for mine, other in zip(ours.policy, theirs.policy, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-9)
    assert ours.nash_conv == pytest.approx(theirs.nash_conv, abs=1e-9)
    if name == "mmd-behavioural":
        assert ours.certificate == pytest.approx(theirs.certificate, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "iterations", "most"),
    [("kuhn_poker(players=3)", 400, 1e-3), ("matrix_pd", 100, 1e-4)],
)
def test_nash_conv_is_that_of_open_spiel(name: str, iterations: int, most: float) -> None:
    solution = solve_general(name, iterations=iterations)
    game = pyspiel.load_game(name)
    game = pyspiel.convert_to_turn_based(game) if name == "matrix_pd" else game
    expected = pyspiel.nash_conv(game, pyspiel.TabularPolicy(table_of(solution.game, solution.policy)))
    assert solution.nash_conv == pytest.approx(expected, abs=1e-9)
    assert solution.cce_gap is not None
    assert solution.cce_gap < most


def test_three_player_kuhn_poker_is_worth_what_is_published() -> None:
    """Szafron, Gibson and Sturtevant (AAMAS 2013): in their equilibria player 2 (here 1) gets −1/48."""
    solution = solve_general("kuhn_poker(players=3)", iterations=1500)
    assert solution.nash_conv < 1e-4
    assert solution.evaluation.values[1] == pytest.approx(-1 / 48, abs=1e-4)
    assert sum(solution.evaluation.values) == pytest.approx(0.0, abs=1e-12)


def test_the_gap_of_a_cce_is_what_refusing_gains_over_the_iterations() -> None:
    """From the policies of every iteration: against them, each pure strategy is tried; the best one's mean gain."""
    root = naive.random_game(random.Random(5), 4, None, 3)
    text = naive.gambit_text(root, random.Random(1), 3)
    game = compile_general_game(parse_gambit(text, "drawn"))
    run = start_general(game, regret_minimiser("cfr+"))
    total, gains, earned = 0.0, [np.zeros(len(tree.owner)) for tree in game.treeplexes], np.zeros(3)
    best_of: list[dict[int, float]] = [{} for _ in range(3)]
    played = []
    for iteration in range(1, 21):
        played.append((float(iteration), [state[POLICY].copy() for state in run.states]))
        run.advance(1)
    for player in range(3):
        for number, pure in enumerate(naive.pure_strategies(root, player)):
            own = in_game(game, pure, player)
            best_of[player][number] = sum(
                weight * evaluate_general(game, [*part[:player], own, *part[player + 1 :]]).values[player]
                for weight, part in played
            )
        earned[player] = sum(weight * evaluate_general(game, part).values[player] for weight, part in played)
    total = sum(weight for weight, _ in played)
    expected = [(max(best_of[player].values()) - earned[player]) / total for player in range(3)]
    assert run.cce_gaps() == pytest.approx(expected, abs=1e-9)
    assert len(gains) == 3


def in_game(game: GeneralGame, pure: naive.Policy, player: int) -> np.ndarray:
    """A pure strategy of the naive game as an array."""
    own = np.ones(len(game.treeplexes[player].owner))
    numbers = {int(text.split("-")[2]): i for i, text in enumerate(game.names[player].information_states)}
    for (_, number), row in pure.items():
        start = game.treeplexes[player].first[numbers[number]]
        own[start : start + len(row)] = [float(p) for p in row]
    return own


@given(st.randoms(use_true_random=False), st.integers(1, 3), st.integers(1, 4))
def test_agent_quantal_responses_solve_their_equation(source: random.Random, depth: int, players: int) -> None:
    root = naive.random_game(source, depth, None, players)
    assume(root.key is not None)
    game = compile_general_game(parse_gambit(naive.gambit_text(root, source, players), "drawn"))
    alpha = 8.0  # so much that the iterations converge whatever the utilities, up to 9 and what is on the way
    solution = solve_general(game, "mmd-behavioural", alpha=alpha, step_size=0.02, iterations=3000, tolerance=1e-9)
    assert solution.converged
    ones = GeneralGame(
        game.name, game.treeplexes, game.names, game.at_end, game.chances, np.ones_like(game.utilities), 0, 0
    )
    for player, tree in enumerate(game.treeplexes):
        values, reach = (general_values(one, solution.policy, player)[0] for one in (game, ones))
        for i in range(len(tree.parent)):
            own = slice(tree.first[i], tree.first[i + 1])
            if reach[own].max() <= 0.0:
                continue
            logits = values[own] / reach[own] / alpha
            response = np.exp(logits - logits.max())
            np.testing.assert_allclose(solution.policy[player][own], response / response.sum(), atol=1e-7)


def test_one_player_finds_the_best_policy() -> None:
    text = 'EFG 2 R "one" { "A" }\nc "" 1 "" { "a" 1/3 "b" 2/3 } 0\n'
    text += 'p "" 1 1 "" { "x" "y" } 0\nt "" 1 "" { 3 }\nt "" 2 "" { 0 }\np "" 1 1 "" { "x" "y" } 0\n'
    text += 't "" 2\nt "" 3 "" { 2 }\n'
    game = compile_general_game(parse_gambit(text, "one"))
    solution = solve_general(game, "cfr+", iterations=200)
    assert solution.evaluation.values[0] == pytest.approx(4 / 3, abs=1e-3)


def test_the_command_solves_them_and_says_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["kuhn_poker(players=3)", "--iterations"]
    for count in ("20", "50"):
        assert main([*options, count, "--output", str(tmp_path / "pieces")]) == 0
    assert main([*options, "50", "--output", str(tmp_path / "whole")]) == 0
    pieces, whole = (json.loads((tmp_path / name / "solution.json").read_text()) for name in ("pieces", "whole"))
    assert pieces["cce_gaps"] == whole["cce_gaps"]
    assert pieces["nash_conv"] == whole["nash_conv"]
    assert whole["target"] == "coarse-correlated"
    assert "need not be a Nash equilibrium" in capsys.readouterr().out
    path = ["--alpha", "2,1", "--form", "behavioral", "--tolerance", "1e-6", "--output", str(tmp_path / "path")]
    assert main([*options, "2000", *path]) == 0
    assert "agent quantal response equilibrium at alpha 1, no Nash equilibrium" in capsys.readouterr().out
    written = json.loads((tmp_path / "path" / "solution.json").read_text())
    assert [entry["result"] for entry in written["path"]] == ["converged", "converged"]
    again = ["--initial", str(tmp_path / "whole" / "policy.npz"), "--algorithm", "cfr"]
    assert main([*options, "1", *again, "--policy", str(tmp_path / "out.csv")]) == 0
    for wrong, sentence in (
        (["--algorithm", "domwu"], "what solves it is cfr, cfr+"),
        (["--simultaneous"], "has no --simultaneous"),
        (["--compare", "cfr"], "has no --compare"),
    ):
        assert main(["matrix_pd", *wrong]) == 2
        assert sentence in capsys.readouterr().err


def test_a_run_that_goes_on_is_the_run() -> None:
    game = compile_general_game("kuhn_poker(players=3)")
    whole, first, second = (start_general(game, regret_minimiser("pcfr+")) for _ in range(3))
    whole.advance(9)
    first.advance(4)
    second.load({name: array.copy() for name, array in first.arrays().items()})
    second.done = 4
    second.advance(5)
    assert isinstance(second, GeneralRun)
    for mine, other in zip(whole.policy(), second.policy(), strict=True):
        np.testing.assert_array_equal(mine, other)
    assert whole.cce_gaps() == second.cce_gaps()


def test_the_power_of_the_average_is_a_parameter() -> None:
    game = compile_game("kuhn_poker")
    usual = solve(game, "cfr+", iterations=50)
    assert solve(game, "cfr+", iterations=50, parameters={"averaging": 1.0}).exploitability == usual.exploitability
    other = solve(game, "cfr+", iterations=50, parameters={"averaging": 3.0})
    assert other.exploitability != usual.exploitability
    assert evaluate(game, other.policy).exploitability == other.exploitability
    with pytest.raises(ValueError, match="averaging of cfr\\+ must be between 0 and 50, not -1"):
        solve(game, "cfr+", parameters={"averaging": -1.0})


def test_uniform_policies_start_them_all() -> None:
    game = compile_general_game("matrix_pd")
    run = start_general(game, regret_minimiser("cfr"))
    assert [part.tolist() for part in run.policy()] == [part.tolist() for part in uniform_policies(game)]
    assert run.cce_gaps() == ()
