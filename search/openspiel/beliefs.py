"""What may be hidden, given what a player knows: particles with weights, from OpenSpiel's resampling or by filtering.

The exact belief of an enumerated game is ``search.openspiel.tree``'s. Beliefs here hold for any size of game.

- ``Revealed``: in a game of perfect information the state is known, but for moves of the same round, where players move
  at once; those are made by the blueprint.
- ``Filtered``: histories are simulated from the root, chance and the others by their probabilities, the player's own
  actions as they were, and kept while the player sees at its own decisions what it did see. Survivors of one decision
  are the start of the next (a bootstrap particle filter, Gordon, Salmond and Smith 1993). Nothing of the real state is
  used but the view.
- ``Resampled``: OpenSpiel's ``resample_from_infostate``, where the game has it, weighted by the probability that the
  others' blueprint gives to their actions. That is the posterior if the game draws hidden chance events by their
  probabilities given what is known, as card games do; where actions of others are hidden too, OpenSpiel leaves open how
  they are drawn, and the weights take it to be uniform. Resampling is given the real state, so the game must pass the
  audit (``search.openspiel.audit``).

A filter may lose the true state. It notices that no history is left, or that in all that are left the others would
hardly have done what they did since the last decision (``search.openspiel.plausibility``). Then it begins again at the
root, for ``WIDER`` times the particles and with twice the trials, and the others' actions are drawn half from the
uniform policy and weighted for it. If that does not help, there is no belief. (Where no history agrees with the very
first thing that was seen, as with the ten cards of a hand, and the blueprint is uniform, it would only do the same.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from search.openspiel.audit import resample
from search.openspiel.blueprints import Blueprint, UniformBlueprint
from search.openspiel.game import FloatArray, Known, SearchGame, View
from search.openspiel.plausibility import WORST, Witness
from search.openspiel.rollouts import play, single_uniform, spread, uniforms

WIDER = 4
_TRIALS = 2
_WIDENING = 0.5  # share of the uniform policy in the proposals of a filter that begins again
_REMEMBERED = 8  # decisions whose particles are kept, for searches that go back and forth in a game
_KNOWN_MOVES = 64  # attempts to find a move of the same round, for each particle
_NEVER = 1 << 62


class Particles(NamedTuple):
    """Hypothetical states in which the player has the same view, and their weights [states] (they need not sum to 1).

    Empty if none was found. fault : why they are no belief, if they are none. rebuilt : the filter has begun again.
    """

    states: list[Any]
    weights: FloatArray
    fault: str = ""
    rebuilt: bool = False

    @property
    def usable(self) -> bool:
        """Whether there is a particle of positive weight, and they explain what was seen."""
        return not self.fault and bool(len(self.states)) and bool((self.weights > 0.0).any())


class Revealed:
    """The belief of a game of perfect information; particles only for hidden moves of the same round."""

    def __init__(self, game: SearchGame, blueprint: Blueprint, particles: int) -> None:
        self._filter = Filtered(game, blueprint, particles, _KNOWN_MOVES)

    def particles(self, known: Known, view: View, seed: int) -> Particles:
        """Return the state, or states in which the others have made their moves of the round."""
        if known.complete:
            return Particles([known.state.clone()], np.ones(1))
        found = self._filter.survivors([known.state], None, view, view.key(seed, "filter"))
        return Particles(found.states, np.ones(len(found.states)), "" if found.states else found.fault)


class Survivors(NamedTuple):
    """Simulated histories that agree with a view, their weights [states], and how well the best explains it."""

    states: list[Any]
    weights: FloatArray
    fit: float

    @property
    def fault(self) -> str:
        """Why they are no belief, if they are none."""
        if not self.states:
            return "no simulated history agrees with what was seen"
        return "all particles contradict what was seen" if self.fit < WORST else ""


class _Stage(NamedTuple):
    """The filter at one decision. again : the first decision at which it may begin again at the root."""

    view: View
    seed: int
    particles: Particles
    again: int


class Filtered:
    """Particle filter; ``attempts`` simulated histories at most for each of ``particles`` that are wanted.

    A filter remembers the particles of a player's last views, and goes on from them where the next extends one. That
    saves time and changes nothing: the random numbers of each decision are a hash of the seed and the view there. It
    begins again at the root so seldom (each time only when the game has become half as long again) that all of it
    remains linear in the length of the game.
    """

    def __init__(self, game: SearchGame, blueprint: Blueprint, particles: int, attempts: int) -> None:
        self._game, self._blueprint = game, blueprint
        self._count, self._attempts = particles, attempts
        self._uniform = isinstance(blueprint, UniformBlueprint)
        self._stages: dict[int, list[_Stage]] = {}  # of each player, the last decisions'

    def particles(self, view: View, seed: int) -> Particles:
        """Return particles of equal weight; none if no simulated history survived."""
        stages = self._stages.setdefault(view.player, [])
        while stages and not _extends(view, seed, stages[-1]):
            stages.pop()
        first = len(stages[-1].view.texts) if stages else 0
        for decision in range(first, len(view.texts)):
            stages.append(self._next(stages[-1] if stages else None, view.before(decision), seed))
            del stages[:-_REMEMBERED]
        return stages[-1].particles

    def _next(self, last: _Stage | None, view: View, seed: int) -> _Stage:
        """Return the stage after one of the decision before."""
        root = [self._game.game.new_initial_state()]
        own = view.actions[-1] if view.actions else None
        population = root if last is None else last.particles.states
        found = self.survivors(population, own, view, view.key(seed, "filter"))
        again, fault, rebuilt = 0 if last is None else last.again, found.fault, False
        decision = len(view.actions)
        if not found.states and decision == 0 and self._uniform:
            again = _NEVER
        if fault and decision >= again:
            fresh = self.rebuilt(view, seed)
            again, rebuilt = max(decision + 1, (3 * decision + 4) // 2) if fresh is not None else _NEVER, True
            if fresh is not None and (not fresh.fault or not found.states):
                found, fault = fresh, fresh.fault
        particles = Particles(found.states, np.ones(len(found.states)), fault, rebuilt)
        return _Stage(view, seed, particles, again)

    def rebuilt(self, view: View, seed: int) -> Survivors | None:
        """Return particles of equal weight from the root, more and wider; ``None`` if not even the start was found."""
        key = view.key(seed, "rebuild")
        found = Survivors([self._game.game.new_initial_state()], np.ones(1), 0.0)
        for decision in range(len(view.texts)):
            earlier = view.before(decision)
            own = earlier.actions[-1] if earlier.actions else None
            stage_key = earlier.key(key)
            found = self.survivors(found.states, own, earlier, stage_key, WIDER, _WIDENING)
            if not found.states:
                return None if decision == 0 else found
            chosen = spread(found.weights, WIDER * self._count, single_uniform(stage_key, _NEVER))
            found = found._replace(states=[found.states[i] for i in chosen.tolist()])
        return found

    def survivors(
        self, population: list[Any], own: int | None, view: View, key: int, wider: int = 1, widening: float = 0.0
    ) -> Survivors:
        """Simulate from the last decision of the player to the next, and keep what sees there what the view says.

        It ends when the weights sum to the particles wanted: with wider proposals those that the blueprint would have
        drawn, so that likely histories are looked for as long as without.
        """
        count, most = wider * self._count, self._attempts * self._count * (_TRIALS if widening else 1)
        kept: list[Any] = []
        weights, fits = np.zeros(0), np.zeros(0)
        tried = 0
        while population and weights.sum() < count and tried < most:
            numbers = np.arange(tried, tried + count)
            states = [population[number % len(population)].clone() for number in numbers.tolist()]
            if own is not None:
                for state in states:
                    state.apply_action(own)
            witness = None if self._uniform else Witness(count, widening)
            play(states, numbers, key, self._blueprint, until=view.player, witness=witness)
            alive = [slot for slot, state in enumerate(states) if self._agrees(state, view)]
            if witness is not None:
                alive = [slot for slot in alive if witness.weights[slot] > 0.0]
            kept += [states[slot] for slot in alive]
            weights = np.append(weights, np.ones(len(alive)) if witness is None else witness.weights[alive])
            fits = np.append(fits, np.zeros(len(alive)) if witness is None else witness.fits[alive])
            tried += count
        if not widening:  # all weights are 1
            kept, weights, fits = kept[:count], weights[:count], fits[:count]
        return Survivors(kept, weights, float(fits.max()) if len(fits) else 0.0)

    def _agrees(self, state: Any, view: View) -> bool:
        """Whether the player is to move in a state and sees there what the view says."""
        return state.current_player() == view.player and self._game.seen(state, view.player) == view.texts[-1]


def _extends(view: View, seed: int, stage: _Stage) -> bool:
    """Whether a view is that of a stage, or a later one of the same game."""
    earlier = stage.view
    made, shown = len(earlier.actions), len(earlier.texts)
    return seed == stage.seed and view.texts[:shown] == earlier.texts and view.actions[:made] == earlier.actions


class Resampled:
    """``resample_from_infostate``, with weights; ``game`` must have passed the audit."""

    def __init__(self, game: SearchGame, blueprint: Blueprint, particles: int) -> None:
        self._game, self._blueprint, self._count = game, blueprint, particles

    def particles(self, state: Any, view: View, seed: int) -> Particles:
        """Return weighted particles of the view, which must be that of ``state``."""
        seeds = uniforms(view.key(seed, "resample"), np.arange(self._count), 0) * 2.0**53
        drawn = [resample(state, view.player, int(number)) for number in seeds]
        weights = self._reach(drawn, view.player)
        fault = "" if (weights > 0.0).any() else "the others' blueprint leads to no resampled state"
        return Particles(drawn, weights, fault)

    def _reach(self, drawn: Sequence[Any], player: int) -> FloatArray:
        """Return the product of the probabilities of the others' actions on the way to each state."""
        weights = np.ones(len(drawn))
        replayed, asked = [], []
        for slot, state in enumerate(drawn):
            now = self._game.game.new_initial_state()
            for action in state.history():
                if now.current_player() not in (-1, player):
                    replayed.append(now.clone())
                    asked.append((slot, now.legal_actions().index(action)))
                now.apply_action(action)
        rows = self._blueprint.probabilities(replayed)
        for (slot, position), row in zip(asked, rows, strict=True):
            weights[slot] *= row[position]
        return weights
