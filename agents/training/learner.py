"""The compiled learner: self-play, then some passes of minibatches, and again.

Everything is a function of the options and of arrays that ``arrays`` returns: iteration ``i`` plays the games
``i * games ..`` of the training seed, minibatches are shuffled by (seed, iteration), and sums do not depend on the
number of threads. So a run that was interrupted goes on to the same bits.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents.blueprints.neural.features import feature_count
from agents.blueprints.neural.network import HEADER, Shape, new_network, padded, views
from agents.blueprints.neural.weights import Network
from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.training.gradients import IMITATION, METRICS, PPO, Loss, accumulate
from agents.training.labels import label_games, stepped_policies
from agents.training.optimiser import adam_step, add_up
from agents.training.options import TrainingOptions
from agents.training.progress import Progress, check_arrays
from agents.training.samples import Samples, empty_samples
from agents.training.self_play import play_games
from agents.training.thinning import gradient_norms, inclusion_chances
from games._base.threads import run_ranges
from games.hanabi.game import HanabiGame

if TYPE_CHECKING:
    from agents.training.distillation import LargePlayer

PARTS = 4  # of a minibatch: gradients that are summed by themselves
Floats = npt.NDArray[np.float32]


class CompiledLearner(Progress):
    """PPO with mirror-descent regularisers for a small network, by compiled code on all cores.

    Attributes
    ----------
    parameters, average : the network and its moving average, flat (``agents.blueprints.neural.network``).
    iteration, steps, updates : see ``Progress``.
    """

    def __init__(self, game: HanabiGame, options: TrainingOptions, workers: int | None = None) -> None:
        super().__init__(game, options)
        self._workers = workers
        first, second = options.hidden
        shape = Shape(feature_count(game, options.history), first, second, game.moves)
        self.parameters = new_network(shape, options.seed, self.advice, options.history)
        self.average = self.parameters.copy()
        self._first, self._second = np.zeros_like(self.parameters), np.zeros_like(self.parameters)
        self._parts = np.zeros((PARTS, len(self.parameters)), np.float32)
        self._large: LargePlayer | None = None
        self._teacher = blueprint_by_name(options.teacher)
        self._memories = np.pad(self._teacher.new_memories(game), ((0, 0), (0, options.history)))
        self._samples = empty_samples(game, options.games, options.history)
        self._weights = np.ones(len(self._samples.counts), np.float32)
        self._no_targets = np.zeros((0, padded(game.moves)), np.float32)
        labelled = len(self._samples.counts) if options.method == "expert-iteration" else 0
        self._scores = np.full((labelled, padded(game.moves)), np.nan, np.float32)

    def learn_from(self, large: LargePlayer) -> None:
        """Clone a large network in place of the teacher."""
        self._large = large

    def start_from(self, network: Network) -> None:
        """Take the weights of a network; raises ``ValueError`` if it has wider layers or another base.

        Earlier moves that it did not read begin with weights of zero, and units that it did not have say nothing at
        first, but listen at random: the policy is the same, and all of it can learn.
        """
        shape, history, hidden = network.shape, self.options.history, self.options.hidden
        if network.base != self.options.base or shape.hidden_1 > hidden[0] or shape.hidden_2 > hidden[1]:
            raise ValueError(
                f"the network has base {network.base} and hidden layers of {shape.hidden_1} and {shape.hidden_2} units"
            )
        if network.history > history:
            raise ValueError(f"the network reads {network.history} earlier moves, not {history}: say --history")
        given = views(network.parameters)
        for vector in (self.parameters, self.average):
            for name, part in views(vector).items():
                _take(part, given[name], listens=name in ("first", "second"))

    def _games(self, start: int, stop: int) -> tuple[Any, ...]:
        """Return what self-play is told of games ``start .. stop - 1`` of the present iteration (``GAMES_TYPES``)."""
        with_base = self.options.base != "none"
        return self.game.rules, self.seed, self.first_game, start, stop, self.parameters, with_base

    def _table(self) -> tuple[Any, ...]:
        """Return memories, blueprint and samples (``TABLE_TYPES``)."""
        return self._memories, self._teacher.decide, self._teacher.observe, self._samples

    def play(self) -> Samples:
        """Play the games of the present iteration and return their decisions."""
        options = self.options

        def work(start: int, stop: int) -> None:
            play_games(
                *self._games(start, stop),
                self.cloning,
                options.at("bomb_penalty", self.steps),
                options.gamma,
                options.at("trace", self.steps),
                *self._table(),
            )

        run_ranges(work, options.games, self._workers)
        return self._samples

    def label(self) -> tuple[Samples, Floats]:
        """Play the games of the present iteration; return their decisions and the final scores of labelled moves."""
        options = self.options

        def work(start: int, stop: int) -> None:
            label_games(
                *self._games(start, stop),
                (
                    options.label_share,
                    options.label_margin,
                    options.label_plies,
                    options.label_trace,
                    options.label_exploration,
                ),
                *self._table(),
                self._scores,
            )

        run_ranges(work, options.games, self._workers, chunk=4)
        return self._samples, self._scores

    def iterate(self) -> dict[str, float]:
        """Play and learn once; return what happened (see ``METRICS``; ``score`` is the mean of the sampled games)."""
        began = time.perf_counter()
        targets, loss = self._no_targets, self.loss()
        if self.cloning and self._large is not None:
            samples, targets = self._large.play(self.seed, self.first_game)
            rows = samples.rows()
            seen = len(rows)
        elif not self.cloning and self.options.method == "expert-iteration":
            samples, targets = self.label()
            rows = samples.rows()
            seen, rows = len(rows), rows[~np.isnan(targets[rows]).all(axis=1)]
            if loss.kind == IMITATION:
                parts = samples.logits[rows], samples.legal[rows], targets[rows]
                targets[rows] = stepped_policies(*parts, self.options.label_step)
        else:
            samples = self.play()
            rows = samples.rows()
            seen = len(rows)
            self._normalise(samples, rows)
            if loss.kind == PPO and self.options.learn_share < 1.0:
                rows = self._thinned(samples, rows)
        played = time.perf_counter()
        metrics = self.learn(samples, rows, targets, loss, seen if loss.kind == PPO else None)
        self.iteration += 1
        self.steps += seen
        return {
            "steps": float(seen),
            "games": float(self.options.games),
            "score": float(samples.scores.mean()),
            **metrics,
            "seconds_play": played - began,
            "seconds_update": time.perf_counter() - played,
        }

    def _normalise(self, samples: Samples, rows: npt.NDArray[np.int64]) -> None:
        """Give the advantages mean 0 and variance 1."""
        advantages = samples.advantages[rows]
        samples.advantages[rows] = (advantages - advantages.mean()) / max(float(advantages.std()), 1e-6)

    def _thinned(self, samples: Samples, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Draw the rows that are learned from, and set their weights."""
        policy = samples.logits[rows], samples.legal[rows], samples.moves[rows]
        chances = inclusion_chances(gradient_norms(samples.advantages[rows], *policy), self.options.learn_share)
        self._weights[rows] = 1.0 / chances
        return rows[self.thinner().random(len(rows)) < chances]

    def learn(
        self,
        samples: Samples,
        rows: npt.NDArray[np.int64],
        targets: Floats,
        loss: Loss,
        decisions: int | None = None,
    ) -> dict[str, float]:
        """Make ``epochs`` passes over the samples ``rows``; return the means of the metrics over the last pass.

        ``decisions``: how many the rows stand for, if they were thinned; so many are shared out among minibatches.
        Without samples (few games, of which no decision was labelled) nothing is learned, and all metrics are 0.
        """
        if not len(rows):
            return dict.fromkeys(METRICS, 0.0)
        options = self.options
        generator = self.shuffler()
        rate = options.at("learning_rate", self.steps)
        whole = decisions or len(rows)
        batches = max(1, round(whole / options.minibatch))
        means = np.zeros(len(METRICS))
        for epoch in range(options.epochs):
            order = generator.permutation(rows)
            for batch in np.array_split(order, batches):
                scale = len(rows) / whole / max(1, len(batch))
                found = self._descend(samples, batch, targets, loss, scale, rate)
                if epoch == options.epochs - 1:
                    means += found / batches
        return dict(zip(METRICS, means.tolist(), strict=True))

    def _descend(
        self,
        samples: Samples,
        rows: npt.NDArray[np.int64],
        targets: Floats,
        loss: Loss,
        scale: float,
        rate: float,
    ) -> npt.NDArray[np.float64]:
        pieces = np.array_split(rows, PARTS)
        metrics = np.zeros((PARTS, len(METRICS)))

        weights = self._weights

        def work(start: int, stop: int) -> None:
            for part in range(start, stop):
                accumulate(
                    self.parameters,
                    samples,
                    pieces[part],
                    weights,
                    targets,
                    loss,
                    scale,
                    self._parts[part],
                    metrics[part],
                )

        run_ranges(work, PARTS, self._workers, chunk=1)
        size = len(self.parameters)
        norm = np.sqrt(add_up(self._parts, HEADER, size))
        self.updates += 1
        adam_step(
            self.parameters,
            self._parts[0],
            min(1.0, self.options.gradient_norm / max(norm, 1e-12)),
            self._first,
            self._second,
            self.average,
            rate,
            self.averaging,
            self.updates,
            HEADER,
            size,
        )
        total: npt.NDArray[np.float64] = metrics.sum(axis=0)
        return total

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return all that a bit-exact resume needs."""
        return {
            "parameters": self.parameters,
            "average": self.average,
            "first_moment": self._first,
            "second_moment": self._second,
            "counters": self.counters(),
        }

    def restore(self, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
        """Go on from what ``arrays`` returned; raises ``ValueError`` if it is of another shape."""
        check_arrays(self.arrays(), arrays)
        self.parameters[:], self.average[:] = arrays["parameters"], arrays["average"]
        self._first[:], self._second[:] = arrays["first_moment"], arrays["second_moment"]
        self.restore_counters(arrays)


def _take(part: Floats, given: Floats, listens: bool) -> None:
    """Copy a smaller matrix or vector; new rows become zero, new columns, too, unless it ``listens``."""
    rows = len(given)
    if part.ndim == 1:
        part[:rows], part[rows:] = given, 0.0
        return
    columns = given.shape[1]
    part[:rows, :columns], part[rows:, :columns] = given, 0.0
    if not listens:
        part[:, columns:] = 0.0
