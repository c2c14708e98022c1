"""A plain Python class as a blueprint: ``act(view) -> move`` or ``probabilities(view)``, asked for one position each.

What it is shown is a ``HanabiView`` with the last move of every player. The answer must depend on the view alone:
beliefs and rollouts ask about positions in any order. A class that needs a memory is written as a module with a state
(``agents.own.network``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.own.keepers import events_in
from agents.own.unread import NoPublicPast
from agents.runs.forfeit import in_words
from games._base.errors import UsageError
from games.hanabi.game import HanabiGame
from games.hanabi.view import HanabiView

NEVER = -690.0  # log-probability of a legal move that is not made; -inf is for illegal ones
_SUM = 1e-3  # how far probabilities may be from a sum of 1


class PythonPolicy(NoPublicPast):
    """A ``search.hanabi.policy.batched.BatchedPolicy`` of an object with ``act`` or ``probabilities``.

    value : what the object's ``value(view)`` expects to score from here on, if it has that method.
    """

    def __init__(self, game: HanabiGame, thing: Any, name: str) -> None:
        self._game, self._name = game, name
        self._ask: Callable[[HanabiView], Any] = getattr(thing, "probabilities", None) or thing.act
        self._logs = self._graded if hasattr(thing, "probabilities") else self._certain
        self._value = getattr(thing, "value", None)

    def log_probabilities(
        self, views: NDArray[np.int32], memories: NDArray[np.int64], context: Any
    ) -> NDArray[np.float64]:
        found = np.full((len(views), self._game.moves), -np.inf)
        for row, array in enumerate(views):
            view = self._view(array, memories[row])
            found[row, view.legal_moves()] = NEVER
            self._logs(view, found[row])
        return found

    def values(self, views: NDArray[np.int32], memories: NDArray[np.int64], context: Any) -> NDArray[np.float64]:
        assert self._value is not None  # ``BatchedBlueprint.has_values``
        asked = (self._view(array, memory) for array, memory in zip(views, memories, strict=True))
        return np.array([self._points(view) for view in asked])

    def _points(self, view: HanabiView) -> float:
        """Return what the object expects to score; raises ``UsageError`` if that is no finite number."""
        answer = self._answer(self._value, view, "value")
        try:
            points = float(answer)
        except (TypeError, ValueError):
            points = math.nan
        if not math.isfinite(points):
            raise UsageError(f"{self._name} answers, {_place(view)}, {answer!r:.40}: a value must be a finite number")
        return points

    def _view(self, array: NDArray[np.int32], memory: NDArray[np.int64]) -> HanabiView:
        # A copy: the array itself is the search's, which goes on with it whatever a policy writes there.
        return HanabiView(self._game, array.copy(), events=events_in(self._game, memory))

    def _answer(self, ask: Callable[[HanabiView], Any] | None, view: HanabiView, method: str) -> Any:
        assert ask is not None
        try:
            return ask(view)
        except (Exception, SystemExit) as error:
            raise UsageError(f"{self._name} fails in {method}, {_place(view)}: {in_words(error)}") from error

    def _certain(self, view: HanabiView, logs: NDArray[np.float64]) -> None:
        """Write the log-probabilities of a policy that makes one move."""
        move = self._answer(self._ask, view, "act")
        try:
            logs[view.move_id(move)] = 0.0
        except ValueError as error:
            raise UsageError(f"{self._name} answers, {_place(view)}: {error}") from None

    def _graded(self, view: HanabiView, logs: NDArray[np.float64]) -> None:
        """Write the logarithms of the probabilities that an object gives."""
        answer = self._answer(self._ask, view, "probabilities")
        chances = np.zeros(self._game.moves)
        try:
            if isinstance(answer, Mapping):
                for move, chance in answer.items():
                    chances[view.move_id(move)] = chance
            else:
                chances[:] = answer
        except (ValueError, TypeError) as error:
            raise UsageError(f"{self._name} answers, {_place(view)}: {error}") from None
        legal = view.legal_moves()
        if not (np.all(chances >= 0) and abs(chances.sum() - 1) < _SUM and chances[legal].sum() > 1 - _SUM):
            raise UsageError(
                f"{self._name} answers, {_place(view)}, what are no probabilities of legal moves: they must be "
                f"at least 0 and have the sum 1, not {chances[legal].sum():.6g}"
            )
        logs[legal] = np.log(np.maximum(chances[legal], np.exp(NEVER)))


def _place(view: HanabiView) -> str:
    return f"in turn {view.turn} of a game"
