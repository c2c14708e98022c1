"""Questions about a policy: where it loses, what beats it, what it gets from another; two players and three."""

from __future__ import annotations

import json
from pathlib import Path

import pyspiel
import pytest

from games.extensive import compile_game
from games.extensive.compile import compile_general_game
from games.extensive.policies import (
    load_policy,
    policies_from_tables,
    random_policy,
    save_policy,
    tables_of_game,
    to_open_spiel,
    uniform_policies,
    uniform_policy,
)
from solvers.exploitability.__main__ import main
from solvers.exploitability.questions import Questioned
from solvers.extensive.evaluation import evaluate, regrets
from solvers.extensive.general import evaluate_general, general_regrets


@pytest.mark.parametrize("name", ["kuhn_poker", "leduc_poker"])
def test_losses_sum_to_the_gain_of_a_best_response(name: str) -> None:
    game = compile_game(name)
    policy = random_policy(game, 2)
    rows, found = Questioned(game, policy).infosets(), evaluate(game, policy)
    for player in (0, 1):
        gain = found.best_response_values[player] - found.values[player]
        own = [row for row in rows if row["player"] == player]
        assert sum(row["loss"] for row in own) == pytest.approx(gain, abs=1e-12)
        assert min(row["loss"] for row in own) >= 0.0
        assert [row["full_regret"] for row in own] == regrets(game, policy, player).full.tolist()


def test_losses_of_three_players_sum_to_their_gains() -> None:
    game = compile_general_game("kuhn_poker(players=3)")
    policy = uniform_policies(game)
    rows, found = Questioned(game, policy).infosets(), evaluate_general(game, policy)
    for player in range(3):
        gain = found.best_response_values[player] - found.values[player]
        assert sum(row["loss"] for row in rows if row["player"] == player) == pytest.approx(gain, abs=1e-12)


def test_the_regrets_of_two_players_are_the_same_by_their_terminal_histories() -> None:
    game, general = compile_game("kuhn_poker"), compile_general_game("kuhn_poker")
    policy = random_policy(game, 3)
    for player in (0, 1):
        one, other = regrets(game, policy, player), general_regrets(general, policy, player)
        assert one.immediate == pytest.approx(other.immediate, abs=1e-12)
        assert one.full == pytest.approx(other.full, abs=1e-12)


def test_the_command_answers_all_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    game, open_spiel = compile_game("leduc_poker"), pyspiel.load_game("leduc_poker")
    mine, theirs = random_policy(game, 1), random_policy(game, 2)
    for name, policy in (("mine", mine), ("theirs", theirs)):
        save_policy(tmp_path / f"{name}.npz", game, policy)
    best, results = tmp_path / "best.npz", tmp_path / "results.json"
    questions = ["--regrets", "--against", str(tmp_path / "theirs.npz"), "--best-response", str(best)]
    written = ["--write", str(tmp_path / "mine.csv"), "--json", str(results)]
    assert main(["leduc_poker", str(tmp_path / "mine.npz"), *questions, *written]) == 0
    found = json.loads(results.read_text())
    root, policies = open_spiel.new_initial_state(), [to_open_spiel(game, policy) for policy in (mine, theirs)]
    for seat in (0, 1):
        value = pyspiel.expected_returns(root, [policies[seat], policies[1 - seat]], -1, True, 0.0)[seat]
        assert found["against"]["values"][seat] == pytest.approx(value, abs=1e-12)
    responses = load_policy(best, game)
    for seat in (0, 1):
        pair = (responses[0], mine[1]) if seat == 0 else (mine[0], responses[1])
        assert evaluate(game, pair).values[seat] == pytest.approx(found["best_response_values"][seat], abs=1e-12)
    assert load_policy(tmp_path / "mine.csv", game)[0].tolist() == mine[0].tolist()
    assert len(found["infosets"]) == sum(game.infosets)
    shown = capsys.readouterr().out
    assert "where it loses" in shown
    assert "916 more infosets are in the file of --json" in shown


def test_the_command_answers_for_three_players(tmp_path: Path) -> None:
    best, results = tmp_path / "best.json", tmp_path / "results.json"
    name = "kuhn_poker(players=3)"
    assert main([name, "uniform", "--best-response", str(best), "--against", "uniform", "--json", str(results)]) == 0
    found = json.loads(results.read_text())
    assert found["against"]["values"] == pytest.approx(found["values"])
    game = compile_general_game(name)
    responses = policies_from_tables(game, tables_of_game(best, game))
    for player in range(3):
        policy = list(uniform_policies(game))
        policy[player] = responses[player]
        assert evaluate_general(game, policy).values[player] == pytest.approx(found["best_response_values"][player])


def test_what_cannot_be_asked_or_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options, sentence in (
        (["abrupt_dark_hex_2x2", "uniform", "--regrets"], "is evaluated by kernels of its own and has no --regrets"),
        (["kuhn_poker", "uniform", "--best-response", "a.txt"], "--best-response must end in .npz or .json or .csv or"),
        (["kuhn_poker", "uniform", "--write", "no/a.csv"], "there is no folder no for --write"),
        (["kuhn_poker", "uniform", "--against", "no.npz"], "there is no file no.npz"),
    ):
        assert main(options) == 2
        error = capsys.readouterr().err
        assert sentence in error
        assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_uniform_play_loses_nothing_in_matching_pennies(tmp_path: Path) -> None:
    file = tmp_path / "pennies.efg"
    file.write_text(
        'EFG 2 R "pennies" { "A" "B" }\np "" 1 1 "" { "H" "T" } 0\np "" 2 1 "" { "H" "T" } 0\nt "" 1 "" { 1, -1 }\n'
        't "" 2 "" { -1, 1 }\np "" 2 1 "" { "H" "T" } 0\nt "" 2\nt "" 1\n'
    )
    game = compile_game(str(file))
    assert [row["loss"] for row in Questioned(game, uniform_policy(game)).infosets()] == [0.0, 0.0]
