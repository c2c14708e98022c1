"""OpenSpiel's phantom games by their own compiled belief and rollouts, where the blueprint is uniform play.

Against a uniform opponent the posterior of Phantom Tic-Tac-Toe and Dark Hex has a closed form (``search.phantom``), so
that the planner needs neither to enumerate the game nor to filter histories of it. A player knows the own attempts and
which of them were refused. In Dark Hex OpenSpiel's strings have the length of the history, too, which tells how often
the *opponent* was refused; it is no part of the observation (``docs/phantom_games.md``) and is left out here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games.phantom.game import PhantomGame, phantom_game
from games.phantom.sequences import Attempts
from search.openspiel.game import FloatArray, SearchGame, View
from search.phantom.moment import Moment


def compiled_phantom(game: SearchGame) -> PhantomGame | None:
    """Return the phantom game that an OpenSpiel game is, or ``None``: other games, sizes and observations."""
    try:
        return phantom_game(game.name)
    except ValueError:
        return None


def known(game: PhantomGame, view: View) -> View:
    """Return a view with what the player may know: the board as it shows to the player, and the own attempts."""
    return view._replace(texts=("".join(view.texts[-1].split("\n")[: game.rows]),))


def attempts_of_view(view: View) -> Attempts:
    """Return the own attempts and whether each was refused, from what a player may know (``known``)."""
    return tuple((cell, view.texts[0][cell] == "ox"[view.player]) for cell in view.actions)


class PhantomRollouts:
    """Action values from samples of the posterior and uniform play to the end, compiled."""

    maximum = float("inf")

    def __init__(self, game: PhantomGame, view: View, key: int) -> None:
        self.moment = Moment(game, view.player, attempts_of_view(view))
        self._key = key

    def returns(self, actions: NDArray[np.int64], start: int, stop: int) -> FloatArray:
        """Return the returns [stop-start, actions] of samples ``start .. stop-1``."""
        return self.moment.returns(actions, self._key, start, stop)


def exact_values(game: PhantomGame, view: View) -> FloatArray:
    """Return the exact values of the legal actions, [legal]."""
    return Moment(game, view.player, attempts_of_view(view)).values()[list(view.legal)]
