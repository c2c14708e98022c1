"""Players of other libraries at our tables, and ours at theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyspiel
import pytest

from agents.agent import Seating
from agents.blueprints.registry import blueprint
from agents.game import load_game
from agents.openspiel.adapters import AgentBot
from agents.openspiel.players import TabularAgent
from agents.registry import agent_type
from games.extensive import compile_game
from games.extensive.policies import uniform_policy
from games.hanabi.bridges import hle_parameters, state_from_hle
from games.hanabi.environments.dictionaries import move_of, move_to_dictionary, observation_of
from games.hanabi.game import HanabiGame, small, standard
from games.hanabi.self_play import self_play
from games.hanabi.state import HanabiState
from games.hanabi.view import HanabiView
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.seat import FollowSeat
from solvers.extensive.evaluation import expected_value
from solvers.extensive.solving import solve

rl_env = pytest.importorskip("hanabi_learning_environment.rl_env", reason="HLE is not installed")

from agents.hanabi.hle import HleAgent, RlEnvAgent  # noqa: E402


@pytest.mark.parametrize("game", [standard(2), standard(3), standard(5), small(2)], ids=["2", "3", "5", "small"])
def test_observations_of_views_are_those_of_rl_env(game: HanabiGame) -> None:
    generator = np.random.default_rng(5)
    for seed in range(3):
        environment = rl_env.HanabiEnv(hle_parameters(game, seed))
        theirs = environment.reset()
        done, discards = False, []  # type: ignore[var-annotated]
        while not done:
            ours = state_from_hle(game, environment.state)
            for seat, expected in enumerate(theirs["player_observations"]):
                found = observation_of(HanabiView(game, ours.view(seat), seat), discards)
                assert found == {key: expected[key] for key in found}
                assert set(expected) - set(found) == {"pyhanabi"}
            move = int(generator.choice(ours.legal_moves()))
            moved = ours.copy()
            moved.apply(move)
            if move < 2 * game.cards_in_hand and moved.score <= ours.score and moved.fireworks == ours.fireworks:
                discards.append(ours.hand(ours.current_player)[move % game.cards_in_hand])
            theirs, _, done, _ = environment.step(move)


def test_moves_go_to_hle_and_back() -> None:
    for game in (standard(2), standard(5)):
        environment = rl_env.HanabiEnv(hle_parameters(game, 1))
        for move in range(game.moves):
            dictionary = environment.game.get_move(move).to_dict()
            assert move_to_dictionary(game, move) == dictionary
            assert move_of(game, dictionary) == move_of(game, move) == move
    with pytest.raises(ValueError, match="not a move of HLE"):
        move_of(standard(2), "play 0")


@pytest.mark.parametrize(("name", "players", "every_turn"), [("smart", 2, True), ("piers", 3, False)])
def test_our_agents_play_in_rl_env_as_at_our_own_table(name: str, players: int, every_turn: bool) -> None:
    """The deck of HLE's game is dealt to our own self-play too: the same moves, the same score."""
    game = standard(players)
    for seed in range(4):
        environment = rl_env.HanabiEnv(hle_parameters(game, seed))
        agents = [RlEnvAgent(FollowSeat(CompiledPolicy(blueprint(name))), game, seat) for seat in range(players)]
        observations, done = environment.reset(), False
        while not done:
            mover = observations["current_player"]
            for seat, agent in enumerate(agents):
                if every_turn or seat == mover:
                    answer = agent.act(observations["player_observations"][seat])
                    assert (answer is not None) == (seat == mover)
                    chosen = answer if seat == mover else chosen  # noqa: F821
            observations, _, done, _ = environment.step(chosen)
        theirs = state_from_hle(game, environment.state)
        ours = HanabiState.from_deck(game, theirs.deck)
        play_out(ours, name)
        assert ours.history == theirs.history


def play_out(state: HanabiState, name: str) -> None:
    agents = [FollowSeat(CompiledPolicy(blueprint(name))) for _ in range(state.game.players)]
    for seat, agent in enumerate(agents):
        agent.start(Seating(state.game, seat, 0, state.view(seat)))
    while not state.is_terminal:
        player = state.current_player
        move = agents[player].act(state.view(player))
        before = [state.view(seat) for seat in range(state.game.players)]
        state.apply(move)
        for seat, agent in enumerate(agents):
            agent.observe(before[seat], state.view(seat))


