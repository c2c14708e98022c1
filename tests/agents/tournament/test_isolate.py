"""Isolated agents: the same results, nothing hidden in what they are sent, and what they do ends with their game."""

from __future__ import annotations

import io
import json
import os
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyspiel
import pytest
from rich.console import Console

from agents.agent import Seating
from agents.game import load_game
from agents.isolated.messages import (
    LONGEST,
    START,
    act_question,
    answer_of,
    observe_question,
    read_answer,
    start_question,
)
from agents.isolated.player import AgentProcess, IsolatedPlayer
from agents.openspiel.adapters import view_of
from agents.runs.forfeit import Elsewhere, Returned, exact_action, illegal_reason
from agents.tournament.command import run
from agents.tournament.options import Options
from games._base.errors import UsageError
from games.hanabi.state import HanabiState
from tests.agents.hostile import RETURNS

HOSTILE, PLAYERS = "tests.agents.hostile", "tests.agents.players"


def tournament(output: Path | None, *agents: str, game: str = "kuhn_poker", **options: Any) -> dict[str, Any]:
    given = {"games": 6, "seed": 3, "workers": 1, "isolate": True} | options
    return run(Options(game=game, agents=agents, output=output, **given), Console(file=io.StringIO(), width=120))


FIELDS = {
    "kuhn_poker": ("uniform", f"{PLAYERS}:Last(slip=0.5)"),
    "hanabi(variant=small)": ("smart", f"{PLAYERS}:HanabiFirst"),
}


@pytest.mark.parametrize("game", FIELDS)
def test_results_are_the_same_as_at_one_table(game: str, tmp_path: Path) -> None:
    for isolate in (False, True):
        tournament(tmp_path / str(isolate), *FIELDS[game], game=game, games=2, isolate=isolate)
    for name in ("games.jsonl", "histories.jsonl", "results.json", "run.json"):
        assert (tmp_path / "True" / name).read_bytes() == (tmp_path / "False" / name).read_bytes()


def test_hostile_agents_forfeit_as_at_one_table(tmp_path: Path) -> None:
    agents = (
        "uniform",
        f"base={HOSTILE}:Hostile(how=base)",
        f"dies={HOSTILE}:Hostile(how='_exit 7')",
        f"odd={HOSTILE}:Returns(what=odd)",
    )
    for isolate in (False, True):
        tournament(tmp_path / str(isolate), *agents, games=2, isolate=isolate, gauntlet=True)
    for name in ("games.jsonl", "histories.jsonl", "results.json"):
        assert (tmp_path / "True" / name).read_bytes() == (tmp_path / "False" / name).read_bytes()


def test_who_takes_too_long_forfeits_and_the_next_game_begins() -> None:
    found = tournament(None, "uniform", f"x={HOSTILE}:Hostile(how=hang)", games=2, move_time=0.3)
    assert [line["reason"] for line in found["forfeits"]["reasons"]] == ["took longer than 0.3 s for a move"]
    assert found["forfeits"]["by_agent"] == {"x": 2}


@pytest.mark.parametrize("agent", ["ismcts(simulations=2)", f"{HOSTILE}:Told(how=error)"])
def test_who_wants_the_state_is_refused_by_name(agent: str) -> None:
    with pytest.raises(UsageError, match=re.escape("x is given the state of the game")):
        tournament(None, "uniform", f"x={agent}")


def test_who_is_given_the_state_is_marked(tmp_path: Path) -> None:
    results = tournament(tmp_path, "uniform", "x=ismcts(simulations=2)", games=2, isolate=False)
    assert results["run"]["given_state"] == ["x"]
    assert json.loads((tmp_path / "results.json").read_text())["run"]["given_state"] == ["x"]
    assert "x is given the state of the game" in (tmp_path / "report.html").read_text()


def test_control_variates_are_refused() -> None:
    with pytest.raises(UsageError, match="--isolate"):
        tournament(None, "uniform", "b=uniform", control_variate="uniform")


