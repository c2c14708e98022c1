"""Part of a policy held fixed: against best responses, and restricted Nash responses against their own definition."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from games.extensive import ExtensiveGame, Policy, compile_game, from_tree
from games.extensive.policies import policy_table, random_policy, save_policy, write_policy
from solvers.extensive.__main__ import main
from solvers.extensive.evaluation import best_response, evaluate, expected_value
from solvers.extensive.locked import LockedGame, locked_game
from solvers.extensive.solving import solve
from tests.solvers.extensive import naive


def tables(game: ExtensiveGame, policy: Policy) -> list[dict[str, list[tuple[int, float]]]]:
    return [policy_table(game, policy, player) for player in (0, 1)]


@pytest.mark.parametrize("player", [0, 1])
def test_a_player_who_is_locked_is_answered_by_the_best_response(player: int) -> None:
    game = compile_game("kuhn_poker")
    policy = random_policy(game, 3)
    left = locked_game(game, tables(game, policy), player=player)
    solution = solve(left.game, "lp")
    assert solution.evaluation.values[1 - player] == pytest.approx(best_response(game, policy, 1 - player).value)
    answer = left.answer(left.lift(solution.policy))
    assert answer is not None
    assert answer["against_lock"] == pytest.approx(best_response(game, policy, 1 - player).value)


@given(st.randoms(use_true_random=False), st.integers(1, 4), st.integers(0, 100))
def test_the_game_that_is_left_is_the_game_with_the_lock(source: random.Random, depth: int, seed: int) -> None:
    """Whatever is played at free infosets is worth the same in both; free best responses are those of the recursion."""
    tree = naive.random_tree(source, depth)
    game = from_tree(tree)
    assume(sum(game.infosets) > 1)
    policy = random_policy(game, seed)
    chosen = [{text: row for text, row in part.items() if source.random() < 0.5} for part in tables(game, policy)]
    count = sum(map(len, chosen))
    assume(0 < count < sum(game.infosets))
    left = locked_game(game, chosen)
    assert left.game.infosets == (
        game.infosets[0] - len(chosen[0]),
        game.infosets[1] - len(chosen[1]),
    )
    free = random_policy(left.game, seed + 1)
    whole = left.lift(free)
    assert expected_value(left.game, free) == pytest.approx(expected_value(game, whole), abs=1e-12)
    table = naive.table_of(game, whole)
    for player, text in ((p, t) for p in (0, 1) for t in chosen[p]):
        assert table[player, text] == pytest.approx([probability for _, probability in chosen[player][text]])
    again = left.lower(whole)
    for player, small in enumerate(left.game.treeplexes):
        np.testing.assert_allclose(again[player], free[player], atol=1e-12)
        assert small.first[-1] == len(free[player])


@pytest.mark.parametrize("player", [0, 1])
def test_a_restricted_nash_response_goes_from_an_equilibrium_to_the_best_response(player: int) -> None:
    """Johanson, Zinkevich and Bowling (2007): as p grows it gains more from the policy and guarantees less."""
    game = compile_game("leduc_poker")
    policy = random_policy(game, 5)
    gains, worst = [], []
    for weight in (0.0, 0.4, 1.0):
        left = locked_game(game, tables(game, policy), player=player, weight=weight)
        solution = solve(left.game, "lp")
        answer = left.answer(left.lift(solution.policy))
        assert answer is not None
        gains.append(answer["against_lock"])
        worst.append(answer["worst_case"])
        free = 1 - player
        # The value of the restricted game is what the definition says: p of the lock, and the rest at its best.
        mixed = left.lift(solution.policy)
        assert solution.evaluation.values[free] == pytest.approx(evaluate(game, mixed).values[free], abs=1e-9)
    assert gains == sorted(gains)
    assert worst == sorted(worst, reverse=True)
    assert worst[0] == pytest.approx((1 - 2 * player) * 0.0856064240780, abs=1e-7)
    assert gains[-1] == pytest.approx(best_response(game, policy, 1 - player).value)


def test_the_command_locks_part_of_a_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    game = compile_game("kuhn_poker")
    file = tmp_path / "lock.csv"
    file.write_text("player,information_state,action,probability\n1,0b,0,0\n1,0b,1,1\n")
    options = ["kuhn_poker", "--lock", str(file), "--algorithm", "lp"]
    assert main([*options, "--output", str(tmp_path / "out"), "--policy", str(tmp_path / "out.csv")]) == 0
    written = json.loads((tmp_path / "out" / "solution.json").read_text())
    assert written["locked_infosets"] == [0, 1]
    assert written["answer"] is None
    assert written["exploitability"] == pytest.approx(0.0, abs=1e-9)
    assert written["whole_game"]["exploitability"] > 1e-3  # player 1 would rather fold the lowest card
    assert "1b,1" not in (tmp_path / "out.csv").read_text().splitlines()[0]
    assert "1,0b,1,Bet,1.0" in (tmp_path / "out.csv").read_text()
    assert "locked: 0 + 1 infosets" in capsys.readouterr().out
    write_policy(tmp_path / "whole.npz", game, random_policy(game, 1))
    weighted = ["kuhn_poker", "--lock", str(tmp_path / "whole.npz"), "--lock-player", "0", "--lock-weight", "0.5"]
    assert main([*weighted, "--algorithm", "mmd", "--alpha", "0.2", "--output", str(tmp_path / "weighted")]) == 0
    assert json.loads((tmp_path / "weighted" / "solution.json").read_text())["lock_weight"] == 0.5
    other = [*weighted[:-1], "0.6", "--algorithm", "mmd", "--alpha", "0.2", "--output", str(tmp_path / "weighted")]
    assert main(other) == 2
    assert "holds a run with another game" in capsys.readouterr().err


def test_locks_that_do_not_fit_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    game = compile_game("kuhn_poker")
    whole, part, none = tmp_path / "whole.npz", tmp_path / "part.csv", tmp_path / "none.csv"
    save_policy(whole, game, random_policy(game, 1))
    part.write_text("player,information_state,action,probability\n1,0b,0,0\n1,0b,1,1\n")
    none.write_text("player,information_state,action,probability\n1,nowhere,0,1\n")
    for options, sentence in (
        (["--lock", str(whole)], "the whole policy of kuhn_poker() is locked, and nothing is left"),
        (["--lock", str(part), "--lock-weight", "0.5"], "a lock with a weight is of one player with all infosets"),
        (["--lock", str(none)], "there is no infoset of kuhn_poker() among those that are to be locked"),
        (["--lock", "no.csv"], "--lock: there is no file no.csv"),
        (["--lock-player", "1"], "--lock-player is of a lock: give --lock FILE"),
        (["--lock", str(part), "--lock-player", "2"], "--lock-player must be 0 or 1, not 2"),
        (["--lock", str(part), "--lock-weight", "1.5"], "--lock-weight must be between 0 and 1, not 1.5"),
        (
            ["--lock", str(part), "--algorithm", "external-mccfr"],
            "is a sampled method and has no --lock",
        ),
    ):
        assert main(["kuhn_poker", *options]) == 2
        error = capsys.readouterr().err
        assert sentence in error
        assert error.count("\n") == 1


def test_a_path_of_temperatures_starts_each_from_the_one_before(tmp_path: Path) -> None:
    options = ["kuhn_poker", "--alpha", "1,0.5,0.2", "--form", "behavioral", "--iterations", "20000"]
    assert main([*options, "--tolerance", "1e-7", "--output", str(tmp_path / "path")]) == 0
    path = json.loads((tmp_path / "path" / "solution.json").read_text())["path"]
    assert [entry["alpha"] for entry in path] == ["1", "0.5", "0.2"]
    assert all(entry["result"] == "converged" for entry in path)
    direct = solve("kuhn_poker", "mmd-behavioural", alpha=0.2, iterations=20000, tolerance=1e-7)
    assert path[-1]["value"] == pytest.approx(direct.value, abs=1e-6)
    assert path[-1]["exploitability"] < path[0]["exploitability"]
    assert (tmp_path / "path" / "path" / "alpha-0.5.npz").exists()
    assert main(["kuhn_poker", "--alpha", "1,x"]) == 2
    assert main(["kuhn_poker", "--alpha", "1,0.1", "--compare", "mmd"]) == 2


def test_a_lock_needs_a_player_and_a_probability() -> None:
    game = compile_game("kuhn_poker")
    both = tables(game, random_policy(game, 0))
    with pytest.raises(ValueError, match="the players are 0 and 1, not 2"):
        locked_game(game, both, player=2)
    with pytest.raises(ValueError, match="a probability, between 0 and 1, not 2"):
        locked_game(game, both, player=0, weight=2.0)
    assert isinstance(locked_game(game, both, player=0), LockedGame)
