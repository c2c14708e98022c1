"""What every blueprint must satisfy: checks for one that you wrote, the same ones that the project's own pass.

``check(blueprint)`` plays seeded games from Python through the blueprint's three functions, independently of the
compiled loop in ``self_play``, and raises ``NonConformance`` with one sentence for the first rule of
``games.hanabi.blueprint`` that is broken. Each rule is a function of its own, too. Random moves are mixed in where it
matters, because teammates who search leave the convention.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from games._base.jit import kernel
from games._base.rng import draw, fold
from games.hanabi import rules as hanabi
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame, standard
from games.hanabi.layout import (
    CURRENT_PLAYER,
    DECK_SIZE,
    HAND_LENGTHS,
    HIDDEN,
    MOVES,
    RUNNING,
    STATE_SIZE,
    STATUS,
    TURN,
)
from games.hanabi.rules import card_address
from games.hanabi.self_play import POLICY_STREAM, deck_of_game, self_play

Array = NDArray[np.int32]

_apply_move = kernel(hanabi.apply_move)
_is_legal = kernel(hanabi.is_legal)
_legal_moves = kernel(hanabi.legal_moves)
_deal = kernel(hanabi.deal)
_deck_of_game = kernel(deck_of_game)


@kernel
def _policy_key(seed, game, turn):
    return draw(fold(fold(fold(np.uint64(0), seed), game), POLICY_STREAM), turn)


class NonConformance(AssertionError):
    """A rule that every blueprint keeps is broken; the sentence says which one, and where."""


def demand(holds: bool, sentence: str) -> None:
    """Raise ``NonConformance`` with a sentence unless something holds."""
    if not holds:
        raise NonConformance(sentence)


def scrambled(game: HanabiGame, state: Array, player: int, types: NDArray[np.integer] | int) -> Array:
    """Return a copy of ``state`` with the card types of one hand replaced."""
    copy = state.copy()
    for i in range(int(state[game.rules[HAND_LENGTHS] + player])):
        copy[card_address(game.rules, player, i)] = types if isinstance(types, int) else types[i]
    return copy


class Table:
    """One seeded game, played move by move through a blueprint's functions.

    ``state`` and ``before`` [state_size] int32, the last two positions; ``memories`` of all seats.
    """

    def __init__(self, game: HanabiGame, policy: Blueprint, seed: int, number: int) -> None:
        self.game, self.policy, self.seed, self.number = game, policy, seed, number
        self.rules = game.rules
        self.deck = np.empty(self.rules[DECK_SIZE], np.int32)
        self.state = np.empty(self.rules[STATE_SIZE], np.int32)
        self.before = self.state.copy()
        self.memories = self.new_memories()
        _deck_of_game(self.rules, seed, number, self.deck)
        _deal(self.rules, self.state, self.deck)

    def new_memories(self, garbage: int = 0) -> NDArray[np.int64]:
        """Return memories as ``start`` leaves them where there was ``garbage``."""
        memories = np.full((self.game.players, self.policy.memory_size(self.game)), garbage, np.int64)
        self.policy.start(self.rules, self.policy.parameters(self.game), memories)
        return memories

    @property
    def running(self) -> bool:
        """Whether the game is not over."""
        return bool(self.state[STATUS] == RUNNING)

    @property
    def player(self) -> int:
        """Who is to move."""
        return int(self.state[CURRENT_PLAYER])

    def view(self) -> Array:
        """Return what the policy is given: the state, with the own hand hidden unless the policy cheats."""
        if self.policy.sees_own_hand:
            return self.state.copy()
        return scrambled(self.game, self.state, self.player, HIDDEN)

    def decide(self, stream: int = 0) -> int:
        """Ask the policy for a move; it must be legal, and view and memory untouched."""
        view = self.view()
        memory = self.memories[self.player].copy()
        key = np.uint64(_policy_key(self.seed + stream, self.number, int(self.state[TURN])))
        move = int(self.policy.decide(self.rules, view, memory, key))
        where = f"after move {self.state[TURN]} of game {self.number}, seed {self.seed}"
        demand(bool(_is_legal(self.rules, self.state, move)), f"decide makes the illegal move {move} {where}")
        demand(np.array_equal(view, self.view()), f"decide changes the view {where}")
        demand(np.array_equal(memory, self.memories[self.player]), f"decide changes the memory {where}")
        return move

    def random_move(self, generator: np.random.Generator) -> int:
        """Return a legal move, uniformly."""
        moves = np.empty(self.rules[MOVES], np.int32)
        return int(generator.choice(moves[: _legal_moves(self.rules, self.state, moves)]))

    def step(self, move: int) -> None:
        """Make a move, and have every seat observe it."""
        self.before[:] = self.state
        _apply_move(self.rules, self.state, self.deck, move)
        self.policy.observe(self.rules, self.before, self.state, self.memories)


def check_moves(policy: Blueprint, game: HanabiGame, games: int = 6, deviation: float = 0.3) -> None:
    """Moves are legal, the same key gives the same move, and ``decide`` changes nothing that it is given.

    A move is replaced by a random one with probability ``deviation``.
    """
    generator = np.random.default_rng(1)
    for number in range(games):
        table = Table(game, policy, 11, number)
        while table.running:
            move = table.decide()
            demand(table.decide() == move, f"the same key gives another move in game {number}, seed 11")
            table.step(table.random_move(generator) if generator.random() < deviation else move)


def check_knowledge(policy: Blueprint, game: HanabiGame, games: int = 3) -> None:
    """A seat's memory is the same in the full simulation, with its own hand hidden throughout, and with it scrambled.

    The other rows mean nothing in a seat that is simulated alone; its own row must come out right all the same.
    """
    generator = np.random.default_rng(2)
    for number in range(games):
        table = Table(game, policy, 12, number)
        alone = {(seat, hidden): table.new_memories() for seat in range(game.players) for hidden in (True, False)}
        while table.running:
            deviates = generator.random() < 0.25
            table.step(table.random_move(generator) if deviates else table.decide())
            for (seat, hidden), memories in alone.items():
                types = HIDDEN if hidden else generator.integers(0, game.types, game.cards_in_hand)
                before = scrambled(game, table.before, seat, types)
                after = scrambled(game, table.state, seat, types)
                policy.observe(game.rules, before, after, memories)
                demand(
                    np.array_equal(memories[seat], table.memories[seat]),
                    f"seat {seat} knows more than it sees after move {table.state[TURN]} of game {number}, seed 12",
                )


def check_start(policy: Blueprint, game: HanabiGame) -> None:
    """``start`` fills every number of a memory that was used before."""
    table = Table(game, policy, 0, 0)
    filled = np.array_equal(table.new_memories(garbage=12345), table.new_memories())
    demand(filled, "start leaves numbers of the last game in the memory")


def check_compiled_loop(policy: Blueprint, game: HanabiGame, games: int = 4) -> None:
    """The compiled loop of ``self_play`` plays the games that Python plays."""
    compiled = self_play(game, policy, games, seed=13, first_game=7)
    for i in range(games):
        table = Table(game, policy, 13, 7 + i)
        while table.running:
            table.step(table.decide())
        played = hanabi.score(game.rules, table.state), table.state[TURN]
        demand(
            played == (compiled.scores[i], compiled.turns[i]), f"compiled and Python differ in game {7 + i}, seed 13"
        )


def check_grouping(policy: Blueprint, game: HanabiGame, games: int = 30) -> None:
    """Games do not depend on how they are grouped into calls."""
    whole = self_play(game, policy, games, seed=5)
    cuts = (0, 1, min(12, games), games)
    parts = [
        self_play(game, policy, stop - start, seed=5, first_game=start)
        for start, stop in pairwise(cuts)
        if stop > start
    ]
    for field in ("scores", "turns", "lives"):
        joined = np.concatenate([getattr(part, field) for part in parts])
        demand(np.array_equal(getattr(whole, field), joined), f"{field} depend on how games are grouped")


def check_randomness(policy: Blueprint, game: HanabiGame, games: int = 10) -> None:
    """Another key gives another move at most as often as declared; never, where nothing is declared."""
    different = decisions = 0
    for number in range(games):
        table = Table(game, policy, 14, number)
        while table.running:
            move = table.decide()
            different += sum(table.decide(stream) != move for stream in range(1, 5))
            decisions += 4
            table.step(move)
    demand(
        different <= policy.randomness * decisions,
        f"another key gave another move in {different} of {decisions} decisions, and randomness is {policy.randomness}",
    )


def can_play(policy: Blueprint, game: HanabiGame) -> bool:
    """Return whether the policy plays ``game``: it may refuse one, by ``ValueError``."""
    try:
        return policy.memory_size(game) >= 1
    except ValueError:
        return False


def check(policy: Blueprint, games: Iterable[HanabiGame] = ()) -> None:
    """Check all rules.

    Parameters
    ----------
    policy : the blueprint.
    games : configurations; by default the standard games of 2 to 5 players. Those that the policy refuses are passed
        over, but not all of them.

    Raises
    ------
    NonConformance
        An ``AssertionError`` with one sentence for the first rule that is broken, and where.

    Examples
    --------
    >>> import tamaya
    >>> from games.hanabi import conformance, small
    >>> conformance.check(tamaya.blueprint("piers"), [small()])
    """
    played = [game for game in tuple(games) or map(standard, range(2, 6)) if can_play(policy, game)]
    demand(bool(played), f"{policy.name} plays none of the games")
    for game in played:
        for deviation in (0.0, 0.3):
            check_moves(policy, game, deviation=deviation)
        for rule in (check_knowledge, check_start, check_compiled_loop, check_grouping, check_randomness):
            rule(policy, game)
