"""Agents of the Hanabi Learning Environment (``rl_env.Agent``) at our table, and ours in ``rl_env``.

- ``HleAgent`` shows one of theirs the observation dictionary that ``rl_env`` would, made from our view
  (``games.hanabi.environments.dictionaries``).
- ``RlEnvAgent`` is an ``rl_env.Agent`` that lets one of ours play: it keeps a view of our own up to date from the moves
  that observations report (``rl_env`` gives them in the entry ``pyhanabi``).
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.agent import Agent, Seating, ViewAgent
from agents.runs.random_stream import fold
from games._base.jit import kernel
from games.hanabi import layout
from games.hanabi.bridges import hle_parameters, move_from_hle
from games.hanabi.environments.dictionaries import move_of, move_to_dictionary, observation_of
from games.hanabi.game import COLOUR_LETTERS, HanabiGame
from games.hanabi.position import Position
from games.hanabi.rules import apply_move, deal
from games.hanabi.view import HanabiView

View = NDArray[np.int32]

_OWN = 0  # HLE's histories count players from the observer

_apply = kernel(apply_move)
_deal = kernel(deal)


def is_hle_agent(thing: Any) -> bool:
    """Return whether something is a class of HLE's agents."""
    return inspect.isclass(thing) and any(
        base.__name__ == "Agent" and base.__module__.endswith("rl_env") for base in thing.__mro__
    )


class HleAgent(ViewAgent):
    """An ``rl_env.Agent`` at our table.

    Made anew for every game by ``make(config)``. It is shown its observation at every turn, as ``rl_env``'s example
    does; only what it answers at its own is played. Python's and numpy's global random numbers, which such agents
    draw on, are the agent's own while it thinks.
    """

    def __init__(self, make: Callable[[dict[str, Any]], Any]) -> None:
        self._make = make
        self._discards: list[int] = []

    def start(self, seating: Seating) -> None:
        super().start(seating)
        game: HanabiGame = seating.game
        self._random = random.Random(seating.seed).getstate()
        self._numpy = np.random.RandomState(seating.seed & 0xFFFFFFFF).get_state()
        self._discards = []
        config = hle_parameters(game, seating.seed & 0x7FFFFFFF) | {"information_tokens": game.information_tokens}
        with self._own_randomness():
            self._agent = self._make(config)
        if seating.view[layout.CURRENT_PLAYER] != seating.seat:
            self._ask(seating.view)

    def act(self, view: View) -> int:
        return move_of(self.seating.game, self._ask(view))

    def observe(self, before: View, after: View) -> None:
        event = Position(self.seating.game, after).last_move
        if event is not None and event.card >= 0 and not event.scored:
            self._discards.append(event.card)
        if after[layout.STATUS] == layout.RUNNING and after[layout.CURRENT_PLAYER] != self.seating.seat:
            self._ask(after)

    def _ask(self, view: View) -> Any:
        observation = observation_of(HanabiView(self.seating.game, view, self.seating.seat), self._discards)
        with self._own_randomness():
            return self._agent.act(observation)

    @contextmanager
    def _own_randomness(self) -> Iterator[None]:
        kept, numpy_kept = random.getstate(), np.random.get_state()  # noqa: NPY002
        random.setstate(self._random)
        np.random.set_state(self._numpy)  # noqa: NPY002
        try:
            yield
        finally:
            self._random, self._numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
            random.setstate(kept)
            np.random.set_state(numpy_kept)  # noqa: NPY002


