"""What a planner may know in an OpenSpiel game: views, the turn-based form, and the scale of returns.

A bot is handed the whole state of the game, hidden part included. The only function of this package that reads such a
state is ``SearchGame.view`` (and, where it is chosen and has passed its audit, OpenSpiel's own
``resample_from_infostate``); everything else works from the *view*: what the player saw at each of its own decisions
and what it did there. With perfect recall that is the information state; where a game describes only the present
observation, the view adds what the player remembers. Where OpenSpiel declares perfect information nothing is hidden but
the moves of the same round, where players move at once; ``SearchGame.known`` gives the rest.

A game is followed, not played again at every decision: what a player saw is kept with the history that it belongs to,
and goes on from there where the next state extends that history.
"""

from __future__ import annotations

from functools import cached_property
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import pyspiel
from numpy.typing import NDArray

from games._base.numbers import whole
from games.extensive.histories import CHANCE, TERMINAL, legal_actions
from games.extensive.open_spiel import load_open_spiel

__all__ = ["CHANCE", "TERMINAL", "FloatArray", "SearchGame", "View"]

FloatArray = NDArray[np.float64]


class View(NamedTuple):
    """What a player knows at one of its decisions."""

    player: int
    texts: tuple[str, ...]
    """What it saw at each of its decisions so far, the present one last."""
    actions: tuple[int, ...]
    """What it did at all of them but the present one."""
    legal: tuple[int, ...]
    """The legal actions, increasing."""

    def key(self, seed: int, purpose: str = "") -> int:
        """Return a 64-bit hash of a seed, what it is for, and what the player knows.

        It is the same for all states that the player cannot tell apart.
        """
        digest = blake2b(repr((seed, purpose, self.player, self.texts, self.actions)).encode(), digest_size=8)
        return int.from_bytes(digest.digest(), "little")

    def before(self, decision: int) -> View:
        """Return the view at one of the earlier decisions (its legal actions are left out)."""
        return View(self.player, self.texts[: decision + 1], self.actions[:decision], ())


def _sizes(game: Any) -> tuple[str, int, int, int]:
    """Return what tells games apart, however their parameters are written."""
    name = str(game.get_type().short_name)
    return name, game.num_players(), game.num_distinct_actions(), game.max_game_length()


class Known(NamedTuple):
    """What is known of the state in a game of perfect information.

    state : of the game itself, or, among players who move at once, where the round of moves began. complete : whether
    the player is to move there, so that nothing is hidden.
    """

    state: Any
    complete: bool


class _Recollection:
    """What a player saw and did along one history, the state after it, and where its last round of moves began.

    A round are moves of players in increasing order: those of players who move at once, made successive. (It may
    begin before them; what is not hidden of it then shows in what the player sees.)
    """

    def __init__(self, game: SearchGame, player: int) -> None:
        self._game, self._player = game, player
        self.now = game.game.new_initial_state()
        self.history: list[int] = []
        self.texts: list[str] = []
        self.actions: list[int] = []
        self.round, self.last = self.now.clone(), CHANCE

    def begins(self, history: list[int]) -> bool:
        """Whether a history goes on from this one."""
        return history[: len(self.history)] == self.history

    def go(self, history: list[int]) -> None:
        """Go on to the end of a history that begins with this one."""
        game, player = self._game, self._player
        for action in history[len(self.history) :]:
            mover = self.now.current_player()
            if mover == player:
                self.texts.append(game.seen(self.now, player))
                self.actions.append(action)
            if game.rounds and self._begins_round(mover):
                self.round = self.now.clone()
            self.now.apply_action(action)
            self.last = mover
            self.history.append(action)

    def _begins_round(self, mover: int) -> bool:
        return self.last < 0 or mover <= self.last

    def known(self) -> Known:
        """Return what is known before the player's move."""
        fresh = not self._game.rounds or self._begins_round(self.now.current_player())
        start = self.now if fresh else self.round
        return Known(start, start.current_player() == self._player)


