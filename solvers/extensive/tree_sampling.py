"""Sampled counterfactual regret minimisation on a compact tree: the methods of ``solvers.extensive.sampled_walk``.

One iteration is a walk for each player; after each, regret matching renews the policies of the infosets it has met.
The average policy is returned (Lanctot et al., NeurIPS 2009: exploitability of ``O(1/sqrt(T))`` in probability). In
games of more than two players, or without a constant sum, the average need not be a Nash equilibrium; what is promised
is that no player regrets not having played another policy throughout, a coarse correlated equilibrium of the *sequence*
of policies played.

Random numbers depend on (seed, iteration, player, place on the walk) alone: a run that is continued is the run that was
not interrupted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games._base.files import whole_file
from games.extensive.compact import CompactTree
from games.extensive.policies import SequenceForm
from solvers.checkpoint import fill
from solvers.extensive.sampled_walk import (
    CHANCES,
    EXTERNAL,
    OUTCOME,
    PUBLIC,
    Frames,
    Tables,
    run_walks,
    sample_regrets,
)

SAMPLING = {
    "outcome-mccfr": OUTCOME,
    "external-mccfr": EXTERNAL,
    "chance-mccfr": CHANCES,
    "public-chance-mccfr": PUBLIC,
}
"""The methods, by name."""

PARAMETERS = {"exploration": 0.6, "baseline": 0.0, "averaging": 0.0}
"""``exploration`` of outcome sampling; ``baseline``, the rate at which guesses learn, 0 for none; ``averaging``, the
power of the iteration's number by which it is weighted in the average."""

OUTCOME_BASELINE = 0.1
"""The rate of outcome sampling if none is given: on Leduc poker the exploitability after as many iterations is 40 %
less than without, in Liar's Dice the same."""


