from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pyspiel
import pytest
from open_spiel.python import policy as open_spiel_policy

from games.extensive import Decision, ExtensiveGame, GameError, Policy, Terminal, compile_game, from_tree
from games.extensive.policies import (
    checked_policy,
    from_open_spiel,
    load_policy,
    missing_infosets,
    policy_from_table,
    policy_table,
    random_policy,
    save_policy,
    to_open_spiel,
    to_open_spiel_python,
    two_player_tables,
    uniform_policy,
    write_policy_json,
)
from games.extensive.store import game_from_file


def assert_equal(one: Policy, other: Policy, tolerance: float = 0.0) -> None:
    for mine, theirs in zip(one, other, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0.0, atol=tolerance)


@pytest.fixture
def kuhn() -> ExtensiveGame:
    return compile_game("kuhn_poker")


def test_uniform_and_random_policies_are_policies() -> None:
    game = compile_game("liars_dice(dice_sides=3)")
    for policy in (uniform_policy(game), random_policy(game, 0)):
        assert_equal(checked_policy(game, policy), policy)
        assert policy[0][0] == policy[1][0] == 1.0
    assert_equal(random_policy(game, 7), random_policy(game, 7))
    assert not np.array_equal(random_policy(game, 7)[0], random_policy(game, 8)[0])
    tree = game.treeplexes[1]
    for i in range(game.infosets[1]):
        probabilities = uniform_policy(game)[1][tree.first[i] : tree.first[i + 1]]
        assert set(probabilities) == {1 / len(probabilities)}


def test_a_policy_survives_its_file(tmp_path: Path) -> None:
    game = compile_game("goofspiel(num_cards=3,imp_info=True,points_order=descending)")
    policy = random_policy(game, 1)
    save_policy(str(tmp_path / "policy.npz"), game, policy)
    assert_equal(load_policy(str(tmp_path / "policy.npz"), game), policy)
    with np.load(tmp_path / "policy.npz") as file:
        assert set(file) == {"information_state", "player", "action", "probability"}
        assert {len(file[name]) for name in file} == {sum(game.sequences) - 2}
        assert file["information_state"].dtype.kind == "U"
        row = 30
        player, state = int(file["player"][row]), str(file["information_state"][row])
        assert dict(policy_table(game, policy, player)[state])[file["action"][row]] == file["probability"][row]


def test_a_policy_is_written_for_reading(tmp_path: Path, kuhn: ExtensiveGame) -> None:
    policy = random_policy(kuhn, 2)
    write_policy_json(tmp_path / "policy.json", kuhn, policy)
    written = json.loads((tmp_path / "policy.json").read_text())
    first = kuhn.treeplexes[1].first[kuhn.index[1]["2b"]]
    assert written["policy"]["player 1"]["2b"] == {"Pass": policy[1][first], "Bet": policy[1][first + 1]}
    assert {player: len(states) for player, states in written["policy"].items()} == {"player 0": 6, "player 1": 6}


def test_what_is_written_for_reading_can_be_read(tmp_path: Path, kuhn: ExtensiveGame) -> None:
    policy = random_policy(kuhn, 2)
    write_policy_json(tmp_path / "policy.json", kuhn, policy)
    for read, written in zip(load_policy(tmp_path / "policy.json", kuhn), policy, strict=True):
        np.testing.assert_array_equal(read, written)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is not a policy"),
        ("[1]", "is not a policy"),
        ('{"policy": {"player 0": {"0": {"Pass": "much"}}}}', "is not a policy"),
        ('{"policy": {"player 0": {"9": {"Pass": 1}}}}', "has the infoset '9' of player 0, which kuhn_poker"),
        ('{"policy": {"player 0": {"0": {"Fold": 1}}}}', "has the action 'Fold' at the infoset '0' of player 0"),
        ('{"policy": {"player 0": {"0": {"Pass": 1}}}}', "the policy lacks the infoset"),
        ('{"policy": {"player 0": {}, "player 1": {}, "player 2": {}}}', "a policy for 3 players"),
    ],
)
def test_a_bad_readable_policy_gives_a_sentence(
    tmp_path: Path, kuhn: ExtensiveGame, content: str, sentence: str
) -> None:
    (tmp_path / "policy.json").write_text(content)
    with pytest.raises(ValueError, match=re.escape(sentence)):
        load_policy(tmp_path / "policy.json", kuhn)


@pytest.mark.parametrize("name", ["kuhn_poker", "leduc_poker(suit_isomorphism=True)", "dark_hex(board_size=2)"])
def test_policies_go_to_open_spiel_and_come_back(name: str) -> None:
    game, reference = compile_game(name), pyspiel.load_game(name)
    policy = random_policy(game, 3)
    tabular = to_open_spiel_python(game, policy, reference)
    assert_equal(from_open_spiel(game, tabular), policy)
    assert_equal(from_open_spiel(game, to_open_spiel(game, policy)), policy)
    for player in (0, 1):
        for text, row in policy_table(game, policy, player).items():
            asked = to_open_spiel(game, policy).get_state_policy(text)
            assert asked == [(action, pytest.approx(probability)) for action, probability in row]


def test_the_average_policy_of_a_solver_and_any_policy_that_answers_to_states_come_in(kuhn: ExtensiveGame) -> None:
    reference = pyspiel.load_game("kuhn_poker")
    solver = pyspiel.CFRSolver(reference)
    for _ in range(5):
        solver.evaluate_and_update_policy()
    table = solver.tabular_average_policy().policy_table()
    average = from_open_spiel(kuhn, solver.average_policy())
    assert_equal(average, policy_from_table(kuhn, (table, table)))
    assert not np.array_equal(average[0], uniform_policy(kuhn)[0])
    first_action = open_spiel_policy.FirstActionPolicy(reference)
    taken = from_open_spiel(kuhn, first_action, reference)
    assert taken[0].tolist() == [1.0] + 6 * [1.0, 0.0]
    with pytest.raises(ValueError, match="FirstActionPolicy answers to states only"):
        from_open_spiel(kuhn, first_action)


