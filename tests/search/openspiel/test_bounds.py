"""Building a search and deciding take bounded work in any game; nothing is played again from the start."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pyspiel
import pytest

from games.extensive import compile as compiling
from games.extensive.game_tree import GameTree, TreeInfoset
from search.openspiel import Search, SearchGame, SearchOptions
from search.openspiel import tree as trees

SMALL = SearchOptions(rollouts=4, particles=4, attempts=5, depth=6, value=lambda states: np.zeros((len(states), 2)))
BIG = {
    "backgammon": "state",
    "battleship": "particles",
    "breakthrough": "state",
    "chess": "state",
    "connect_four": "state",
    "dark_chess": "particles",
    "gin_rummy": "particles",
    "go(board_size=9)": "state",
    "goofspiel": "state",
    "goofspiel(imp_info=True)": "particles",
    "hex": "state",
    "oshi_zumo": "state",
    "oshi_zumo(coins=3)": "state",
    "phantom_go": "particles",
    "repeated_game(stage_game=matrix_rps(),num_repetitions=1000)": "state",
    "tic_tac_toe": "state",
    "universal_poker": "particles",
}


class Counted:
    """Counts what is asked of every state on the way: a stand-in for a ``pyspiel.Game``."""

    def __init__(self, game: Any, counts: Counter[str]) -> None:
        self._game, self._counts = game, counts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._game, name)

    def __str__(self) -> str:
        return str(self._game)

    def new_initial_state(self) -> CountedState:
        return CountedState(self._game.new_initial_state(), self._counts)


class CountedState:
    def __init__(self, state: Any, counts: Counter[str]) -> None:
        self._state, self._counts = state, counts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)

    def apply_action(self, action: int) -> None:
        self._counts["applied"] += 1
        self._state.apply_action(action)

    def child(self, action: int) -> CountedState:
        self._counts["applied"] += 1
        return CountedState(self._state.child(action), self._counts)

    def clone(self) -> CountedState:
        return CountedState(self._state.clone(), self._counts)

    def information_state_string(self, player: int) -> str:
        self._counts["asked"] += 1
        return str(self._state.information_state_string(player))

    def observation_string(self, player: int) -> str:
        self._counts["asked"] += 1
        return str(self._state.observation_string(player))


def counted_search(name: Any, options: SearchOptions) -> tuple[Search, Counter[str]]:
    counts: Counter[str] = Counter()
    game = SearchGame(name)
    game.game = Counted(game.game, counts)
    return Search(game, options=options), counts


def outcome(state: Any, generator: np.random.Generator) -> int:
    actions, chances = zip(*state.chance_outcomes(), strict=True)
    return int(generator.choice(actions, p=np.array(chances) / sum(chances)))


@pytest.mark.parametrize("name", BIG)
def test_big_games_are_built_and_played_with_a_bounded_number_of_steps(name: str) -> None:
    """With the games' defaults: at most 200 probes of few plies or 200,000 histories, then decisions by the budget."""
    search, counts = counted_search(name, SMALL)
    assert search.belief == BIG[name]
    assert counts["applied"] <= 2 * trees.LARGEST
    counts.clear()
    state = pyspiel.load_game(name).new_initial_state()
    generator = np.random.default_rng(5)
    decisions = 0
    while decisions < 4 and not state.is_terminal():
        if state.is_chance_node():
            state.apply_action(outcome(state, generator))
            continue
        movers = range(2) if state.is_simultaneous_node() else [state.current_player()]
        actions = [search.decide(state, player, 3).action for player in movers]
        state.apply_actions(actions) if state.is_simultaneous_node() else state.apply_action(actions[0])
        decisions += 1
    assert decisions == 4 or state.is_terminal()


def test_a_game_that_an_estimate_takes_for_small_is_given_up_by_counting() -> None:
    """Bids of nothing for a thousand rounds: random probes see few histories, and each text is as long as the game."""
    game = SearchGame("oshi_zumo(coins=3)")
    assert compiling.estimate_histories(game.game) < trees.LARGEST
    with pytest.raises(trees.TooManyHistories, match=r"what the players of .* see has more than 500,000 characters"):
        trees.HistoryTree(game, 2000)


def test_a_large_game_is_known_to_be_large_after_a_few_steps() -> None:
    counts: Counter[str] = Counter()
    estimate = compiling.estimate_histories(Counted(pyspiel.load_game("go"), counts), enough=trees.LARGEST)
    assert estimate > trees.LARGEST
    assert counts["applied"] <= 4
    leduc = pyspiel.load_game("leduc_poker")
    assert compiling.estimate_histories(leduc, enough=1e9) == compiling.estimate_histories(leduc)


def centipede(length: int) -> GameTree:
    """Return a game of ``length`` moves: a coin that nobody sees, then players in turn stop or go on."""
    coin = TreeInfoset(-1, "", ("heads", "tails"), (Fraction(1, 2), Fraction(1, 2)))
    moves = [TreeInfoset(ply % 2, f"move {ply}", ("stop", "go")) for ply in range(length)]
    tree = GameTree("centipede", "", ("one", "two"), [coin, *moves])
    nothing = (Fraction(0), Fraction(0))
    tree.add(-1, 0, nothing)
    for sign in (1, -1):
        above = 0
        for ply in range(length):
            node = tree.histories
            tree.add(above, 1 + ply, nothing)
            tree.add(node, -1, (Fraction(sign), Fraction(-sign)))
            above = node
        tree.add(above, -1, nothing)
    return tree


@pytest.mark.parametrize("kind", ["particles", "state"])
def test_the_work_of_a_game_is_linear_in_its_length(kind: str) -> None:
    """Steps and texts of all decisions of a game; played again from the start they would be quadratic in its length."""
    found = []
    for length in (60, 120):
        if kind == "particles":
            game: Any = centipede(length)
        else:
            game = f"repeated_game(stage_game=matrix_mp(),num_repetitions={length // 2})"
        search, counts = counted_search(game, replace(SMALL, belief="particles"))
        assert search.belief == kind
        counts.clear()
        state = search.game.game.new_initial_state()
        decisions = 0
        while not state.is_terminal():
            if state.is_chance_node():
                state.apply_action(0)
                continue
            assert search.decide(state, state.current_player(), 1).outcome in ("searched", "maximal")
            state.apply_action(1)
            decisions += 1
        assert decisions == length
        found.append((counts["applied"], counts["asked"]))
    for short, long in zip(*found, strict=True):
        assert short > 0
        assert long < 2.3 * short
