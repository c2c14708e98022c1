"""Tables: seeded chance, duplicate deals, views that hide what is hidden, forfeits; the same for Hanabi."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyspiel
import pytest

from agents.agent import OpenSpielView, Seating, ViewAgent
from agents.blueprints.registry import blueprint
from agents.game import Game, load_game
from agents.hanabi.table import HanabiTable
from agents.hanabi.teams import play_teams
from agents.openspiel.adapters import view_of
from agents.openspiel.table import OpenSpielTable
from agents.registry import agent_type
from games.hanabi.game import small, standard
from games.hanabi.self_play import self_play
from games.hanabi.state import HanabiState
from search.seating import BeliefRecord, RecordsBeliefs
from tests.agents.players import Recorder

PLAYERS = "tests.agents.players"


def table(game: Game, *agents: str, move_time: float | None = None) -> OpenSpielTable:
    return OpenSpielTable(game, [agent_type(text, game).make() for text in agents], move_time)


def chances(game: Game, history: list[int]) -> list[int]:
    state, found = game.rules.new_initial_state(), []
    for action in history:
        if state.is_chance_node():
            found.append(action)
        state.apply_action(action)
    return found


def test_chance_comes_from_the_deal_and_has_the_games_probabilities() -> None:
    game = load_game("kuhn_poker")
    one, other = table(game, "uniform", f"{PLAYERS}:Last"), table(game, f"{PLAYERS}:Last", "uniform")
    deals = Counter()  # type: ignore[var-annotated]
    for key in range(3000):
        first, second = one.play(key, [key, key + 1]), other.play(key, [5, 6])
        assert chances(game, first.history) == chances(game, second.history)
        deals[tuple(chances(game, first.history))] += 1
    assert len(deals) == 6
    assert all(abs(count - 500) < 4 * np.sqrt(3000 * 5 / 36) for count in deals.values())


def test_a_game_played_is_a_game_of_openspiel() -> None:
    for name in ("leduc_poker", "phantom_ttt", "goofspiel(num_cards=3)", "kuhn_poker(players=3)", "pig(winscore=10)"):
        game = load_game(name)
        played = table(game, *["uniform"] * game.players).play(11, list(range(game.players)))
        state = game.rules.new_initial_state()
        for action in played.history:
            state.apply_action(action)
        assert state.is_terminal()
        assert played.returns == state.returns()
        assert played.moves == sum(played.seat_moves) == len(played.history) - len(chances(game, played.history))


def plain(value: Any) -> bool:
    """Return whether a value is data all the way down: nothing from which a state could be reached."""
    if isinstance(value, (list, tuple)):
        return all(plain(part) for part in value)
    return type(value) in (int, float, str)


@pytest.mark.parametrize("sees", ["actions", "information-state", "observation", "information-state-tensor"])
def test_views_are_plain_data(sees: str) -> None:
    game = load_game("leduc_poker")
    Recorder.views.clear()
    recorder = f"{PLAYERS}:Recorder(sees={sees!r})"
    table(game, recorder, recorder).play(1, [0, 0])
    assert len(Recorder.views) >= 2
    for view in Recorder.views:
        assert type(view) is OpenSpielView
        assert plain(view)
        assert bool(view.text) == (sees in ("information-state", "observation"))


def deal(game: str, *chance: int) -> Any:
    state = pyspiel.load_game(game).new_initial_state()
    for action in chance:
        state.apply_action(action)
    return state


def test_scrambling_what_is_hidden_changes_neither_views_nor_decisions() -> None:
    """Player 0 of Leduc holds card 2; whatever player 1 holds, the views and the searched moves are the same."""
    game = load_game("leduc_poker")
    states = [deal("leduc_poker", 2, other) for other in (0, 1, 3, 4, 5)]
    for sees in ("information-state", "observation", "information-state-tensor", "observation-tensor"):
        views = [view_of(state, 0, sees) for state in states]  # type: ignore[arg-type]
        assert all(view == views[0] for view in views[1:])
    for text in (
        "mmds(rollouts=60, blueprint=cfr(iterations=5))",
        "mds(rollouts=60)",
        "mmds(rollouts=60, belief=particles)",
    ):
        agent: Any = agent_type(text, game).make()
        for seed in range(3):
            agent.start(Seating(game.rules, 0, seed))
            explained = [agent.explain_at(state) for state in states]
            assert len({repr(one) for one in explained}) == 1
            assert len({agent.act_at(state) for state in states}) == 1


@pytest.mark.parametrize("text", ["smart", "random", "mds(blueprint=iggi, rollouts=40, particles=40)"])
def test_scrambling_the_own_hand_changes_no_move_in_hanabi(text: str) -> None:
    game = load_game("hanabi(variant=small)")
    rules = game.rules
    for seed in range(3):
        state = HanabiState.from_seed(rules, seed)
        for seat in (0, 1):
            scrambled = state.copy()
            own = [rules.card_offset(seat, card) for card in range(rules.cards_in_hand)]
            # The own cards change places with undealt ones; the view shows neither.
            scrambled.array[own], scrambled.deck[-2:] = state.deck[-2:], state.hand(seat)
            assert scrambled.hand(seat) != state.hand(seat) or state.deck[-2:].tolist() == state.hand(seat)
            moves = []
            for truth in (state.copy(), scrambled):
                agent: Any = agent_type(text, game).make()
                agent.start(Seating(rules, seat, 9, truth.view(seat)))
                if seat == 1:
                    before = truth.view(seat)
                    truth.apply("play 0")
                    agent.observe(before, truth.view(seat))
                moves.append(agent.act(truth.view(seat)))
            assert moves[0] == moves[1]


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        ("Crashes", "crashed: RuntimeError: broken <object object at 0x>"),
        ("Crashes(how=exit)", "crashed: SystemExit: 3"),
        ("Crashes(at=start)", "crashed at the start: RuntimeError: broken <object object at 0x>"),
        ("Illegal", "made the illegal move 17"),
        ("Illegal(what='none')", "made the illegal move None"),
        ("Illegal(what=text)", "made the illegal move 'fold'"),
    ],
)
@pytest.mark.parametrize("seat", [0, 1])
def test_who_misbehaves_forfeits(agent: str, reason: str, seat: int) -> None:
    game = load_game("leduc_poker")
    seated = ["uniform", "uniform"]
    seated[seat] = f"{PLAYERS}:{agent}"
    played = table(game, *seated).play(4, [1, 2])
    assert played.forfeit == (seat, reason)
    assert played.returns == ([-13.0, 13.0] if seat == 0 else [13.0, -13.0])


@pytest.mark.parametrize("agent", ["Slow", "Slow(seconds=0.2, stubborn=true)"])
def test_who_is_too_slow_forfeits_and_is_cut_short(agent: str) -> None:
    game = load_game("kuhn_poker")
    played = table(game, f"{PLAYERS}:{agent}", "uniform", move_time=0.05).play(4, [1, 2])
    assert played.forfeit == (0, "took longer than 0.05 s for a move")
    assert played.seconds[0] < 1.0
    assert table(game, "uniform", "uniform", move_time=30.0).play(4, [1, 2]).forfeit is None


def test_bots_are_told_what_evaluate_bots_would_tell_them() -> None:
    """The bot itself compares what it was told with the history of the state."""
    game = load_game("leduc_poker")
    for key in range(20):
        played = table(game, f"{PLAYERS}:Bot(action=-1)", f"{PLAYERS}:Bot(action=-1)").play(key, [key, key])
        assert played.forfeit is None


@pytest.mark.filterwarnings("error")
def test_compiled_teams_play_as_the_table_does() -> None:
    """Mixed teams, randomised policies among them: the same scores and moves as one call of Python a move."""
    game = load_game("hanabi(players=3)")
    team = ["smart", "random", "iggi"]
    tables = [HanabiTable(game.rules, [agent_type(text, game).make() for text in team]) for _ in range(2)]
    deals = [0, 3, 4]
    seeds = [[deal, 2**64 - 1 - deal, 5] for deal in deals]
    compiled = tables[0].play_compiled(7, deals, seeds)
    assert tables[0].compiled
    for deal, row, found in zip(deals, seeds, compiled, strict=True):
        played = tables[1].play(HanabiState.from_seed(game.rules, 7, deal), row)
        assert (played.returns, played.moves, played.seat_moves) == (found.returns, found.moves, found.seat_moves)


def test_compiled_self_play_is_self_play() -> None:
    for name, rules in (("smart", standard(2)), ("piers", small(3))):
        found = play_teams(
            rules, [blueprint(name)] * rules.players, 5, [2, 3, 4], np.zeros((3, rules.players), np.int64)
        )
        assert found[:, 0].tolist() == self_play(rules, blueprint(name), 3, 5, 2).scores.tolist()


def test_forfeits_in_hanabi_cost_the_team_its_points() -> None:
    game = load_game("hanabi(players=2)")
    agents = [agent_type(text, game).make() for text in ("smart", f"{PLAYERS}:HanabiIllegal")]
    played = HanabiTable(game.rules, agents).play(HanabiState.from_seed(game.rules, 0), [1, 2])
    assert played.forfeit == (1, "made the illegal move 999")
    assert played.returns == [0.0, 0.0]
    agents = [agent_type(f"{PLAYERS}:HanabiFirst", game).make() for _ in range(2)]
    played = HanabiTable(game.rules, agents).play(HanabiState.from_seed(game.rules, 0), [1, 2])
    assert played.forfeit is None


class Says(ViewAgent, RecordsBeliefs):
    """Plays the last action, and says anything about its beliefs."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def act(self, view: OpenSpielView) -> int:
        return view.legal_actions[-1]

    def belief_record(self) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ((3, 1, 0), BeliefRecord(3, 1, 0)),
        ((np.int64(3), True, 0), BeliefRecord(3, 1, 0)),
        ((3, 1), None),
        ((3, -1, 0), None),
        ((3, 1.5, 0), None),
        ((1 << 70, 0, 0), None),
        (None, None),
        (ValueError("no"), None),
    ],
)
def test_what_agents_say_of_their_beliefs_is_exact_or_left_out(answer: Any, kept: BeliefRecord | None) -> None:
    game = load_game("kuhn_poker")
    search = agent_type("mmds(rollouts=6, belief=particles, particles=3)", game).make()
    played = OpenSpielTable(game, [Says(answer), search]).play(5, [1, 2])
    assert played.beliefs == [kept, BeliefRecord(played.seat_moves[1], 0, 0)]
    assert OpenSpielTable(game, [Says(None), Says(None)]).play(5, [1, 2]).beliefs is None


def test_an_explanation_says_what_was_wrong_with_the_belief() -> None:
    game = load_game("gin_rummy")
    state, generator = game.rules.new_initial_state(), np.random.default_rng(0)
    while state.is_chance_node():
        state.apply_action(int(generator.choice(state.legal_actions())))
    agent: Any = agent_type("mmds(rollouts=4, particles=1)", game).make()
    agent.start(Seating(game.rules, state.current_player(), 1))
    source = agent.explain_at(state).source
    assert source == "0 rollouts, fallback (no simulated history agrees with what was seen)"
    assert agent.belief_record() == (0, 0, 0)