class RlEnvAgent:
    """One of our agents as an ``rl_env.Agent``: ``act(observation)`` returns a dictionary that ``rl_env`` plays.

    Parameters
    ----------
    agent : an agent for Hanabi. game, seat : what is played and where it sits. seed : of its randomness; every game
        has its own.

    It needs the entry ``pyhanabi`` of observations, as ``rl_env`` gives it, and may be asked at every turn or at its
    own only.
    """

    def __init__(self, agent: Agent, game: HanabiGame, seat: int, seed: int = 0) -> None:
        self._agent, self._game, self._seat, self._seed = agent, game, seat, seed
        self._games = 0
        self._view: View | None = None

    def reset(self, config: Any = None) -> None:
        """Begin a new game."""
        self._view = None

    def act(self, observation: dict[str, Any]) -> dict[str, Any] | None:
        """Return the agent's move, or None if another is to move."""
        if observation["current_player_offset"] != 0:
            return None
        history = list(reversed(observation["pyhanabi"].last_moves()))
        if self._view is None or all(item.player() != _OWN for item in history):
            self._begin(observation, history)
        assert self._view is not None
        for item, drawn in _moves(self._game, history):
            before = self._view.copy()
            self._follow(item, drawn)
            self._agent.observe(before, self._view.copy())
        return move_to_dictionary(self._game, self._agent.act(self._view.copy()))

    def _begin(self, observation: dict[str, Any], history: list[Any]) -> None:
        """Start a game at the agent's first turn: the first hands are those of now with the moves so far undone."""
        game, players = self._game, self._game.players
        hands = [[_type(game, card) for card in hand] for hand in observation["observed_hands"]]
        for item, drawn in reversed(list(_moves(game, history))):
            parts = item.move()
            if parts.type().name in ("PLAY", "DISCARD"):
                hand = hands[item.player()]
                if drawn is not None:
                    hand.pop()
                hand.insert(parts.card_index(), item.color() * game.ranks + item.rank())
        deck = np.zeros(game.deck_size, np.int32)
        for offset, hand in enumerate(hands):
            start = (self._seat + offset) % players * game.cards_in_hand
            deck[start : start + len(hand)] = np.maximum(hand, 0)
        self._view = np.zeros(game.state_size, np.int32)
        _deal(game.rules, self._view, deck)
        self._hide()
        seed = fold(self._seed, self._games)
        self._games += 1
        self._agent.start(Seating(game, self._seat, seed, self._view.copy()))

    def _hide(self) -> None:
        assert self._view is not None
        Position(self._game, self._view).cards(self._seat)[:, layout.CARD_TYPE] = layout.HIDDEN

    def _follow(self, item: Any, drawn: int | None) -> None:
        """Make a move of the history on the view; own cards take for a moment a type that gives the same result."""
        game, view = self._game, self._view
        assert view is not None
        parts = item.move()
        kind = parts.type().name
        if kind in ("PLAY", "DISCARD"):
            if item.player() == _OWN:
                address = game.card_offset(self._seat, parts.card_index())
                view[address + layout.CARD_TYPE] = item.color() * game.ranks + item.rank()
        elif (item.player() + parts.target_offset()) % game.players == _OWN:
            value = parts.color() if kind == "REVEAL_COLOR" else parts.rank()
            self._suppose(kind, value, set(item.card_info_revealed()))
        deck = np.zeros(game.deck_size, np.int32)
        deck[min(int(view[layout.DEALT]), game.deck_size - 1)] = drawn or 0
        _apply(game.rules, view, deck, move_from_hle(game, parts))
        self._hide()

    def _suppose(self, kind: str, value: int, touched: set[int]) -> None:
        """Give own cards types of which a hint touches just those that it touched."""
        game, view = self._game, self._view
        assert view is not None
        count = game.colours if kind == "REVEAL_COLOR" else game.ranks
        for card, record in enumerate(Position(game, view).cards(self._seat)):
            shown = value if card in touched else (value + 1) % count
            record[layout.CARD_TYPE] = shown * game.ranks if kind == "REVEAL_COLOR" else shown


def _type(game: HanabiGame, card: dict[str, Any]) -> int:
    return -1 if card["color"] is None else COLOUR_LETTERS.index(card["color"]) * game.ranks + int(card["rank"])


def _moves(game: HanabiGame, history: list[Any]) -> Iterator[tuple[Any, int | None]]:
    """Yield the players' moves of a history, each with the type of the card drawn after it.

    That is 0 for an own card, which is not seen, and None if no card was drawn.
    """
    for place, item in enumerate(history):
        if item.move().type().name == "DEAL":
            continue
        following = history[place + 1].move() if place + 1 < len(history) else None
        if following is None or following.type().name != "DEAL":
            yield item, None
        else:
            yield item, max(0, following.color() * game.ranks + following.rank())
