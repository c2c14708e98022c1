"""What may be hidden, given what a player knows: particles with weights, from OpenSpiel's resampling or by filtering.

The exact belief of an enumerated game is ``search.openspiel.tree``'s. Both beliefs here hold for any size of game.

- ``Filtered``: histories are simulated from the root, chance and the others by their probabilities, the player's own
  actions as they were, and kept while the player sees at its own decisions what it did see. Survivors of one decision
  are the start of the next (a bootstrap particle filter, Gordon, Salmond and Smith 1993). Nothing of the real state is
  used but the view.
- ``Resampled``: OpenSpiel's ``resample_from_infostate``, where the game has it, weighted by the probability that the
  others' blueprint gives to their actions. That is the posterior if the game draws hidden chance events by their
  probabilities given what is known, as card games do; where actions of others are hidden too, OpenSpiel leaves open how
  they are drawn, and the weights take it to be uniform. Resampling is given the real state, so the game must pass the
  audit (``search.openspiel.audit``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from search.openspiel.audit import resample
from search.openspiel.blueprints import Blueprint
from search.openspiel.game import FloatArray, SearchGame, View
from search.openspiel.rollouts import play, uniforms


class Particles(NamedTuple):
    """Hypothetical states in which the player has the same view, and their weights [states] (they need not sum to 1).

    Empty if none was found.
    """

    states: list[Any]
    weights: FloatArray

    @property
    def usable(self) -> bool:
        """Whether there is a particle of positive weight."""
        return bool(len(self.states)) and bool((self.weights > 0.0).any())


class Filtered:
    """Particle filter; ``attempts`` simulated histories at most for each of ``particles`` that are wanted.

    A filter remembers the particles of a player's last view, and goes on from them where the next extends it. That
    saves time and changes nothing: the random numbers of each decision are a hash of the seed and the view there.
    """

    def __init__(self, game: SearchGame, blueprint: Blueprint, particles: int, attempts: int) -> None:
        self._game, self._blueprint = game, blueprint
        self._count, self._attempts = particles, attempts
        self._known: dict[int, list[tuple[int, list[Any]]]] = {}  # player → key and particles of each decision

    def particles(self, view: View, seed: int) -> Particles:
        """Return particles of equal weight; none if no simulated history survived."""
        population = [self._game.game.new_initial_state()]
        known = self._known.setdefault(view.player, [])
        for decision in range(len(view.texts)):
            key = view.before(decision).key(seed, "filter")
            if decision < len(known) and known[decision][0] == key:
                population = known[decision][1]
                continue
            del known[decision:]
            own = view.actions[decision - 1] if decision else None
            population = self._survivors(population, own, view.player, view.texts[decision], key)
            known.append((key, population))
        return Particles(population, np.ones(len(population)))

    def _survivors(self, population: list[Any], own: int | None, player: int, text: str, key: int) -> list[Any]:
        """Simulate from one decision of the player to the next, and keep those that see ``text`` there."""
        kept: list[Any] = []
        tried = 0
        while population and len(kept) < self._count and tried < self._attempts * self._count:
            numbers = np.arange(tried, tried + self._count)
            states = [population[number % len(population)].clone() for number in numbers.tolist()]
            if own is not None:
                for state in states:
                    state.apply_action(own)
            play(states, numbers, key, self._blueprint, until=player)
            alive = (state for state in states if state.current_player() == player)
            kept += [state for state in alive if self._game.seen(state, player) == text]
            tried += self._count
        return kept[: self._count]


class Resampled:
    """``resample_from_infostate``, with weights; ``game`` must have passed the audit."""

    def __init__(self, game: SearchGame, blueprint: Blueprint, particles: int) -> None:
        self._game, self._blueprint, self._count = game, blueprint, particles

    def particles(self, state: Any, view: View, seed: int) -> Particles:
        """Return weighted particles of the view, which must be that of ``state``."""
        seeds = uniforms(view.key(seed, "resample"), np.arange(self._count), 0) * 2.0**53
        drawn = [resample(state, view.player, int(number)) for number in seeds]
        return Particles(drawn, self._reach(drawn, view.player))

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
