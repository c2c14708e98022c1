"""The batched engine: a policy that cannot be called inside compiled code answers for many positions at once.

It may be a network of any size, or Python. What it remembers of a game is public, so every turn is read once for a
seat, not once for each hypothetical hand; ``search.hanabi.policy.recurrent`` is for what each seat remembers by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numba import types
from numpy.typing import NDArray

from games._base.jit import kernel
from games._base.threads import run_ranges
from games.hanabi.blueprint import OBSERVE_TYPE, RULES_TYPE, Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.layout import CARD_TYPE, CURRENT_PLAYER, LAST_MOVE, TURN
from search.hanabi.history import SeatHistory, suppose, view_supposed
from search.hanabi.policy.follower import BARELY, Evidence, Follower, Supposed
from search.hanabi.policy.likelihood import weigh
from search.hanabi.policy.recurrent import PrivateRecurrence, step_seats
from search.hanabi.policy.shared import SharedPast
from search.hanabi.searchers import Searchers
from search.hanabi.views import STATES_TYPE, players_views
from search.hanabi.worlds import PARTICLE_MEMORIES_TYPE

if TYPE_CHECKING:
    from games.hanabi.cuda.batch import CudaHanabi


class BatchedPolicy(Protocol):
    """A policy that answers for many positions at once.

    What it remembers of a game must be a function of what everybody has seen, unless it has a ``PrivateRecurrence``
    (``BatchedBlueprint.recurrence``), whose memories are the base's rows. A *recollection* has a row for each game
    and is opaque here, but ``recollection[rows]`` takes rows out; a policy without memory may use arrays of no columns.
    """

    def begin(self) -> Any:
        """Return the recollection of one game before its first turn."""
        ...

    def repeated(self, recollections: Sequence[Any], counts: Sequence[int]) -> Any:
        """Return the rows of recollections of one game each, every one so many times, in order."""
        ...

    def read(self, views: NDArray[np.int32], recollection: Any) -> tuple[Any, Any]:
        """Read the public part of views [n, state_size], one a game and turn.

        Returns (context, recollection after the turn): what ``log_probabilities`` needs of the past, n rows.
        """
        ...

    def log_probabilities(
        self, views: NDArray[np.int32], memories: NDArray[np.int64], context: Any
    ) -> NDArray[np.float64]:
        """Return the log-probabilities of the moves of the players to move: [n, moves], ``-inf`` where illegal.

        ``views`` have the own hands hidden; ``memories`` [n, memory] are rows of the base; ``context`` is what ``read``
        returned for these views, or one row if all views have the same public past.
        """
        ...

    def values(self, views: NDArray[np.int32], memories: NDArray[np.int64], context: Any) -> NDArray[np.float64]:
        """Return how many points the players to move expect from here on, [n]; parameters as above."""
        ...


class CardPolicy(Protocol):
    """A policy without memory that plays games on a CUDA card, from observations that are there already.

    version, encoding : the observations that it reads, as of ``games.hanabi.cuda.batch.CudaHanabi``.
    """

    @property
    def version(self) -> Literal["canonical", "v0"]: ...

    @property
    def encoding(self) -> Literal["float32", "bfloat16"]: ...

    def player(self, batch: CudaHanabi, turns: int) -> Callable[[], None]:
        """Return a function that plays so many turns in every slot: its likeliest legal move, and a step.

        It reads and writes the arrays of the batch, on torch's current stream, and never waits for the card. Slots
        whose games have ended may be given any move.
        """
        ...

    def values(self, batch: CudaHanabi) -> Callable[[], Any]:
        """Return a function that returns how many points the players to move expect from here on.

        Its result is a float32 tensor on the card, one number a slot, of no meaning where no game is running.
        """
        ...


@dataclass(frozen=True)
class BatchedBlueprint:
    """A ``Policy`` whose moves come from a batched policy: the legal move with the largest probability.

    name : what people type.
    game : the configuration that it plays (``bomb`` may differ).
    policy : see ``BatchedPolicy``.
    base : compiled blueprint that keeps the seats' memories, which the policy reads; its moves are not played.
    digest : tells the parameters from others.
    softening : as in ``Blueprint``.
    card : the same policy for rollouts on a CUDA card (``search.hanabi.rollouts.cuda``); ``None``: on the CPU.
    has_values : whether the policy knows what a position is worth, so that rollouts may end there.
    recurrence : the step of a policy whose memory is each seat's own; ``None``: what it remembers is public.
    """

    name: str
    game: HanabiGame
    policy: BatchedPolicy
    base: Blueprint
    digest: str
    softening: float = 0.1
    sees_own_hand: bool = False
    card: CardPolicy | None = None
    has_values: bool = True
    recurrence: PrivateRecurrence | None = None

    def memory_size(self, game: HanabiGame) -> int:
        """Return the columns of a memory row; raises ``ValueError`` with one sentence if the game is another."""
        if difference := self.game.difference(game):
            raise ValueError(f"{self.name} plays Hanabi with {difference}")
        return self.base.memory_size(game)

    def weights(self, game: HanabiGame) -> str:
        """Return what tells the parameters from others."""
        return self.digest

    def follow(self, history: SeatHistory) -> BatchedFollower:
        """Return the policy in the seat of a history, which holds the start of a game."""
        return BatchedFollower(history, self)


@kernel
def _fill_states(rules, seen, turn, hands, start, stop, states):
    """Write the view of a turn with each of the hypothetical hands in it."""
    card_of_index = np.empty_like(seen.revealed)
    for p in range(start, stop):
        suppose(seen, hands[p], card_of_index)
        view_supposed(rules, seen, turn, card_of_index, states[p])


@kernel(
    types.void(RULES_TYPE, types.int64, types.int64, STATES_TYPE, STATES_TYPE, PARTICLE_MEMORIES_TYPE, OBSERVE_TYPE)
)
def _observe(rules, start, stop, before, after, memories, observe):
    for p in range(start, stop):
        observe(rules, before[p], after[p], memories[p])


class BatchedFollower(Follower):
    """A batched policy in one seat of one game; turns are read when they are first asked for."""

    def __init__(self, history: SeatHistory, blueprint: BatchedBlueprint) -> None:
        super().__init__(history, blueprint.base)
        self._policy, self._recurrence = blueprint.policy, blueprint.recurrence
        self._contexts: list[Any] = []
        self._recollections: list[Any] = [self._policy.begin()]

    def _context(self, turn: int) -> Any:
        """Return the policy's context at a turn, one row."""
        for unread in range(len(self._contexts), turn + 1):
            public = self.history.views[unread].copy()
            self.history.own_records(public)[:, CARD_TYPE] = 0  # any card: nobody reads it
            no_memories = np.zeros((1, self.history.game.players, 1), np.int64)
            views, _ = players_views(self.history.game, np.zeros(1, np.int64), public[None], no_memories, 1)
            context, recollection = self._policy.read(views, self._recollections[-1])
            self._contexts.append(context)
            self._recollections.append(recollection)
        return self._contexts[turn]

    def recollection(self, turn: int) -> Any:
        self._context(turn)
        return self._recollections[turn + 1]

    def observe(self, before: NDArray[np.int32], after: NDArray[np.int32]) -> None:
        recurrence, seat = self._recurrence, self.history.seat
        if recurrence is not None and (recurrence.every_turn or before[CURRENT_PLAYER] == seat):
            _, (self._memories[seat],) = recurrence.step(before[None], np.array([seat]), self.memory[None])
        super().observe(before, after)

    def _log_probabilities(self, view: NDArray[np.int32]) -> NDArray[np.float64]:
        context = self._context(int(view[TURN]))
        found: NDArray[np.float64] = self._policy.log_probabilities(view[None], self.memory[None], context)[0]
        return found

    def move(self, view: NDArray[np.int32], key: np.uint64) -> int:
        return int(self._log_probabilities(view).argmax())

    def chances(self, view: NDArray[np.int32], moves: NDArray[np.int64], key: np.uint64) -> NDArray[np.float64]:
        chances: NDArray[np.float64] = np.exp(self._log_probabilities(view)[moves])
        return chances

    def replay(
        self,
        worlds: Supposed,
        first: int,
        last: int,
        softening: float,
        workers: int | None,
        searchers: Searchers | None = None,
    ) -> None:
        if not len(worlds.hands):
            return
        history, observe = self.history, self.base.observe
        shared = SharedPast(worlds, history.game, history.seen(), first)
        after = self._states(shared.worlds, first, workers)
        for turn in range(first, last):
            before = after[shared.split(turn + 1)]
            worlds, after = shared.worlds, self._states(shared.worlds, turn + 1, workers)
            weighed = worlds.evidence is not None and history.views[turn, CURRENT_PLAYER] != history.seat
            logs = self._partners_moves(before, worlds.memories, turn, weighed, workers)
            if worlds.evidence is not None and logs is not None and weighed:
                self._weigh(worlds.evidence, before, logs, turn, softening, searchers)

            def run(start: int, stop: int, before: Any = before, after: Any = after, worlds: Any = worlds) -> None:
                _observe(history.game.rules, start, stop, before, after, worlds.memories, observe)

            run_ranges(run, len(worlds.hands), workers)
        shared.finish()

    def _states(self, worlds: Supposed, turn: int, workers: int | None) -> NDArray[np.int32]:
        """Return a turn's view with each of the hypothetical hands in it: [worlds, state_size]."""
        game, seen = self.history.game, self.history.seen()
        states = np.empty((len(worlds.hands), game.state_size), np.int32)

        def run(start: int, stop: int) -> None:
            _fill_states(game.rules, seen, turn, worlds.hands, start, stop, states)

        run_ranges(run, len(states), workers)
        return states

    def _partners_moves(
        self, states: NDArray[np.int32], minds: NDArray[np.int64], turn: int, weighed: bool, workers: int | None
    ) -> NDArray[np.float64] | None:
        """Return the log-probabilities of a player's moves in each hypothetical state, [worlds, moves], if asked for.

        Memories that are each seat's own go on by the turn.
        """
        game, rows = self.history.game, np.arange(len(states))
        if self._recurrence is not None:
            return step_seats(game, self._recurrence, rows, states, minds, workers, self.history.seat)
        if not weighed:
            return None
        views, memories = players_views(game, rows, states, minds, workers)
        return self._policy.log_probabilities(views, memories, self._context(turn))

    def _weigh(
        self,
        evidence: Evidence,
        states: NDArray[np.int32],
        logs: NDArray[np.float64],
        turn: int,
        softening: float,
        searchers: Searchers | None,
    ) -> None:
        """Add what a partner's move says for each hypothetical state; ``logs`` [worlds, moves] of its policy."""
        made = self.history.views[turn + 1, LAST_MOVE]
        chances = np.exp(logs[:, made])
        legal = np.isfinite(logs).sum(axis=1)
        evidence.unexplained[:] += chances * legal < BARELY
        if searchers is not None:
            place, contiguous = (self.history.game.rules, states), np.ascontiguousarray(logs, np.float64)
            weigh(*place, np.array(searchers.numbers), contiguous, made, softening, evidence.log_likelihood)
            return
        with np.errstate(divide="ignore"):
            evidence.log_likelihood[:] += np.log((1.0 - softening) * chances + softening / legal)
