"""``python -m agents.play``: a person types, sees what the seat sees, gets hints, and a replay is kept."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from agents.agent import Explanation
from agents.game import load_game
from agents.human.command import run
from agents.human.options import Options
from agents.human.player import parse_action, parse_hanabi, seen_text, why_not_the_highest
from agents.play import main
from games._base.errors import UsageError
from games.hanabi.game import standard
from games.hanabi.moves import move_text, parse_move
from games.hanabi.position import Position
from games.hanabi.replay import GameRecord
from games.hanabi.state import HanabiState
from games.hanabi.text import position_text


def sit_down(typed: list[str], folder: Path, **options: Any) -> str:
    """Play with what is typed, line by line, and return all that is shown."""
    given: dict[str, Any] = {"seed": 5, "output": folder, "hints": "none"} | options
    shown = io.StringIO()
    answers: Iterator[str] = iter(typed)

    def read(prompt: str) -> str:
        try:
            answer = next(answers)
        except StopIteration:
            raise EOFError from None
        shown.write(f"{prompt}{answer}\n")
        return answer

    run(Options(**given), Console(file=shown, width=120), read=read)
    return shown.getvalue()


def saved(folder: Path) -> tuple[str, dict[str, Any]]:
    (text,) = folder.glob("*.txt")
    return text.read_text(), json.loads(text.with_suffix(".json").read_text())


def test_a_game_of_kuhn_is_played_to_its_end_and_kept(tmp_path: Path) -> None:
    shown = sit_down(["1", "0", "1"], tmp_path, game="kuhn_poker", against=("uniform",), seat=0)
    text, data = saved(tmp_path)
    assert "seed 5" in shown
    assert data["players"] == ["you", "uniform"]
    state = load_game("kuhn_poker").rules.new_initial_state()
    for action in data["actions"]:
        state.apply_action(action)
    assert state.is_terminal()
    assert data["returns"] == state.returns()
    assert f"Returns: you {state.returns()[0]:g}, uniform {state.returns()[1]:g}" in shown
    assert "Returns:" in text
    assert re.search(r"you +Bet", text)


def test_the_same_seed_deals_the_same_cards_and_nothing_else_is_shown(tmp_path: Path) -> None:
    """Player 0 sees its own card (Kuhn's information state is the card and the bets), not the opponent's."""
    shown = {}
    for seat in (0, 1):
        shown[seat] = sit_down(["q"], tmp_path / str(seat), game="leduc_poker", against=("uniform",), seat=seat)
    _, data = saved(tmp_path / "0")
    mine, theirs = data["actions"][:2]
    assert saved(tmp_path / "1")[1]["actions"][:2] == [mine, theirs]
    assert f"[Private: {mine}]" in shown[0]
    assert f"[Private: {theirs}]" in shown[1]
    assert f"[Private: {theirs}]" not in shown[0]
    assert "Left before the end" in shown[0]
    assert data["returns"] is None


def test_what_is_not_a_move_is_asked_for_again(tmp_path: Path) -> None:
    shown = sit_down(["fold", "9", "", "c", "Call", "q"], tmp_path, game="leduc_poker", against=("uniform",))
    assert "'fold' is not a legal action; legal are 1 (Call), 2 (Raise)" in shown
    assert "'9' is not a legal action" in shown
    assert shown.count("Type a move, ? for a hint, q to leave.") == 3
    _, data = saved(tmp_path)
    assert "Call" in data["words"][2]


def test_hints_show_policy_and_values(tmp_path: Path) -> None:
    typed = ["?", "?", "q"]
    shown = sit_down(typed, tmp_path / "a", game="leduc_poker", against=("uniform",), hints="cfr(iterations=20)")
    assert shown.count("policy ┃") == 2
    assert re.search(r"Call +│ +[\d.]+% │ +-?[\d.]+ │ +– │", shown)
    shown = sit_down(typed, tmp_path / "b", game="leduc_poker", against=("uniform",), hints="mmds(rollouts=30)")
    assert "30 rollouts" in shown
    shown = sit_down(["?", "q"], tmp_path / "c", game="leduc_poker", against=("uniform",))
    assert "no planner to ask" in shown
    shown = sit_down(["?", "q"], tmp_path / "d", game="kuhn_poker", against=("uniform",), hints=None)
    assert "rollouts" in shown


def test_hanabi_is_played_with_hints_and_the_own_cards_hidden(tmp_path: Path) -> None:
    typed = ["?", "h red", "h1", "p9", "d 0", "hint +1 rank 1", "p0", "p1", "p2", "p3", "q"]
    shown = sit_down(
        typed, tmp_path, game="hanabi(players=2)", against=("smart",), hints="mds(blueprint=iggi, rollouts=60)"
    )
    assert re.search(r"player 0   (\?\?\s+){4}\?\?", shown)
    assert "rollouts of iggi" in shown
    assert "cards in hand are numbered 0 to 4, not 9" in shown
    text, data = saved(tmp_path)
    assert "you" in text
    before_the_end = shown.split("over after")[0]
    own = [line for line in before_the_end.splitlines() if "player 0   " in line]
    assert own
    assert all(re.fullmatch(r"> player 0 +(\?\?\s*)+", line) for line in own)
    assert data["deck"]


def test_a_whole_game_of_hanabi_ends_with_its_score(tmp_path: Path) -> None:
    shown = sit_down(["p0"] * 40, tmp_path, game="hanabi(variant=small)", against=("iggi",))
    assert re.search(r"Returns: team \d", shown)
    assert "the last life is lost" in shown


def test_a_partner_that_crashes_ends_the_game_with_the_reason(tmp_path: Path) -> None:
    shown = sit_down(["0", "0"], tmp_path, game="kuhn_poker", against=("tests.agents.players:Illegal",))
    assert "forfeits: made the illegal move 17. Returns: you 2," in shown


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"game": "kuhn_poker", "against": ("uniform",), "seat": 2}, "--seat must be 0 to 1, not 2"),
        ({"game": "kuhn_poker", "against": ("uniform", "cfr")}, "has 1 other seats: --against names 1 or all"),
        ({"game": "kuhn_poker", "against": ("unifrm",)}, "did you mean 'uniform'"),
        ({"game": "kuhn_poker", "against": ("uniform",), "hints": "tests.agents.players:Last"}, "does not say"),
        ({"game": "", "against": ("uniform",)}, "say what is played"),
        ({"game": "kuhn_poker", "against": ()}, "say who else plays"),
    ],
)
def test_bad_options_end_with_one_sentence(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        sit_down([], tmp_path, **options)
    assert not list(tmp_path.iterdir())


def test_the_command_ends_well_at_the_end_of_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))
    arguments = ["--game", "leduc_poker", "--against", "uniform", "--output", str(tmp_path), "--hints", "none"]
    assert main(arguments) == 0
    assert "The replay is in" in capsys.readouterr().out


def test_every_legal_move_of_hanabi_is_understood() -> None:
    game = standard(3)
    for move in range(game.moves):
        assert parse_hanabi(game, move_text(game, move), list(range(game.moves))) == move
    for short, full in (
        ("p0", "play 0"),
        ("d 3", "discard 3"),
        ("h+1 2", "hint +1 rank 2"),
        ("h+2 red", "hint +2 red"),
    ):
        assert parse_hanabi(game, short, list(range(game.moves))) == parse_move(game, full)
    everything = list(range(game.moves))
    for short, full in (("+2 red", "hint +2 red"), ("hint +2 1", "hint +2 rank 1"), ("Play 4", "play 4")):
        assert parse_hanabi(game, short, everything) == parse_move(game, full)
    two = standard(2)
    for short, full in (("r1", "rank 1"), ("1", "rank 1"), ("red", "red"), ("hint 1", "rank 1"), ("H B", "blue")):
        assert parse_hanabi(two, short, list(range(two.moves))) == parse_move(two, f"hint +1 {full}")
    with pytest.raises(ValueError, match=r"to several players: say hint \+1 red or hint \+2 red"):
        parse_hanabi(game, "red", everything)
    assert parse_hanabi(game, "red", [parse_move(game, "hint +2 red")]) == parse_move(game, "hint +2 red")
    for wrong in ("p", "hint", "h", "+9 red", "r9", "dance"):
        with pytest.raises(ValueError, match=r"\w"):
            parse_hanabi(two, wrong, list(range(two.moves)))
    with pytest.raises(ValueError, match="discard 0 is not legal here"):
        parse_hanabi(game, "d0", [5])


def test_every_move_since_the_last_own_one_is_told(tmp_path: Path) -> None:
    shown = sit_down(["help", "p0", "q"], tmp_path, game="hanabi(players=3)", against=("piers",), seat=1)
    assert "discard 0, d0" in shown
    before, after = shown.split("Since your last move:")
    assert re.search(r"So far:\n  player 0: ", before)
    told = after.splitlines()[1:4]
    assert [line.split(":")[0] for line in told] == ["  you", "  player 2", "  player 0"]
    assert re.search(r"you: play 0, \w\d, a ", told[0])


def test_a_recommendation_that_is_not_of_the_highest_value_is_explained() -> None:
    def words(action: int) -> str:
        return f"action {action}"

    said = why_not_the_highest(Explanation((1, 2), (0.9, 0.1), (3.0, 3.5), (0.3, 0.4), "search"), words)
    assert "action 2 has the highest value, 0.500 above action 1, which is 1.0 standard errors" in said
    nan = float("nan")
    for policy, values in (((0.1, 0.9), (3.0, 3.5)), ((0.9, 0.1), (nan, nan)), ((0.9, 0.1), (3.0, nan))):
        assert why_not_the_highest(Explanation((1, 2), policy, values, (0.3, nan), "search"), words) == ""


def test_actions_are_found_by_number_word_or_beginning() -> None:
    words = {0: "Fold", 1: "Call", 2: "Call all"}
    assert [parse_action(typed, words) for typed in ("0", "fold", "F", "call", "call a")] == [0, 0, 0, 1, 2]
    with pytest.raises(ValueError, match="could be several"):
        parse_action("c", words)


def test_a_seen_position_reads_as_the_state_does_with_the_hand_hidden() -> None:
    state = HanabiState.from_seed(standard(2), 3)
    for move in ("play 0", "play 2"):
        state.apply(move)
    for seat in (0, 1):
        shown = Position(state.game, state.view(seat))
        assert position_text(shown, seat) == position_text(state, seat)
        assert shown.hand(seat) == [-1] * 5
        assert not hasattr(shown, "deck")


def test_boards_of_perfect_information_are_shown_whole() -> None:
    state = load_game("tic_tac_toe").rules.new_initial_state()
    assert seen_text(state, 0) == str(state)


def test_replays_of_hanabi_are_games_that_can_happen(tmp_path: Path) -> None:
    sit_down(["p0"] * 40, tmp_path, game="hanabi(variant=small)", against=("iggi",), seat=1)
    _, data = saved(tmp_path)
    record = GameRecord.from_json(data)
    assert record.seed == 5
    assert record.final.is_terminal