def test_a_shared_information_state_cannot_go_into_one_table() -> None:
    game = from_tree(Decision(0, "same", {"a": Decision(1, "same", {"b": Terminal(0.0)})}))
    with pytest.raises(ValueError, match="the infoset 'same' is both players'"):
        to_open_spiel(game, uniform_policy(game))


def test_what_is_not_a_policy_is_refused(kuhn: ExtensiveGame) -> None:
    first, second = uniform_policy(kuhn)
    own = open_spiel_policy.TabularPolicy(pyspiel.load_game("kuhn_poker"))
    with pytest.raises(ValueError, match=r"not a TabularPolicy: from_open_spiel makes one of it$"):
        checked_policy(kuhn, own)
    with pytest.raises(ValueError, match="is not compiled: compile_game"):
        from_open_spiel("kuhn_poker", own)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a pair of arrays"):
        checked_policy(kuhn, [first])
    with pytest.raises(ValueError, match=r"player 1 has the shape \(5,\), but kuhn_poker\(\) has 13 sequences"):
        checked_policy(kuhn, [first, np.ones(5)])
    state = kuhn.names[0].information_states[2]
    for wrong in ([0.5, 0.6], [1.5, -0.5], [np.nan, 1.0]):
        bad = first.copy()
        start = kuhn.treeplexes[0].first[2]
        bad[start : start + 2] = wrong
        with pytest.raises(ValueError, match=f"player 0 at the infoset '{state}' must be at least 0 and sum to 1"):
            checked_policy(kuhn, [bad, second])


def test_tables_that_do_not_fit_the_game_are_refused(kuhn: ExtensiveGame) -> None:
    table = policy_table(kuhn, uniform_policy(kuhn), 0) | policy_table(kuhn, uniform_policy(kuhn), 1)
    with pytest.raises(ValueError, match="lacks the infoset '2b' of player 1"):
        policy_from_table(kuhn, (table, {state: row for state, row in table.items() if state != "2b"}))
    with pytest.raises(ValueError, match=r"the action 7 at the infoset '0' of player 0, where the legal .* \[0, 1\]"):
        policy_from_table(kuhn, (table | {"0": [(0, 0.5), (7, 0.5)]}, table))


def test_files_that_are_no_policies_are_refused(tmp_path: Path, kuhn: ExtensiveGame) -> None:
    file = tmp_path / "policy.npz"
    with pytest.raises(ValueError, match="there is no file"):
        load_policy(file, kuhn)
    file.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="is not a policy"):
        load_policy(file, kuhn)
    np.savez(file, information_state=np.array(["0"]), player=np.array([0]), action=np.array([0, 1]))
    with pytest.raises(ValueError, match="is not a policy"):
        load_policy(file, kuhn)
    columns = {"information_state": np.array(["0"]), "action": np.array([0]), "probability": np.array([1.0])}
    np.savez(file, player=np.array([0, 0]), **columns)
    with pytest.raises(ValueError, match="one row for each state and action"):
        load_policy(file, kuhn)
    np.savez(file, player=np.array([-1]), **columns)
    with pytest.raises(ValueError, match="a row of player -1"):
        load_policy(file, kuhn)
    np.savez(file, player=np.array([2]), **columns)
    with pytest.raises(ValueError, match="for 3 players"):
        load_policy(file, kuhn)
    np.savez(file, player=np.array([0]), **columns)
    with pytest.raises(ValueError, match=r"lacks the infoset '.*' of player 0 in kuhn_poker\(\)"):
        load_policy(file, kuhn)


def test_a_policy_that_lacks_infosets_is_filled_up_when_asked(tmp_path: Path, kuhn: ExtensiveGame) -> None:
    policy, file = random_policy(kuhn, 1), tmp_path / "policy.npz"
    save_policy(file, kuhn, policy)
    with np.load(file) as whole:
        kept = ~((whole["information_state"] == "0pb") | (whole["information_state"] == "2b"))
        columns = {name: whole[name][kept] for name in whole.files}
    np.savez(file, **columns)
    assert missing_infosets(kuhn, two_player_tables(file, kuhn)) == 2
    with pytest.raises(ValueError, match="lacks the infoset"):
        load_policy(file, kuhn)
    for player, text in ((0, "0pb"), (1, "2b")):
        start = kuhn.treeplexes[player].first[kuhn.index[player][text]]
        policy[player][start : start + 2] = 0.5
    assert_equal(load_policy(file, kuhn, fill=True), policy)


def test_damaged_files_are_refused_wherever_the_damage_is(tmp_path: Path, kuhn: ExtensiveGame) -> None:
    file, policy = tmp_path / "policy.npz", random_policy(kuhn, 1)
    save_policy(file, kuhn, policy)
    content, refused = file.read_bytes(), 0
    for place in range(0, len(content), 3):
        file.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            assert_equal(load_policy(file, kuhn), policy)  # what the damaged byte says is not needed
        except ValueError:
            refused += 1
    assert refused > 100
    np.save(tmp_path / "array.npy", np.ones(3))
    for name, wrong in (("array.npz", (tmp_path / "array.npy").read_bytes()), ("empty.npz", b"")):
        (tmp_path / name).write_bytes(wrong)
        with pytest.raises(ValueError, match="is not a policy"):
            load_policy(tmp_path / name, kuhn)
        with pytest.raises(GameError, match="is not a game: it is "):
            game_from_file(tmp_path / name)
