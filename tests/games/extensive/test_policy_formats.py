"""Policies as tables, profiles and pickles: what is written is read back, and means the same to others."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pyspiel
import pytest

from games.extensive import compile_game
from games.extensive.compile import compile_general_game
from games.extensive.policies import (
    load_policy,
    policies_from_tables,
    random_policy,
    tables_of_game,
    uniform_policies,
    write_policy,
)
from games.extensive.table_policy import table_policy

GAMES = ("kuhn_poker", "liars_dice(dice_sides=3)", "goofspiel(num_cards=3,imp_info=True,points_order=descending)")


@pytest.mark.parametrize("suffix", ["npz", "json", "csv", "profile"])
@pytest.mark.parametrize("name", GAMES)
def test_a_policy_comes_back_from_every_format(name: str, suffix: str, tmp_path: Path) -> None:
    game = compile_game(name)
    policy, file = random_policy(game, 1), tmp_path / f"policy.{suffix}"
    write_policy(file, game, policy)
    for mine, read in zip(policy, load_policy(file, game), strict=True):
        np.testing.assert_array_equal(mine, read)


@pytest.mark.parametrize("suffix", ["npz", "json", "csv", "profile"])
def test_so_does_one_of_three_players(suffix: str, tmp_path: Path) -> None:
    game, file = compile_general_game("kuhn_poker(players=3)"), tmp_path / f"policy.{suffix}"
    policy = [part * np.linspace(0.9, 1.1, len(part)) for part in uniform_policies(game)]
    for part, tree in zip(policy, game.treeplexes, strict=True):
        part[0] = 1.0
        for i in range(len(tree.parent)):
            part[tree.first[i] : tree.first[i + 1]] /= part[tree.first[i] : tree.first[i + 1]].sum()
    write_policy(file, game, policy)
    for mine, read in zip(policy, policies_from_tables(game, tables_of_game(file, game)), strict=True):
        np.testing.assert_array_equal(mine, read)


def test_a_profile_is_in_the_order_of_gambits_file(tmp_path: Path) -> None:
    """In OpenSpiel's own file of Kuhn poker player 1 has the infosets 0, 0pb, 1, 1pb, ... as a walk meets them."""
    efg = tmp_path / "kuhn.efg"
    efg.write_text(pyspiel.get_kuhn_poker_efg_data())
    game = compile_game(str(efg))
    (tmp_path / "given.profile").write_text("NE," + ",".join(["1/4,3/4"] + ["1,0"] * 11) + "\n")
    policy = load_policy(tmp_path / "given.profile", game)
    first = next(text for text in game.names[0].information_states)
    start = game.treeplexes[0].first[game.index[0][first]]
    assert policy[0][start : start + 2].tolist() == [0.25, 0.75]
    assert policy[1][1::2].tolist() == [1.0] * 6


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.csv", "player,action\n", "lacks the column information_state"),
        ("a.csv", "player,information_state,action,probability\n0,0,x,1\n", "line 2: a row has a player from 0"),
        ("a.csv", "player,information_state,action,probability\n7,0,0,1\n", "has a policy for 8 players"),
        ("a.profile", "NE,1,0", "has 2 probabilities, and a behaviour profile of"),
        ("a.profile", "NE," + "x," * 23 + "1", "has 'x' where a probability must be"),
        ("a.profile", "NE," + "1/0," * 23 + "1", "has '1/0' where a probability must be"),
        ("a.txt", "", "is not a policy"),
    ],
)
def test_what_is_wrong_is_one_sentence(name: str, text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=sentence):
        load_policy(tmp_path / name, compile_game("kuhn_poker"))


def test_a_format_that_is_none_is_refused(tmp_path: Path) -> None:
    game = compile_game("kuhn_poker")
    with pytest.raises(ValueError, match=r"a policy is written to \.npz, \.json, \.csv, \.profile, not to 'a.txt'"):
        write_policy(tmp_path / "a.txt", game, random_policy(game, 1))


def test_a_table_policy_is_pickled_and_asked_like_open_spiels() -> None:
    game, open_spiel = compile_game("leduc_poker"), pyspiel.load_game("leduc_poker")
    policy = random_policy(game, 4)
    asked = pickle.loads(pickle.dumps(table_policy(game, policy)))
    state = open_spiel.new_initial_state()
    for action in (0, 2, 1):
        state.apply_action(action)
    start = game.treeplexes[1].first[game.index[1][state.information_state_string()]]
    found = asked.action_probabilities(state)
    assert list(found) == state.legal_actions()
    assert list(found.values()) == policy[1][start : start + len(found)].tolist()