class TreeSampling:
    """A sampled method at work on a tree; ``advance`` runs iterations.

    Parameters
    ----------
    tree : of a game of any number of players.
    method : one of ``SAMPLING``.
    parameters : of ``PARAMETERS``, where others are wanted.

    Raises
    ------
    ValueError
        There is no such method or parameter, or a value has no meaning.
    """

    def __init__(
        self, tree: CompactTree, method: str, *, seed: int = 0, parameters: Mapping[str, float] | None = None
    ) -> None:
        if method not in SAMPLING:
            raise ValueError(f"there is no method {method!r} of sampling a tree: they are {', '.join(SAMPLING)}")
        usual = PARAMETERS | ({"baseline": OUTCOME_BASELINE} if method == "outcome-mccfr" else {})
        own = usual | dict(parameters or {})
        if unknown := own.keys() - PARAMETERS.keys():
            raise ValueError(f"{method} has no parameter {min(unknown)}: they are {', '.join(PARAMETERS)}")
        if not 0.0 < own["exploration"] <= 1.0:
            raise ValueError(f"exploration must be above 0 and at most 1, not {own['exploration']}")
        if not 0.0 <= own["baseline"] <= 1.0:
            raise ValueError(f"baseline must be between 0 and 1, not {own['baseline']}")
        if not (own["averaging"] >= 0.0 and math.isfinite(own["averaging"])):
            raise ValueError(f"averaging must be at least 0, not {own['averaging']}")
        self.tree, self.method, self.seed = tree, method, seed
        self.parameters = own
        self.done = self.decisions = 0
        self._placed: tuple[SequenceForm, list[NDArray[np.int64]]] | None = None
        infosets, slots = len(tree.texts), len(tree.actions)
        widths = np.diff(tree.nodes.first)
        guesses = slots if own["baseline"] > 0.0 else 0
        self.tables = Tables(
            policy=np.repeat(1.0 / widths, widths),
            regrets=np.zeros(slots),
            total=np.zeros(slots),
            baseline=np.zeros((tree.players, guesses)),
            stamps=np.zeros(infosets, np.int64),
            touched=np.zeros(infosets, np.int32),
            met=np.zeros(infosets, bool),
        )
        self.frames = Frames(
            np.zeros((tree.depth + 1, 3), np.int32),
            np.zeros((tree.depth + 1, 4)),
            np.zeros((tree.depth + 1, max(tree.max_actions, 1))),
        )

    def advance(self, count: int) -> None:
        """Run ``count`` more iterations."""
        own = self.parameters
        numbers = own["exploration"], own["baseline"], own["averaging"], np.uint64(self.seed % 2**64)
        players = self.tree.players
        self.decisions += run_walks(
            self.tree.nodes, self.tables, self.frames, SAMPLING[self.method], players, *numbers, self.done, count
        )
        self.done += count

    def sampled_regrets(
        self, player: int, walks: int, policy: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and standard error of the regrets that walks of a player sample at a policy, each [S]."""
        tables = self.tables._replace(
            policy=np.array(policy),
            regrets=np.zeros_like(policy),
            stamps=np.zeros_like(self.tables.stamps),
            baseline=self.tables.baseline.copy(),
        )
        squares = np.zeros_like(policy)
        numbers = self.parameters["exploration"], self.parameters["baseline"], np.uint64(self.seed % 2**64)
        sample_regrets(self.tree.nodes, tables, self.frames, SAMPLING[self.method], player, *numbers, walks, squares)
        mean = tables.regrets / walks
        return mean, np.sqrt(np.maximum(squares / walks - mean**2, 0.0) / walks)

    def average(self) -> NDArray[np.float64]:
        """Return the average policy over all slots [S]; uniform where nothing has been counted."""
        first, total = self.tree.nodes.first, self.tables.total
        widths = np.diff(first)
        sums = np.repeat(np.add.reduceat(total, first[:-1]) if len(widths) else total, widths)
        uniform = np.repeat(1.0 / widths, widths)
        average: NDArray[np.float64] = np.divide(total, sums, out=uniform, where=sums > 0.0)
        return average

    def met(self) -> list[int]:
        """Return how many infosets of each player have been met."""
        return [int((self.tables.met & (self.tree.owner == player)).sum()) for player in range(self.tree.players)]

    def policy(self, game: SequenceForm) -> tuple[NDArray[np.float64], ...]:
        """Return the average for the compiled form of the same game, an array [sequences] for each player."""
        return self.in_game(game, self.average())

    def in_game(self, game: SequenceForm, slots: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """Return numbers over slots [S] at the sequences of a compiled form; 1 at empty ones."""
        if self._placed is None or self._placed[0] is not game:
            self._placed = game, [self._places(game, player) for player in range(self.tree.players)]
        return tuple(np.concatenate([[1.0], slots[places]]) for places in self._placed[1])

    def _places(self, game: SequenceForm, player: int) -> NDArray[np.int64]:
        """Return the slot of every sequence of a player but the empty one."""
        starts, first = self._starts(player), game.treeplexes[player].first
        begins = np.array([starts[text] for text in game.names[player].information_states], np.int64)
        return np.arange(len(game.treeplexes[player].owner) - 1) + np.repeat(begins - first[:-1] + 1, np.diff(first))

    def _starts(self, player: int) -> dict[str, int]:
        first, owner = self.tree.nodes.first.tolist(), self.tree.owner.tolist()
        return {text: first[i] for i, text in enumerate(self.tree.texts) if owner[i] == player}

    def action_probabilities(self, state: Any, player_id: int | None = None) -> dict[int, float]:
        """Return action → probability at a state, as OpenSpiel's policies do."""
        player = state.current_player() if player_id is None else player_id
        legal: Sequence[int] = state.legal_actions(player)
        begin = self._starts(player).get(state.information_state_string(player))
        if begin is None:
            return dict.fromkeys(legal, 1.0 / len(legal))
        average = self.average()
        return {action: float(average[begin + k]) for k, action in enumerate(legal)}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all that has been learnt."""
        tables = self.tables
        return {
            "policy": tables.policy,
            "regrets": tables.regrets,
            "total": tables.total,
            "baseline": tables.baseline,
            "met": tables.met,
        }

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go back to where ``arrays`` were taken (``done`` is not among them); ``ValueError`` if they do not fit."""
        fill(self.arrays(), arrays)

    def save_policy(self, path: Path) -> None:
        """Write ``policy.npz`` as ``games.extensive.policies.save_policy`` does, of the infosets that were met."""
        tree = self.tree
        widths = np.diff(tree.nodes.first)
        shown = np.repeat(self.tables.met, widths)
        owner = np.repeat(np.arange(len(widths)), widths)[shown]
        texts = np.array(tree.texts, np.str_)
        columns = {
            "information_state": texts[owner] if len(texts) else np.empty(0, np.str_),
            "player": tree.owner[owner],
            "action": tree.actions[shown],
            "probability": self.average()[shown],
        }
        with whole_file(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **columns)