def test_an_agent_of_hle_plays_at_our_table_what_it_plays_in_rl_env() -> None:
    simple = pytest.importorskip("hanabi_learning_environment.agents.simple_agent").SimpleAgent
    game = standard(2)
    for seed in range(5):
        environment = rl_env.HanabiEnv(hle_parameters(game, seed))
        observations, done = environment.reset(), False
        theirs = [simple({"information_tokens": 8}) for _ in range(2)]
        deck_state = None
        while not done:
            mover = observations["current_player"]
            observations, _, done, _ = environment.step(theirs[mover].act(observations["player_observations"][mover]))
            deck_state = state_from_hle(game, environment.state)
        assert deck_state is not None
        ours = HanabiState.from_deck(game, deck_state.deck)
        agents = [HleAgent(simple) for _ in range(2)]
        for seat, agent in enumerate(agents):
            agent.start(Seating(game, seat, 7, ours.view(seat)))
        while not ours.is_terminal:
            player = ours.current_player
            move = agents[player].act(ours.view(player))
            before = [ours.view(seat) for seat in range(2)]
            ours.apply(move)
            for seat, agent in enumerate(agents):
                agent.observe(before[seat], ours.view(seat))
        assert ours.history == deck_state.history


def test_random_agents_of_hle_depend_on_the_seed_of_the_game_only() -> None:
    game = load_game("hanabi(players=2)")
    make = agent_type("hanabi_learning_environment.agents.random_agent:RandomAgent", game).make
    state = HanabiState.from_seed(game.rules, 0)
    moves = []
    for seed in (1, 1, 2):
        agent: Any = make()
        agent.start(Seating(game.rules, 0, seed, state.view(0)))
        moves.append([agent.act(state.view(0)) for _ in range(20)])
    assert moves[0] == moves[1] != moves[2]


def test_our_agent_as_a_bot_draws_from_its_policy() -> None:
    game = pyspiel.load_game("kuhn_poker")
    agent = agent_type("cfr(iterations=200)", load_game("kuhn_poker")).make()
    assert isinstance(agent, TabularAgent)
    bots = [AgentBot(agent, game, 0, 3), pyspiel.make_uniform_random_bot(1, 4)]
    generator = np.random.RandomState(0)
    total = np.zeros(2)
    for _ in range(3000):
        total += pyspiel.evaluate_bots(game.new_initial_state(), bots, int(generator.randint(2**31)))
    compiled = compile_game("kuhn_poker")
    exact = expected_value(compiled, (solve(compiled, "cfr", iterations=200).policy[0], uniform_policy(compiled)[1]))
    assert abs(total[0] / 3000 - exact) < 4 * 2.0 / np.sqrt(3000)
    assert total[0] == -total[1]


def test_ismcts_plays_where_openspiel_cannot_resample_and_sees_no_more_than_its_view() -> None:
    """In Dark Hex the stone that the opponent has placed is hidden: wherever it is, the search is the same."""
    game = load_game("dark_hex(board_size=2,gameversion=adh)")
    agent: Any = agent_type("ismcts(simulations=8)", game).make()
    assert type(agent).__name__ == "Ismcts"
    states = [game.rules.new_initial_state() for _ in range(4)]
    for stone, state in enumerate(states):
        state.apply_action(stone)
    for seed in range(3):
        answers = []
        for state in states:
            agent.start(Seating(game.rules, 1, seed))
            answers.append((agent.act_at(state), repr(agent.explain_at(state))))
        assert len(set(answers)) == 1
    assert type(agent_type("ismcts", load_game("leduc_poker")).make()).__name__ == "BotAgent"


def test_a_search_that_repeats_plays_the_same_policy_for_a_seed_and_others_are_marked() -> None:
    game = load_game("leduc_poker")
    kind = agent_type("ismcts(simulations=200, repeats=true)", game)
    assert kind.repeats
    assert [agent_type(text, game).repeats for text in ("ismcts(simulations=5)", "uniform", "bot:uniform_random")] == [
        False, True, True,
    ]  # fmt: skip
    state = game.rules.new_initial_state()
    for action in (2, 0):
        state.apply_action(action)

    def policy(seed: int) -> tuple[float, ...]:
        agent: Any = kind.make()
        agent.start(Seating(game.rules, 0, seed, state))
        found: tuple[float, ...] = agent.explain_at(state).policy
        return found

    assert len({policy(7) for _ in range(5)}) == 1
    assert len({policy(seed) for seed in range(5)}) > 1


def test_the_search_finds_what_is_better_than_the_rest() -> None:
    """Kuhn poker: a queen that may bet into a pass or call a bet never folds a king; the king always calls."""
    game = load_game("kuhn_poker")
    state = game.rules.new_initial_state()
    for action in (0, 2, 1):  # player 1 holds the king and is bet into
        state.apply_action(action)
    agent: Any = agent_type("ismcts(simulations=400, repeats=true)", game).make()
    agent.start(Seating(game.rules, 1, 3, state))
    fold, call = agent.explain_at(state).policy
    assert call > 0.9 > fold


def test_self_play_score_is_the_kernels() -> None:
    game = standard(2)
    state = HanabiState.from_seed(game, 3, 9)
    play_out(state, "smart")
    assert state.score == self_play(game, blueprint("smart"), 1, 3, 9).scores[0]
