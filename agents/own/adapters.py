"""Agents of HLE, and bots and policies of OpenSpiel, as policies of one's own with ``act`` or ``probabilities``.

They are asked about positions in any order, hypothetical ones too, so their answers must depend on what they are shown
alone; whoever remembers earlier turns is none of these. Two things make that hold for what people have:

- Agents that draw on Python's or numpy's global random numbers find these seeded with a hash of the view.
- OpenSpiel's players are given ``SeenState``, which answers what a view knows; asked for more – the history, a hidden
  card, an information state – it ends with a sentence. (OpenSpiel gives them the whole state and trusts them.)
"""

from __future__ import annotations

import inspect
import random
import sys
import zlib
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from agents.hanabi.hle import is_hle_agent
from games._base.errors import UsageError
from games.hanabi.bridges import hle_parameters, openspiel_string
from games.hanabi.environments.dictionaries import move_of, observation_of
from games.hanabi.game import HanabiGame
from games.hanabi.moves import move_text
from games.hanabi.view import HanabiView

RL_ENV = "rl_env"  # what a class says that it ``sees`` if it takes HLE's observations without being one of HLE's agents


def kind_of(thing: Any) -> str:
    """Return what a class or an object is: ``hle``, ``bot`` or ``policy`` of OpenSpiel; otherwise an empty string."""
    if is_hle_agent(thing) or is_hle_agent(type(thing)) or getattr(thing, "sees", None) == RL_ENV:
        return "hle"
    pyspiel = sys.modules.get("pyspiel")  # whoever made one has imported it
    kind = thing if inspect.isclass(thing) else type(thing)
    if pyspiel is not None and issubclass(kind, pyspiel.Bot):
        return "bot"
    return "policy" if hasattr(thing, "action_probabilities") else ""


def make(game: HanabiGame, thing: Any, options: dict[str, Any], parameters: Container[str]) -> Any:
    """Return what a class or a function makes: with ``options``, and with what it has parameters for.

    That is ``config`` for agents of HLE; ``game`` (OpenSpiel's), ``player_id``, ``seat``, ``seed`` and ``rng`` for
    OpenSpiel's, of whose bots one is made for each seat; ``game``, ours, for all others.
    """
    kind = kind_of(thing)

    def made(**at_hand: Any) -> Any:
        return thing(**{key: value for key, value in at_hand.items() if key in parameters} | options)

    if kind == "hle":
        return made(config=hle_parameters(game, 0) | {"information_tokens": game.information_tokens})
    if not kind:
        return made(game=game)
    import pyspiel

    theirs = pyspiel.load_game(openspiel_string(game))
    if kind == "policy":
        return made(game=theirs)
    return BotPolicy([made(game=theirs, player_id=k, seat=k, seed=0, rng=np.random) for k in range(game.players)])


def adapted(thing: Any) -> Any:
    """Return an agent or a policy of those as a policy; other things as they are."""
    kind = kind_of(thing)
    return {"hle": HlePolicy, "policy": OpenSpielPolicy, "bot": _one_bot}[kind](thing) if kind else thing


def _one_bot(bot: Any) -> BotPolicy:
    return BotPolicy([bot])


class HlePolicy:
    """An agent of HLE: ``act`` is shown the dictionary of ``rl_env``, the discards in the order of types."""

    def __init__(self, agent: Any) -> None:
        self._agent = agent

    def act(self, view: HanabiView) -> int:
        observation = observation_of(view)
        with _randomness_of(view):
            return move_of(view.game, self._agent.act(observation))


class OpenSpielPolicy:
    """A policy of OpenSpiel: ``action_probabilities(state)``."""

    def __init__(self, policy: Any) -> None:
        self._policy = policy

    def probabilities(self, view: HanabiView) -> dict[int, float]:
        with _randomness_of(view):
            found = dict(self._policy.action_probabilities(SeenState(view)))
        return {int(move): float(chance) for move, chance in found.items() if chance}


class BotPolicy:
    """A ``pyspiel.Bot`` for every seat, or one for all: its policy if it says one, otherwise what its ``step`` does."""

    def __init__(self, bots: Sequence[Any]) -> None:
        self._bots = bots

    def probabilities(self, view: HanabiView) -> dict[int, float]:
        bot, state = self._bots[view.seat % len(self._bots)], SeenState(view)
        with _randomness_of(view):
            if bot.provides_policy():
                return {int(move): float(chance) for move, chance in bot.get_policy(state) if chance}
            return {int(bot.step(state)): 1.0}


@contextmanager
def _randomness_of(view: HanabiView) -> Iterator[None]:
    """Make the global random numbers a function of the view, for a while."""
    kept, numpy_kept = random.getstate(), np.random.get_state()  # noqa: NPY002
    seed = zlib.crc32(view.array.tobytes())
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(kept)
        np.random.set_state(numpy_kept)  # noqa: NPY002


class SeenState:
    """What of an OpenSpiel state of ``hanabi`` the player to move knows, by the names of ``pyspiel.State``.

    Moves and the tensor are OpenSpiel's: the same ids, the same canonical observation.
    """

    def __init__(self, view: HanabiView) -> None:
        self._view = view

    def current_player(self) -> int:
        return self._view.current_player

    def legal_actions(self, player: int | None = None) -> list[int]:
        mine = player is None or player == self._view.current_player
        return list(self._view.legal_moves()) if mine else []

    def legal_actions_mask(self, player: int | None = None) -> list[int]:
        legal = set(self.legal_actions(player))
        return [int(move in legal) for move in range(self._view.game.moves)]

    def num_distinct_actions(self) -> int:
        return self._view.game.moves

    def num_players(self) -> int:
        return self._view.game.players

    def move_number(self) -> int:
        return self._view.turn

    def is_terminal(self) -> bool:
        return self._view.is_terminal

    def is_chance_node(self) -> bool:
        return False

    def is_simultaneous_node(self) -> bool:
        return False

    def is_player_node(self) -> bool:
        return not self._view.is_terminal

    def observation_tensor(self, player: int | None = None) -> list[float]:
        if player is not None and player != self._view.seat:
            raise UsageError(f"player {self._view.seat} does not know what player {player} observes")
        found: list[float] = self._view.observation(self._view.seat, dtype=np.float64).tolist()
        return found

    def action_to_string(self, *arguments: int) -> str:
        return move_text(self._view.game, arguments[-1])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise UsageError(
            f"it asks an OpenSpiel state for {name}, which a view does not tell: there are legal_actions, "
            "legal_actions_mask and observation_tensor"
        )
