"""The belief of one seat: a weighted set of own hands, each with the partners' memories it implies.

The set is *exact* – every hand that hints and counts allow – as soon as that is small enough, and otherwise a sample of
distinct hands weighted by how likely each was to be found (``proposals``), thinned without bias when it outgrows its
size (Fearnhead and Clifford, "On-line inference for hidden Markov models via particle filters", JRSS B 2003). It is
carried forward from decision to decision: own cards that leave the hand filter it, new cards extend it, partners' moves
reweight it through the blueprint (``Follower.replay``). When too little weight survives, it is rebuilt from the history
with fresh proposals.

Weights compare the hands of a set with each other; they cannot tell that the true one is missing. So what the best of
them leaves *unexplained* is compared with what the true hand may: partners who follow the blueprint make no move that
it does not make, and softened ones leave it with probability epsilon a move. A sampled set in which every hand
contradicts more of the partners' moves than that, or which is too thin for a decision, is rebuilt once more, from wider
proposals and more of them. If that fails, too, it is *collapsed*, and the planner falls back to the blueprint.

A belief is computed from a ``SeatHistory`` alone, so it cannot contain what its player may not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from games._base.jit import kernel
from games.hanabi.layout import CURRENT_PLAYER
from search.errors import Origins
from search.hanabi.beliefs import posterior
from search.hanabi.beliefs.hand_model import HandModel
from search.hanabi.beliefs.proposals import Learned, find_hands, relaxed
from search.hanabi.policy.follower import Evidence, Follower, Supposed
from search.hanabi.searchers import Searchers
from search.hanabi.spec import BeliefName
from search.hanabi.worlds import Worlds, unseen_counts

_unseen_counts = kernel(unseen_counts)

_GOLDEN_RATIO = 0.6180339887498949
_NEGLIGIBLE = 14.0  # log-weight below the best at which a particle is dropped (e^-14 < 1e-6)
_POORER = 0.3  # rebuild only when the effective sample size fell below this share of what building gave
_BLOCK = 4  # turns replayed between two prunings of a rebuild
_WIDER = 4  # times as many hands, exact or proposed, where those of the usual number explain nothing
_OTHER_KEY = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class BeliefOptions:
    """Sizes and softness of a belief.

    particles : hands drawn when a sampled set is built; it is thinned to a quarter of that as partners' moves weigh in.
    exact_limit : a set is built, and extended, exactly if it then has at most this many hands.
    softening : epsilon, the probability that a partner's move is not the blueprint's.
    kind : ``exact`` – hands are weighed by replaying the game; ``learned-proposal`` – so they are, but where a set is
        too large to be exact they are proposed by ``model``, too; ``learned`` – they are drawn from ``model`` and that
        is all (``search.hanabi.beliefs.learned``).
    model : a learned belief, for the latter two.
    minimum_share : rebuild when the effective sample size of a sampled set falls below this share of ``particles``,
        unless the set was no richer when it was built.
    minimum_effective : a rebuilt set with a smaller effective sample size counts as collapsed.
    searchers : a model of partners who search, by which their moves are weighed; ``None``: they follow the blueprint,
        and what is not its move is uniformly random.
    """

    particles: int
    exact_limit: int
    softening: float
    kind: BeliefName = "exact"
    model: HandModel | None = None
    minimum_share: float = 0.02
    minimum_effective: float = 5.0
    searchers: Searchers | None = None

    def __post_init__(self) -> None:
        if self.particles < 20 or self.exact_limit < 0:  # fewer, thinned to a quarter, would count as collapsed
            raise ValueError("a belief needs particles >= 20 and exact_limit >= 0")
        if not 0.0 <= self.softening < 1.0:
            raise ValueError(f"softening must be in [0, 1), not {self.softening}")
        if (self.model is None) != (self.kind == "exact"):
            raise ValueError(f"the belief {self.kind} {'needs a' if self.model is None else 'uses no'} learned model")


class Effort(NamedTuple):
    """How hard a set is built: hands that are proposed at most, and hands up to which it is exact."""

    particles: int
    exact_limit: int
    wide: bool = False


class Belief:
    """What every belief holds: hypothetical own hands of one seat, each with the memories of the table.

    follower : the policy that all seats are assumed to play, in this seat. workers : threads.

    Attributes after an update: ``hands`` [particles, cards] int32, ``memories`` [particles, players, memory] int64,
    ``probabilities`` [particles], ``inclusion`` [particles], the probability with which each hand was bound to be in
    the set; ``exact`` (bool), ``collapsed`` (bool), ``unexplained`` (bool: collapsed because every hand contradicts
    what the true one cannot), ``rebuilds`` and, of these, ``widenings`` (counts so far).
    """

    def __init__(self, follower: Follower, workers: int | None) -> None:
        self._follower = follower
        self._history = follower.history
        self._game = follower.history.game
        self._workers = workers
        self.hands = np.zeros((0, 0), dtype=np.int32)
        self.memories = np.zeros((0, 0, 0), dtype=np.int64)
        self.probabilities = np.zeros(0)
        self.inclusion = np.zeros(0)
        self.exact = False
        self.collapsed = False
        self.unexplained = False
        self.rebuilds = 0
        self.widenings = 0

    @property
    def effective_sample_size(self) -> float:
        """The number of independent draws from the posterior with as small a sampling error as the set."""
        raise NotImplementedError

    def update(self, key: int) -> None:
        """Bring the set to the present of the history, at a decision of the seat; ``key`` (uint64) seeds proposals."""
        raise NotImplementedError

    def worlds(self, count: int, key: int) -> Worlds:
        """Return ``count`` worlds made of the set; world ``i`` does not depend on ``count``."""
        raise NotImplementedError

    def origins(self, worlds: Worlds) -> Origins:
        """Return what the worlds were made of, for the errors of what is estimated in them."""
        return Origins(worlds.particles, self.probabilities, self.inclusion)

    def _new_memories(self) -> NDArray[np.int64]:
        """Return the memories of the table at the start of the game, one copy a hand."""
        return np.repeat(self._follower.base.new_memories(self._game)[None], len(self.hands), axis=0)

    def _padded_hands(self) -> NDArray[np.int32]:
        padded = np.zeros((len(self.hands), self._game.cards_in_hand), dtype=np.int32)
        padded[:, : self.hands.shape[1]] = self.hands
        return padded


class HandBelief(Belief):
    """Posterior over the own hand of one seat: weighted hands."""

    def __init__(self, follower: Follower, options: BeliefOptions, workers: int | None = None) -> None:
        super().__init__(follower, workers)
        self._options = options
        self._turn = -1  # the turn up to which the set below is replayed; -1: there is none
        self._indices = np.zeros(0, dtype=np.int32)
        self._evidence = Evidence(np.zeros(0), np.zeros(0, np.int64))  # the partners' moves in each particle
        self._log_inclusion = np.zeros(0)  # log of the probability with which it was bound to be in the set
        self._built_size = 0.0  # effective sample size after the last rebuild

    @property
    def effective_sample_size(self) -> float:
        """``1 / sum w^2 (1 - pi)`` of the normalised weights, at most ``particles``; 0 if there are none.

        A hand that was bound to be found, ``pi = 1``, makes no sampling error, however much it weighs.
        """
        if not len(self.hands):
            return 0.0
        total = float((self.probabilities**2 * -np.expm1(self._log_inclusion)).sum())
        return min(1.0 / total if total > 0 else np.inf, float(self._options.particles))

    def update(self, key: int) -> None:
        counts, masks = self._present()
        if self._turn >= 0:
            self._carry_forward(counts, masks, key)
        usual = Effort(self._options.particles, self._options.exact_limit)
        if self._turn < 0 or self._too_thin() or self._fits(counts, masks):
            self._rebuild(counts, masks, key, usual)
        if self._explains_nothing() or (not self.exact and self._is_poor(self._options.minimum_effective)):
            self.widenings += 1
            wider = Effort(_WIDER * usual.particles, _WIDER * usual.exact_limit, True)
            self._rebuild(counts, masks, key ^ _OTHER_KEY, wider)
        self.unexplained = self._explains_nothing()
        self.collapsed = self.unexplained or self._is_poor(self._options.minimum_effective)
        self.inclusion = np.exp(self._log_inclusion)

    def worlds(self, count: int, key: int) -> Worlds:
        """Draw ``count`` worlds by systematic resampling along a golden-ratio sequence.

        World ``i`` does not depend on ``count``, and every prefix of the worlds is spread evenly over the weights.
        """
        offset = float(np.uint64(key) >> np.uint64(11)) / 2.0**53
        points = (offset + _GOLDEN_RATIO * np.arange(count)) % 1.0
        cumulative = np.cumsum(self.probabilities)
        particles = np.searchsorted(cumulative, points * cumulative[-1], side="right")
        particles = np.minimum(particles, len(cumulative) - 1).astype(np.int64)
        return Worlds(self._padded_hands(), self.memories, particles)

    def _present(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        counts = np.zeros(self._game.types, dtype=np.int32)
        _unseen_counts(self._game.rules, self._history.present, self._history.seat, counts)
        return counts, self._history.hint_masks()

    def _is_poor(self, wanted: float) -> bool:
        """Return whether nothing is left, or a sampled set with a smaller effective size."""
        return len(self.hands) == 0 or (not self.exact and self.effective_sample_size < wanted)

    def _too_thin(self) -> bool:
        wanted = max(self._options.minimum_share * self._options.particles, self._options.minimum_effective)
        threshold = min(wanted, max(_POORER * self._built_size, self._options.minimum_effective))
        return self._is_poor(threshold)

    def _fits(self, counts: NDArray[np.int32], masks: NDArray[np.int64]) -> bool:
        """Return whether a sampled set could be exact by now."""
        return not self.exact and self._enumerated(counts, masks, self._options.exact_limit) is not None

    def _explains_nothing(self) -> bool:
        """Return whether a sampled set holds no hand that could be the true one, by the partners' moves.

        The true hand leaves unexplained no more of them than the softening leads one to expect, ``epsilon`` times their
        number, rounded down: none at all where partners hardly ever leave the blueprint; of partners who search, no
        more than a model of them expects. An exact set misses no hand; if nothing in it explains a move, the partner
        did leave the blueprint.
        """
        if self.exact or not len(self.hands):
            return not self.exact
        movers = self._history.views[: self._history.turns, CURRENT_PLAYER]
        moves, options = int(np.count_nonzero(movers != self._history.seat)), self._options
        if options.searchers is None:
            expected = int(max(options.softening, self._follower.base.randomness) * moves)
        else:
            expected = options.searchers.unexplained_at_most(moves)
        return bool(self._evidence.unexplained.min() > expected)

    # --- weights -------------------------------------------------------------------------------------------------

    def _reweight(self, counts: NDArray[np.int32], masks: NDArray[np.int64]) -> None:
        """Set ``probabilities`` to prior x likelihood / inclusion, dropping particles of negligible weight."""
        logs = np.empty(len(self.hands))
        posterior.log_prior(counts, masks, self.hands, logs)
        logs += self._evidence.log_likelihood - self._log_inclusion
        best = logs.max(initial=-np.inf)
        keep = logs > best - _NEGLIGIBLE if best > -np.inf else np.zeros(len(logs), dtype=np.bool_)
        self._select(keep)
        weights = np.exp(logs[keep] - best)
        self.probabilities = weights / weights.sum() if len(weights) else weights

    def _thin(self, key: int) -> None:
        """Reduce a sampled set to its size: heavy particles stay as they are, each light one stays with probability
        weight / c and then weighs c, with c such that the expected number is right.
        """
        size = max(1, self._options.particles // 4)
        if self.exact or len(self.hands) <= size:
            return
        weights = np.sort(self.probabilities)[::-1]
        tail = 1.0 - np.cumsum(weights) + weights  # total weight from each rank on
        slots = size - np.arange(size)
        heavy = int(np.argmax(weights[:size] * slots <= tail[:size]))  # ranks before it stay for certain
        c = float(tail[heavy] / slots[heavy])
        generator = np.random.Generator(np.random.Philox(key=[key, len(self.hands)]))
        light = self.probabilities < c
        cumulative = np.cumsum(np.where(light, self.probabilities / c, 0.0))
        keep = ~light | (np.diff(np.floor(cumulative + generator.random()), prepend=0.0) > 0)
        self._log_inclusion[light] += np.log(self.probabilities[light] / c)
        self.probabilities = np.where(light, c, self.probabilities)[keep]
        self.probabilities /= self.probabilities.sum()
        self._select(keep)

    def _select(self, keep: NDArray[np.bool_]) -> None:
        if not keep.all():
            self.hands = np.ascontiguousarray(self.hands[keep])
            self.memories = np.ascontiguousarray(self.memories[keep])
            self._evidence = self._evidence.of(keep)
            self._log_inclusion = self._log_inclusion[keep]

    def _begin(self) -> None:
        """Forget what the game has shown of the hands."""
        self.memories = self._new_memories()
        self._evidence = Evidence(np.zeros(len(self.hands)), np.zeros(len(self.hands), np.int64))

    def _replay(self, first: int, last: int) -> None:
        worlds = Supposed(self.hands, self.memories, self._evidence)
        options = self._options
        self._follower.replay(worlds, first, last, options.softening, self._workers, options.searchers)

    # --- carrying the set forward --------------------------------------------------------------------------------

    def _carry_forward(self, counts: NDArray[np.int32], masks: NDArray[np.int64], key: int) -> None:
        """Filter by own cards that left the hand, extend by new ones, reweight by the partners' moves."""
        present = self._history.deck_indices()
        for column, index in enumerate(self._indices):
            if index not in present:
                self._select(self.hands[:, column] == self._history.revealed[index])
        kept = [column for column, index in enumerate(self._indices) if index in present]
        self.hands = np.ascontiguousarray(self.hands[:, kept])
        for slot in range(len(kept), len(present)):
            self._append_card(counts, masks[: slot + 1], key)
        self._indices = present
        self._reweight(counts, masks)
        if len(self.hands):
            self._replay(self._turn, self._history.turns)
            self._reweight(counts, masks)
            self._thin(key)
        self._turn = self._history.turns

    def _append_card(self, counts: NDArray[np.int32], masks: NDArray[np.int64], key: int) -> None:
        """Extend each hand by one card: by every possible one while the set stays small, else by a random one."""
        types = np.flatnonzero((masks[-1] >> np.arange(self._game.types)) & 1 & (counts > 0))
        size = len(self.hands)
        if self.exact and size * len(types) <= self._options.exact_limit:
            self.hands = np.column_stack([np.repeat(self.hands, len(types), axis=0), np.tile(types, size)]).astype(
                np.int32
            )
            self.memories = np.repeat(self.memories, len(types), axis=0)
            self._evidence = self._evidence.of(np.repeat(np.arange(size), len(types)))
            self._log_inclusion = np.repeat(self._log_inclusion, len(types))
            return
        self.exact = False
        left = np.tile(counts, (size, 1))
        for column in range(self.hands.shape[1]):
            np.subtract.at(left, (np.arange(size), self.hands[:, column]), 1)
        weights = np.maximum(left[:, types], 0).astype(np.float64)
        total = weights.sum(axis=1)
        generator = np.random.Generator(np.random.Philox(key=[key, self.hands.shape[1]]))
        threshold = generator.random(size) * total
        choice = np.minimum((weights.cumsum(axis=1) <= threshold[:, None]).sum(axis=1), len(types) - 1)
        drawn = types[choice]
        with np.errstate(divide="ignore", invalid="ignore"):  # hands without a possible card have no prior either
            log_q = np.log(weights[np.arange(size), choice]) - np.log(total)
        self.hands = np.column_stack([self.hands, drawn]).astype(np.int32)
        self._log_inclusion = self._log_inclusion + np.where(np.isfinite(log_q), log_q, 0.0)

    # --- rebuilding it from the history --------------------------------------------------------------------------

    def _rebuild(self, counts: NDArray[np.int32], masks: NDArray[np.int64], key: int, effort: Effort) -> None:
        """Start from all hands that hints allow, or from fresh proposals, and replay the whole game in each."""
        self.rebuilds += 1
        every = self._enumerated(counts, masks, effort.exact_limit)
        self.exact = every is not None
        if every is None:
            self._propose(counts, masks, key, effort.particles, effort.wide)
        else:
            self.hands, self._log_inclusion = every, np.zeros(len(every))
        self._begin()
        for turn in range(0, self._history.turns, _BLOCK):
            self._replay(turn, min(turn + _BLOCK, self._history.turns))
            # By likelihood, not by weight: hands that the convention singles out weigh little until they prove it.
            likelihood = self._evidence.log_likelihood
            self._select(likelihood > likelihood.max(initial=-np.inf) - _NEGLIGIBLE)
        self._reweight(counts, masks)
        self._thin(key)
        self._built_size = self.effective_sample_size
        self._turn = self._history.turns
        self._indices = self._history.deck_indices()

    def _enumerated(self, counts: NDArray[np.int32], masks: NDArray[np.int64], limit: int) -> NDArray[np.int32] | None:
        """Return every hand that hints and counts allow, or ``None`` if there are more than ``limit``."""
        hands = np.zeros((limit, len(masks)), dtype=np.int32)
        found = posterior.enumerate_hands(counts, masks, hands)
        return hands[:found].copy() if 0 <= found <= limit else None

    def _propose(
        self, counts: NDArray[np.int32], masks: NDArray[np.int64], key: int, particles: int, wide: bool = False
    ) -> None:
        """Find hands by what hints prove, what the convention says and a learned belief.

        wide : by what the convention says of all cards but one, too.
        """
        readings = self._convention_masks(masks)
        components = [masks, *readings]
        if wide:
            components += [each for reading in readings for each in relaxed(masks, reading)]
        model = self._options.model
        learned = None if model is None else Learned(model, self._history, self._follower.memory)
        self.hands, self._log_inclusion = find_hands(counts, components, learned, particles, key)

    def _convention_masks(self, masks: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Return what the blueprint's convention says of the own cards, if it says more than the hints."""
        read = self._follower.base.read
        if read is None:
            return []
        readings = np.zeros(len(masks), dtype=np.int64)
        read(self._game.rules, self._history.present, self._follower.memory, readings)
        readings &= masks
        readings = np.where(readings == 0, masks, readings)
        return [] if np.array_equal(readings, masks) else [readings]