def _states(deals: list[int]) -> list[Any]:
    """Return Leduc states in which player 0 is to act, after these deals."""
    found = []
    for own, other in (deals, [deals[0], 3 if deals[1] != 3 else 4]):
        state = pyspiel.load_game("leduc_poker").new_initial_state()
        for action in (own, other, 1, 1):
            state.apply_action(action)
        state.apply_action(5 if state.is_chance_node() else 1)
        found.append(state)
    return found


@pytest.mark.parametrize(
    "sees", ["actions", "information-state", "observation", "information-state-tensor", "observation-tensor"]
)
def test_what_an_agent_is_sent_does_not_depend_on_what_is_hidden(sees: Any) -> None:
    for own in range(3):
        one, other = _states([own, 4 if own != 4 else 0])
        assert one.information_state_string(1) != other.information_state_string(1)
        sent = [act_question(view_of(state, 0, sees)) for state in (one, other)]
        assert sent[0] == sent[1]
        assert b"pyspiel" not in sent[0]


def _sent(state: HanabiState, seat: int) -> list[bytes]:
    view = state.view(seat)
    return [act_question(view), observe_question(view, view), start_question(Seating(state.game, seat, 9, view))]


def _exchanged(state: HanabiState, one: int, other: int) -> HanabiState:
    """Return the state with two cards of the deck exchanged, after the same moves."""
    deck = state.deck.copy()
    deck[[one, other]] = deck[[other, one]]
    return HanabiState.from_deck(state.game, deck, state.history)


def test_hanabi_sends_nothing_of_the_own_hand() -> None:
    rules = load_game("hanabi(players=3)").rules
    state = HanabiState.from_seed(rules, 5, 0)
    last, own = len(state.deck) - 1, 0
    for place in range(15):
        if state.deck[place] == state.deck[last]:
            continue
        changed = _exchanged(state, place, last)
        differs = [_sent(changed, seat) != _sent(state, seat) for seat in range(3)]
        assert sum(differs) == 2  # whoever holds the card is not told, the others are
        own += 1
    assert own > 10


def test_hanabi_sends_nothing_of_the_deck() -> None:
    rules = load_game("hanabi(players=3)").rules
    random = np.random.default_rng(7)
    state, drawn = HanabiState.from_seed(rules, 5, 0), 15
    for _ in range(12):
        changed = state
        for _ in range(10):
            one, other = random.integers(drawn + 12, len(state.deck), 2)
            changed = _exchanged(changed, int(one), int(other))
        assert changed.deck.tolist() != state.deck.tolist()
        assert all(_sent(changed, seat) == _sent(state, seat) for seat in range(3))
        legal = state.legal_moves()
        state.apply(int(legal[random.integers(len(legal))]))


def test_answers_are_read_as_answers_or_not_at_all() -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return os._exit, (3,)

    for answer in (b"", b"\x00more", b"\x01", b"\x01" + b"1" * 9, b"\x02", b"\x77", pickle.dumps(Evil())):
        with pytest.raises(ValueError, match="no answer"):
            read_answer(answer)
    for name, value in RETURNS.items():
        answer = answer_of(lambda value=value: value, (), acts=True)
        assert len(answer) < LONGEST
        assert exact_action(read_answer(answer)) == exact_action(value) or name == "huge"
        assert illegal_reason(read_answer(answer)) == illegal_reason(value)
    assert isinstance(read_answer(answer_of(lambda: np.int64(3), (), acts=True)), Returned)
    with pytest.raises(Elsewhere, match="ZeroDivisionError"):
        read_answer(answer_of(lambda: 1 / 0, (), acts=True))
    assert read_answer(answer_of(lambda: 5, (), acts=False)) is None


def test_the_process_knows_no_state_and_ends_with_the_table() -> None:
    process = AgentProcess("kuhn_poker", "uniform")
    player = IsolatedPlayer(process, None)
    player.start(Seating(None, 0, 5))
    game = pyspiel.load_game("kuhn_poker")
    state = game.new_initial_state()
    for action in (0, 1):
        state.apply_action(action)
    assert player.act(view_of(state, 0, player.sees)) in (0, 1)
    assert pickle.loads(start_question(Seating(game, 0, 5)))[0] == START
    child = process._child
    os.kill(child, 0)
    process.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
