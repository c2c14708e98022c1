"""A face of the compiled engine that is HLE's ``rl_env``: ``make``, ``reset``, ``step``, and its observations.

Code written for HLE runs after a change of its import. What differs: observations have no entry ``pyhanabi``; an
illegal move raises ``ValueError``, not ``AssertionError``; the last observation of a game shows no card drawn after its
end and no legal moves; game number ``k`` of a seed is dealt the deck that it has in every other part of this program.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games._base.numbers import whole
from games.hanabi import layout
from games.hanabi.batch import HanabiBatch
from games.hanabi.bridges import hle_parameters
from games.hanabi.environments.dictionaries import move_of, observation_dictionary
from games.hanabi.game import HanabiGame
from games.hanabi.moves import move_text
from games.hanabi.state import HanabiState

_OPTIONS = {
    "players": "players",
    "colors": "colours",
    "ranks": "ranks",
    "hand_size": "hand_size",
    "max_information_tokens": "information_tokens",
    "max_life_tokens": "life_tokens",
    "bomb": "bomb",
}
_TINY = {"ranks": 5, "hand_size": 2, "max_information_tokens": 3, "max_life_tokens": 1}
_NAMED: dict[str, dict[str, Any]] = {
    "Hanabi-Full": {},
    "Hanabi-Full-CardKnowledge": {},
    "Hanabi-Small": {"colors": 2} | _TINY,
    "Hanabi-Very-Small": {"colors": 1} | _TINY,
}
_CARD_KNOWLEDGE = 1


def make(environment_name: str = "Hanabi-Full", num_players: int = 2, seed: int = -1) -> HanabiEnv:
    """Return the environment that HLE calls so: ``Hanabi-Full``, ``Hanabi-Small`` or ``Hanabi-Very-Small``.

    seed : of the decks; -1 for one of its own choice. Raises ``ValueError`` for an unknown name.
    """
    if environment_name not in _NAMED:
        raise ValueError(f"there is no environment {environment_name!r:.60}: there are {', '.join(_NAMED)}")
    return HanabiEnv(_NAMED[environment_name] | {"players": num_players, "seed": seed})


def game_and_seed(config: Mapping[str, Any]) -> tuple[HanabiGame, int]:
    """Return the game and the seed that a configuration of ``rl_env`` asks for; a seed of -1 is drawn.

    Raises ``ValueError`` for an option that there is not, and for one that this engine does not have.
    """
    if not isinstance(config, Mapping):
        raise ValueError(f"a configuration is a dictionary, not {config!r:.60}")
    given = dict(config)
    seed = whole(given.pop("seed", -1), "seed", -1, 2**31 - 1)
    if given.pop("observation_type", _CARD_KNOWLEDGE) != _CARD_KNOWLEDGE:
        raise ValueError("observations are those of observation_type 1: hands of others and what hints told")
    if given.pop("random_start_player", False):
        raise ValueError("player 0 always starts here: leave random_start_player out")
    for key in given:
        if key not in _OPTIONS:
            raise ValueError(f"there is no option {key!r:.60} of an environment: there are {', '.join(_OPTIONS)}, seed")
    game = HanabiGame(**{_OPTIONS[key]: value for key, value in given.items()})
    hle_parameters(game)  # at most five colours and ranks
    return game, secrets.randbelow(2**31) if seed < 0 else seed


class HanabiEnv:
    """One game at a time, with an observation for every player in each step.

    Parameters
    ----------
    config : as HLE's: ``players``, ``colors``, ``ranks``, ``hand_size``, ``max_information_tokens``,
        ``max_life_tokens``, ``observation_type`` (1) and ``seed``; besides, ``bomb`` of ``HanabiGame``.

    Attributes
    ----------
    game : the ``HanabiGame``. players : how many. seed : of the decks.

    Raises ``ValueError`` with one sentence for a configuration that is none.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.game, self.seed = game_and_seed(config)
        self.players = self.game.players
        self._batch = HanabiBatch(self.game, 1, self.seed, auto_reset=False, seats="all", workers=1)
        self._next = 0
        self._discards: list[int] = []

    def reset(self, deck: Sequence[str | int] | NDArray[Any] | None = None) -> dict[str, Any]:
        """Begin a game, the next of the seed or one on a given deck, and return its observations.

        deck : all cards in deal order, as types or words (``HanabiState``); player 0's hand comes first. The
        observations hold the hands of all: give each agent its own of ``player_observations`` alone.
        """
        if deck is None:
            self._batch.reset(self._next)
            self._next += 1
        else:
            dealt = HanabiState(self.game, deck)
            self._batch.states[0], self._batch.decks[0] = dealt.array, dealt.deck
            self._batch.look()
        self._discards = []
        return self._observations()

    def step(self, action: int | dict[str, Any]) -> tuple[dict[str, Any], int, bool, dict[str, Any]]:
        """Make a move, a number or a dictionary, for the player to move.

        Returns the observations, the change of the score, whether the game is over, and an empty dictionary. Raises
        ``ValueError`` and changes nothing if the move is not legal, or the game is over.
        """
        if self._state[layout.STATUS] != layout.RUNNING:
            raise ValueError("the game is over: reset the environment")
        move = move_of(self.game, action)
        if not (0 <= move < self.game.moves and self._batch.legal[0, move]):
            legal = ", ".join(move_text(self.game, other) for other in self._legal())
            raise ValueError(f"{action!r:.100} is not a legal move here; legal are: {legal}")
        reward = int(self._batch.step(np.array([move]))[0])
        state = self._state
        if state[layout.LAST_CARD] >= 0 and not state[layout.LAST_SCORED]:
            self._discards.append(int(state[layout.LAST_CARD]))
        return self._observations(), reward, bool(state[layout.STATUS] != layout.RUNNING), {}

    def num_moves(self) -> int:
        """Return how many move ids there are."""
        return self.game.moves

    def vectorized_observation_shape(self) -> list[int]:
        """Return the shape of the entry ``vectorized``."""
        return [self.game.observation_size]

    @property
    def score(self) -> int:
        """The score of the game so far; 0 after the last life is lost, unless ``bomb`` is ``"keep"``."""
        state = self._state
        lost = state[layout.STATUS] == layout.OUT_OF_LIVES and self.game.bomb == "zero"
        return 0 if lost else int(state[layout.POINTS])

    @property
    def _state(self) -> NDArray[np.int32]:
        state: NDArray[np.int32] = self._batch.states[0]
        return state

    def _legal(self) -> list[int]:
        return [move for move, legal in enumerate(self._batch.legal[0].tolist()) if legal]

    def _observations(self) -> dict[str, Any]:
        numbers, legal, vectors = self._state.tolist(), self._legal(), self._batch.observations[0].tolist()
        mover = numbers[layout.CURRENT_PLAYER]
        return {
            "player_observations": [
                observation_dictionary(
                    self.game, numbers, seat, legal if seat == mover else [], vectors[seat], self._discards
                )
                for seat in range(self.players)
            ],
            "current_player": mover,
        }