class SearchGame:
    """An OpenSpiel game as the planner uses it.

    ``game``: a ``pyspiel.Game`` or its string. Simultaneous moves are made successive ones that later players do not
    see (``pyspiel.convert_to_turn_based``). Returns are scaled to ``[-1, 1]``,

        u' = (2 u - minimum - maximum) / (maximum - minimum),

    with the minimum and maximum utility that the game declares, so that ``eta`` and ``alpha`` mean the same in every
    game. Raises ``ValueError`` if the game does not exist, samples its chance events itself, has the same utility
    everywhere or tells players neither their information state nor an observation.
    """

    def __init__(self, game: Any) -> None:
        loaded = load_open_spiel(game) if isinstance(game, str) else game
        kind = loaded.get_type()
        name = str(loaded)
        if str(kind.chance_mode) == "ChanceMode.SAMPLED_STOCHASTIC":
            raise ValueError(f"{name} samples its chance events itself, so that actions cannot share random numbers")
        if str(kind.dynamics) == "Dynamics.MEAN_FIELD":
            raise ValueError(f"{name} is a mean-field game, in which there is no state of single players")
        if not (kind.provides_information_state_string or kind.provides_observation_string):
            raise ValueError(f"{name} gives players neither information states nor observations as strings")
        self.simultaneous = str(kind.dynamics) == "Dynamics.SIMULTANEOUS"
        self.game = pyspiel.convert_to_turn_based(loaded) if self.simultaneous else loaded
        self._sizes = frozenset((_sizes(loaded), _sizes(self.game)))
        self.players = int(loaded.num_players())
        self.minimum, self.maximum = float(loaded.min_utility()), float(loaded.max_utility())
        if not self.maximum > self.minimum:
            raise ValueError(f"{name} has the same utility everywhere: there is nothing to search for")
        self._information = bool(kind.provides_information_state_string)
        inner = _before_turns(loaded)
        self.perfect = inner.get_type().information == pyspiel.GameType.Information.PERFECT_INFORMATION
        """Whether OpenSpiel declares that nothing is hidden but the moves of the same round."""
        self.rounds = self.perfect and (self.simultaneous or inner is not loaded)
        """Whether it is so declared of a game in which players move at once."""
        self._recollections: dict[int, _Recollection] = {}

    @property
    def name(self) -> str:
        """OpenSpiel's string of the game."""
        return str(self.game)

    @cached_property
    def scale(self) -> float:
        """Units of utility in one unit of normalised return: half the range of utilities."""
        return 0.5 * (self.maximum - self.minimum)

    def normalised(self, utilities: Any) -> FloatArray:
        """Return utilities scaled to ``[-1, 1]`` (see the class)."""
        array = np.asarray(utilities, np.float64)
        return (array - 0.5 * (self.minimum + self.maximum)) / self.scale

    def seen(self, state: Any, player: int) -> str:
        """Return what a player is told of a state of ``game``."""
        told = state.information_state_string(player) if self._information else state.observation_string(player)
        return str(told)

    def at(self, history: list[int]) -> Any:
        """Return the state of ``game`` after a history."""
        state = self.game.new_initial_state()
        for action in history:
            state.apply_action(action)
        return state

    def view(self, state: Any, player: int) -> View:
        """Return the view of a player who has to move at a state, of the game itself or of its turn-based form.

        Raises ``ValueError`` if it is not the player's turn.
        """
        found = self._followed(state, player)
        now = self._own_turn(found, state, player)
        return View(player, (*found.texts, self.seen(now, player)), tuple(found.actions), tuple(legal_actions(now)))

    def known(self, state: Any, player: int) -> Known:
        """Return what a player who has to move knows of a state; only in games of perfect information (``perfect``)."""
        return self._followed(state, player).known()

    def turn_based(self, state: Any, player: int) -> Any:
        """Return the state of ``game`` at which a player makes its move of a state (see ``view``)."""
        return self._own_turn(self._followed(state, player), state, player).clone()

    def _followed(self, state: Any, player: int) -> _Recollection:
        """Return a player's recollection of the history of a state; only what is new of it is played."""
        whole(player, "player", 0, self.players - 1)
        if _sizes(other := state.get_game()) not in self._sizes:
            raise ValueError(f"the state is one of {other}, not of {self.name}")
        history = list(state.history())
        found = self._recollections.pop(player, None)
        if found is None or not found.begins(history):
            found = _Recollection(self, player)
        found.go(history)  # if a time limit ends it half way, it is not kept
        self._recollections[player] = found
        return found

    def _own_turn(self, found: _Recollection, state: Any, player: int) -> Any:
        now = found.now
        if state.is_simultaneous_node():  # the other players' moves of this round are hidden: any will do
            now = now.clone()
            while 0 <= now.current_player() < player:
                now.apply_action(now.legal_actions()[0])
        if now.current_player() != player:
            raise ValueError(f"player {player} has no move at this state of {self.name}")
        return now


def _before_turns(game: Any) -> Any:
    """Return the game that a turn-based game was before simultaneous moves were made successive, or the game itself."""
    if game.get_type().short_name != "turn_based_simultaneous_game":
        return game
    parameters = dict(game.get_parameters()["game"])
    return pyspiel.load_game(parameters.pop("name"), parameters)
