"""How often a policy makes the moves of recorded games, and the files of games that people played."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from agents.analysis.agreement import Opinion, _row, agreement, opinions
from agents.analysis.ah2ac2 import read_games
from agents.analysis.sources import read_records, read_source
from agents.hanabi.blueprints import policy_for
from agents.hanabi_analysis import main
from agents.hanabi_search import main as search
from games.hanabi import standard
from games.hanabi.replay import GameRecord
from games.hanabi.state import HanabiState
from games.hanabi.suits import VariantGame
from search.hanabi.keys import SeatKeys
from search.hanabi.seat import FollowSeat
from search.seating import Seating
from tests.games.hanabi.test_view import played

RECORDS = [GameRecord.from_state(played(standard(3), seed, 12 + seed)) for seed in range(3)]


def games_of(policy: Any, game: Any, number: int) -> GameRecord:
    """Return a game that a policy plays with itself."""
    state = HanabiState.from_seed(game, 5, number)
    keys = SeatKeys.of_game(game, 0, number)
    seats = [FollowSeat(policy) for _ in range(game.players)]
    for seat, member in enumerate(seats):
        member.start(Seating(game, seat, 0, state.view(seat), keys))
    while not state.is_terminal:
        move = seats[state.current_player].act(state.view(state.current_player))
        before = [state.view(seat) for seat in range(game.players)]
        state.apply(move)
        for seat, member in enumerate(seats):
            member.observe(before[seat], state.view(seat))
    return GameRecord.from_state(state)


@pytest.mark.parametrize(
    ("name", "game"),
    [("smart", standard(2)), ("piers", VariantGame(2, suits=("red", "yellow", "green", "blue", "rainbow")))],
    ids=["smart", "piers with a rainbow suit"],
)
def test_a_policy_agrees_with_its_own_games(name: str, game: Any) -> None:
    policy = policy_for(game, name)
    rows = agreement(lambda _: policy, [games_of(policy, game, number) for number in range(2)])
    assert [row["of"] for row in rows] == ["all moves", "plays", "discards", "hints"]
    assert all(row["agree"] == 1.0 and row["error"] == 0.0 for row in rows)
    assert rows[0]["moves"] == sum(row["moves"] for row in rows[1:]) and 0 < rows[0]["chance"] < 0.5
    assert rows[0]["log_likelihood"] is None


def test_errors_are_clustered_by_game() -> None:
    """By the formula of a ratio of sums over games, written down once more."""
    rng = np.random.default_rng(3)
    found = [
        Opinion(int(game), "play", bool(rng.random() < 0.2 + 0.2 * game), float(rng.uniform(0.1, 1)), 20, False)
        for game in rng.integers(0, 4, 60)
    ]
    row = _row(found, False)
    for key, error, value in (
        ("agree", "error", lambda one: float(one.agrees)),
        ("log_likelihood", "log_likelihood_error", lambda one: math.log(one.chance)),
    ):
        mean = sum(value(one) for one in found) / len(found)
        rest = [sum(value(one) - mean for one in found if one.game == game) for game in range(4)]
        assert row[key] == pytest.approx(mean)
        assert row[error] == pytest.approx(math.sqrt(4 / 3 * sum(part**2 for part in rest)) / len(found))
    assert row["chance"] == pytest.approx(0.05)
    assert _row(found[:1], True) | {"agree": None} == {
        "moves": 1, "agree": None, "error": None, "chance": 0.05, "log_likelihood": None, "log_likelihood_error": None
    }  # fmt: skip


def test_a_random_player_agrees_as_chance_has_it() -> None:
    policy = policy_for(standard(3), "random")
    told = [one for number, record in enumerate(RECORDS) for one in opinions(policy, record, number)]
    assert [one.game for one in told] == [n for n, record in enumerate(RECORDS) for _ in record.moves]
    assert all(one.chance >= 1 / one.legal - 1e-12 for one in told)  # its softening is 1: the uniform policy


def write(path: Path, **changed: Any) -> Path:
    """Write our games as the data set has its own."""
    longest = max(len(record.moves) for record in RECORDS)
    actions = np.full((len(RECORDS), longest, 3), standard(3).moves, np.int32)
    for number, record in enumerate(RECORDS):
        for turn, move in enumerate(record.moves):
            actions[number, turn, turn % 3] = move
    arrays = {
        "decks": np.array([[divmod(card, 5) for card in record.deck] for record in RECORDS], np.int32),
        "actions": actions,
        "num_actions": np.array([len(record.moves) for record in RECORDS], np.int32),
        "scores": np.array([record.score for record in RECORDS], np.int32),
        "game_ids": np.arange(70, 73, dtype=np.int32),
        "num_players": np.array(3, np.int32),
    } | changed
    save_file({name: array for name, array in arrays.items() if array is not None}, path)
    return path


def test_a_data_set_of_people_is_read_as_it_is_published(tmp_path: Path) -> None:
    path = write(tmp_path / "games.safetensors")
    assert read_games(path) == RECORDS == read_records(str(path)).games
    assert read_records(str(path)).search is None
    assert read_source(str(path)).game == RECORDS[0]
    assert read_source(str(path), 2).game == RECORDS[2]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"scores": np.array([25, 25, 25], np.int32)}, "game 70 scores"),
        ({"num_actions": np.array([999, 1, 1], np.int32)}, "more than the array"),
        ({"num_actions": np.array([2, 1, 1], np.int32)}, "game 70: somebody moves out of turn"),
        ({"num_players": np.array(4, np.int32)}, "decks must be"),
        ({"decks": None}, "it lacks 'decks'"),
        ({"game_ids": np.zeros(2, np.int32)}, "one number a game"),
    ],
)
def test_a_damaged_data_set_is_named_in_one_sentence(changed: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "games.safetensors", **changed)
    with pytest.raises(ValueError, match=message) as caught:
        read_games(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_the_command_tells_agreement_for_folders_and_data_sets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "games"
    folder.mkdir()
    for number, record in enumerate(RECORDS):
        record.save(folder / f"{number}.json")
    found = []
    for source in (folder, write(tmp_path / "games.safetensors")):
        table = tmp_path / "table.json"
        assert main([str(source), "--agreement", "--workers", "1", "--output", str(table)]) == 0
        found.append(json.loads(table.read_text())["agreement"])
    assert found[0] == found[1] and found[0][0]["moves"] == sum(len(record.moves) for record in RECORDS)
    assert "piers beside 3 recorded games" in capsys.readouterr().out


@pytest.mark.parametrize(("more", "name"), [([], "smart"), (["--blueprint", "piers"], "piers")])
def test_a_run_is_asked_how_often_its_own_blueprint_agrees(
    more: list[str], name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, table = tmp_path / "run", tmp_path / "table.json"
    command = ["--variant", "small", "--blueprint", "smart", "--games", "1", "--rollouts", "20", "--workers", "1"]
    assert search([*command, "--output", str(folder)]) == 0
    assert main([str(folder), "--agreement", "--workers", "1", "--output", str(table), *more]) == 0
    found = json.loads(table.read_text())
    (line,) = [json.loads(line) for line in (folder / "games.jsonl").read_text().splitlines()]
    same = [ours == theirs for ours, theirs in zip(line["moves"], line["blueprint_moves"], strict=True)]
    assert found["blueprint"] == name and f"{name} beside 1 recorded game" in capsys.readouterr().out
    if name == "smart":
        row = found["agreement"][0]
        assert len(same) - row["moves"] + row["agree"] * row["moves"] == pytest.approx(sum(same))
