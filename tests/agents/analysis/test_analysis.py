"""Decisions analysed: closed forms, the search that plays, and games that leave every convention."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agents.analysis.accuracy import accuracy, grade_of
from agents.analysis.analyse import analyse
from agents.analysis.asking import search_for
from agents.analysis.decisions import analyse_moves, paired_loss, seats_for
from agents.blueprints import registry
from agents.hanabi.blueprints import policy_for
from agents.hanabi.players import searcher
from games.hanabi import small, standard
from games.hanabi.bridges import state_to_openspiel
from games.hanabi.built import built_position
from games.hanabi.moves import parse_move
from games.hanabi.replay import GameRecord
from games.hanabi.state import HanabiState
from games.hanabi.view import HanabiView
from search.hanabi.spec import SearchSpec
from tests.games.hanabi.test_view import played
from tests.search.hanabi.searching import seen

CHEAP = {"rollouts": 120, "threads": 1}


def test_the_belief_of_a_first_move_is_what_is_not_seen() -> None:
    state = HanabiState.from_seed(small(2), 4)
    found = analyse(state, **CHEAP)
    unseen = np.array(HanabiView(small(2), state.view(0)).unseen)
    assert found.exact
    np.testing.assert_allclose(found.belief, np.tile(unseen / unseen.sum(), (2, 1)), atol=1e-12)


def test_the_last_move_of_a_game_is_worth_what_it_scores() -> None:
    """The deck is empty, one turn is left, the own cards are R5, the one that is missing, and Y2, in some order."""
    game = small(2)
    gone = ["R1", "R1", "R2", "R3", "R4", "Y1", "Y1", "Y1", "Y2", "Y3", "Y4", "Y5"]
    play, discard = parse_move(game, "play 0"), parse_move(game, "discard 0")
    for hint, worth, chances in (("R5", 5.0, {4: 1.0}), ("..", 4.5, {4: 0.5, 6: 0.5})):
        position = built_position(
            game,
            [["??", "??"], ["Y3", "Y4"]],
            hints=[[hint, ".."], ["..", ".."]],
            fireworks={"R": 4},
            discards=gone,
            information_tokens=1,
            turns_left=1,
        )
        found = analyse(position, **CHEAP)
        assert (position.cards_left, found.exact) == (0, True)
        assert found.of(play).value == pytest.approx(worth, abs=0.1)
        assert (found.of(discard).value, found.of(discard).error) == (4.0, 0.0)
        np.testing.assert_allclose(found.belief[0], [chances.get(kind, 0.0) for kind in range(game.types)])
    assert found.of(play).lost == 0.0 or found.moves[0].move == parse_move(game, "play 1")
    assert found.of(discard).lost == pytest.approx(0.5, abs=0.1)


def test_it_is_the_search_that_plays() -> None:
    """The same keys, the same values, but where the playing seat takes its first move for unbeatable."""
    game = standard(2)
    search = search_for(game, blueprint="smart", rollouts=400, softening=0.2)
    policy = policy_for(search.game, "smart", 1)
    state, compared = played(game, 5, 14), 0
    for turn, analysed in zip((10, 13), _told(search, policy, state, (10, 13)), strict=True):
        before = HanabiState(search.game, state.deck, state.history[:turn])
        playing = searcher(search, policy, 1)()
        decision = playing.decide(seen(playing, before, before.current_player))
        if decision.outcome != "searched":
            continue
        compared += 1
        assert (analysed.planner_move, analysed.blueprint_move) == (decision.action, decision.blueprint_action)
        for action, q, error in zip(decision.actions, decision.q, decision.standard_error, strict=True):
            value = analysed.of(int(action))
            assert value.value == pytest.approx(q) and value.error == pytest.approx(error)
    assert compared


def _told(search, policy, state, turns):  # type: ignore[no-untyped-def]
    """Ask fresh seats turn by turn, as the search that plays here is one that decides for the first time."""
    for turn in turns:
        (found,) = analyse_moves(search, policy, state.deck, state.history[: turn + 1], threads=1, turns=[turn])
        yield found


def test_losses_are_paired_over_the_worlds_that_both_have() -> None:
    best, other = np.array([3.0, 5.0, 4.0, 9.0]), np.array([2.0, 5.0, 1.0])
    lost, error = paired_loss(best, other)
    assert lost == pytest.approx(4 / 3) and error == pytest.approx(np.std([1, 0, 3], ddof=1) / math.sqrt(3))
    assert math.isnan(paired_loss(best[:1], other)[1])
    state = played(small(2), 3, 6)
    found = analyse(state, **CHEAP)
    assert found.moves[0].lost == 0.0
    for value in found.moves:
        if not value.dropped:
            assert value.lost == pytest.approx(found.best - value.value) and value.lost >= 0
        assert value.rollouts <= found.moves[0].rollouts
    assert sum(value.rollouts for value in found.moves) == found.rollouts


def test_values_of_a_game_that_leaves_every_convention_do_not_collapse() -> None:
    """Random moves: with the free continuation each decision is searched and most are worth far more than the table."""
    state = played(standard(2), 12, 24)
    record = GameRecord.from_state(state)
    found = analyse(record, rollouts=120, threads=1, turns=range(4, len(record.moves), 5))
    assert len(found) > 2
    for one in found:
        before = HanabiState(standard(2, "keep"), state.deck, state.history[: one.turn])
        assert one.outcome == "searched"
        assert before.score < one.best <= before.best_score
        assert one.belief.sum(axis=1) == pytest.approx(1.0)
    assert np.mean([one.best for one in found]) > 8


def test_partners_are_taken_for_what_the_run_took_them_for() -> None:
    run = SearchSpec(partners="fitted").resolved(standard(2), registry)
    found = search_for(standard(2), run)
    assert (found.partners, found.softening) == ("fitted", run.softening)
    assert search_for(standard(2), run, blueprint="smart").partners == search_for(standard(2)).partners == "uniform"


def test_a_seat_is_not_shown_what_its_player_does_not_see() -> None:
    state = played(standard(2), 2, 9)
    search = search_for(standard(2), rollouts=60)
    member = seats_for(search, policy_for(search.game, search.blueprint, 1), 1)[state.current_player]
    with pytest.raises(ValueError, match="shows its own hand"):
        seen_open(member, state)


def seen_open(member, state):  # type: ignore[no-untyped-def]
    from search.seating import Seating

    member.start(Seating(state.game, state.current_player, 0, state.array))


def test_states_of_openspiel_are_analysed_and_other_things_are_not() -> None:
    state = played(small(2), 7, 3)
    ours, theirs = (analyse(one, **CHEAP) for one in (state, state_to_openspiel(state)))
    assert ours.belief == pytest.approx(theirs.belief)
    assert [value.move for value in ours.moves] and ours.player == theirs.player
    with pytest.raises(ValueError, match="neither a game nor a position"):
        analyse(3)
    over = played(small(2), 7, 100)
    with pytest.raises(ValueError, match="the game is over"):
        analyse(over)


def test_the_accuracy_of_a_game_adds_up() -> None:
    record = GameRecord.from_state(played(small(2), 1, 8))
    found = analyse(record, **CHEAP)
    rows = {row["of"]: row for row in accuracy(small(2), found, record.moves)}
    lost = [one.of(record.moves[one.turn]).missed for one in found if one.turn < len(record.moves)]
    known = [value for value in lost if math.isfinite(value)]
    assert rows["all moves"]["moves"] == len(known)
    assert rows["all moves"]["lost"] == pytest.approx(np.mean(known))
    assert sum(rows[name]["moves"] for name in ("plays", "discards", "hints")) == len(known)
    assert sum(rows[f"player {seat}"]["moves"] for seat in (0, 1)) == len(known)
    assert [grade_of(lost, 0.1, 1000) for lost in (1.5, 0.6, 0.3, 0.21, 0.1)] == [
        "blunder",
        "mistake",
        "inaccuracy",
        "inaccuracy",
        None,
    ]
    assert grade_of(1.5, 1.0, 1000) is None and grade_of(math.nan, 0.1, 1000) is None


def test_a_few_worlds_that_agree_prove_no_blunder() -> None:
    assert [grade_of(3.0, 0.0, worlds) for worlds in (1, 2, 9, 10)] == [None, None, None, "blunder"]
    assert [grade_of(0.2, 0.0, worlds) for worlds in (10, 11)] == [None, "inaccuracy"]


def test_moves_whose_error_is_not_known_are_not_counted() -> None:
    """One world a move has no error; nor has a decision without a belief any value."""
    record = GameRecord.from_state(played(standard(2), 12, 6))
    few = analyse(record, rollouts=20, threads=1, turns=range(3))
    enough = analyse(record, rollouts=400, threads=1, turns=range(3, 6))
    assert all(math.isnan(one.of(record.moves[one.turn]).lost_error) for one in few)
    row = accuracy(standard(2), few, record.moves)[0]
    assert (row["moves"], row["unknown"], row["lost"], row["error"], row["agree"]) == (0, 3, None, None, None)
    both, alone = (accuracy(standard(2), some, record.moves)[0] for some in ([*few, *enough], enough))
    assert (both["moves"], both["unknown"]) == (3, 3) and both | {"unknown": 0} == alone
    assert alone["error"] > 0
