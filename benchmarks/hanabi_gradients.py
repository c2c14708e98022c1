"""What an iteration of training knows of the direction it should go: ``python -m benchmarks.hanabi_gradients``.

Batches of self-play games with a network that does not change give independent estimates ``g_b`` of one policy
gradient. So the squared length of what they agree on and of what they do not can be told apart, without bias:

    signal = mean of <g_b, g_c> over b != c,    noise = mean of <g_b, g_b> - signal,

and so can the cosine between the mean of one estimator and that of another. The estimator with lambda = 1 and all
decisions is unbiased; what a batch is worth for the direction that it points to is
``useful = cosine^2 signal / noise``. Estimators are compared by the ratio of what is useful to that of all decisions at
lambda = 0.95: the batches are the same, so most of the chance is, too. Standard errors are jackknifed over batches. No
clipping, no entropy bonus: the first step of an iteration.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from agents.blueprints.files import SHIPPED
from agents.blueprints.neural.network import HEADER
from agents.blueprints.neural.weights import Network
from agents.training.gradients import METRICS, PPO, Loss, accumulate
from agents.training.learner import CompiledLearner
from agents.training.options import TrainingOptions
from agents.training.thinning import gradient_norms, inclusion_chances
from benchmarks.common import conditions, conditions_text, network_of, publish, table_head
from games._base.command_line import run_command
from games._base.progress import tracked

SEED = 2031
POLICY = Loss(PPO, clip=0.2, entropy=0.0, kl_previous=0.0, kl_magnet=0.0, softening=0.02, value=0.0)
TRACES = (1.0, 0.95, 0.9, 0.8, 0.6)
Floats = NDArray[np.float64]
USUAL = 1  # the estimator that others are compared with


@dataclass(frozen=True)
class Estimator:
    """``kind``: all decisions, a share drawn by gradient norms, or the share with the largest advantages."""

    kind: str
    trace: float
    share: float = 1.0

    @property
    def name(self) -> str:
        """What the table calls it."""
        if self.kind == "all":
            return "all decisions"
        return f"--learn-share {self.share:g}" if self.kind == "drawn" else f"the largest advantages, {self.share:.0%}"


ESTIMATORS = (
    *(Estimator("all", trace) for trace in TRACES),
    *(Estimator("drawn", 0.95, share) for share in (0.5, 0.25, 0.125)),
    *(Estimator("largest", 0.95, share) for share in (0.5, 0.25)),
)


def learner_of(network: Network, trace: float, games: int) -> CompiledLearner:
    """Return a learner whose policy is the network."""
    hidden = network.shape.hidden_1, network.shape.hidden_2
    options = TrainingOptions(
        base=network.base, teacher=network.base, hidden=hidden, history=network.history, seed=SEED,
        clone_games=0, games=games, gamma=1.0, trace=trace,
    )  # fmt: skip
    learner = CompiledLearner(network.game, options)
    learner.start_from(network)
    return learner


def weights_of(estimator: Estimator, advantages: Any, norms: Floats, generator: np.random.Generator) -> Floats:
    """Return how often each decision counts, 0 if it is not learned from."""
    if estimator.kind == "largest":
        sizes = np.abs(advantages)
        return (sizes >= np.quantile(sizes, 1.0 - estimator.share)).astype(np.float64)
    chances = inclusion_chances(norms, estimator.share)
    drawn: Floats = np.where(generator.random(len(chances)) < chances, 1.0 / chances, 0.0)
    return drawn


def gradients(network: Network, batches: int, games: int, console: Console) -> tuple[Floats, list[float]]:
    """Return gradients [estimators, batches, parameters] per decision, in points, and the shares learned from."""
    learners = {trace: learner_of(network, trace, games) for trace in TRACES}
    size = len(network.parameters)
    found = np.zeros((len(ESTIMATORS), batches, size - HEADER), np.float32)
    shares, nothing = [0.0] * len(ESTIMATORS), np.zeros((0, 32), np.float32)
    for batch in tracked(range(batches), console, "batches"):
        for trace, learner in learners.items():
            learner.iteration = batch
            samples = learner.play()
            rows = samples.rows()
            advantages = samples.advantages[rows]
            advantages = 10.0 * (advantages - advantages.mean())
            samples.advantages[rows] = advantages
            norms = gradient_norms(advantages, samples.logits[rows], samples.legal[rows], samples.moves[rows])
            for index, estimator in enumerate(ESTIMATORS):
                if estimator.trace != trace:
                    continue
                weights = np.zeros(len(samples.counts), np.float32)
                weights[rows] = weights_of(estimator, advantages, norms, np.random.default_rng([SEED, batch, index]))
                chosen = rows[weights[rows] > 0.0]
                gradient, metrics = np.zeros(size, np.float32), np.zeros(len(METRICS))
                accumulate(
                    learner.parameters, samples, chosen, weights, nothing, POLICY, 1.0 / len(rows), gradient, metrics
                )
                found[index, batch] = gradient[HEADER:]
                shares[index] += len(chosen) / len(rows) / batches
    return found, shares


def measured(products: Floats, reference: Floats, cross: Floats) -> Floats:
    """Return signal, noise, cosine and useful signal to noise from scalar products [batches, batches].

    The last two are NaN where so few batches show no signal.
    """
    n = len(products)

    def apart(table: Floats) -> float:
        return float((table.sum() - np.trace(table)) / (n * (n - 1)))

    signal, common, true = apart(products), apart(cross), apart(reference)
    noise = float(np.trace(products)) / n - signal
    cosine = common / np.sqrt(signal * true) if min(signal, true) > 0.0 else np.nan
    return np.array([signal, noise, cosine, common**2 / (true * noise) if true > 0.0 else np.nan])


def compared(found: Floats) -> tuple[Floats, Floats]:
    """Return signal / noise, cosine, useful and its ratio to the usual estimator's, and standard errors over batches.

    ``found`` [estimators, batches, parameters]; the results are [estimators, 4].
    """
    count, batches = found.shape[:2]
    flat = found.reshape(count * batches, -1)
    products = (flat @ flat.T).astype(np.float64).reshape(count, batches, count, batches)

    def all_of(chosen: NDArray[np.int64]) -> Floats:
        part = products[:, chosen][:, :, :, chosen]
        rows = [measured(part[k, :, k], part[0, :, 0], part[k, :, 0]) for k in range(count)]
        return np.array([[row[0] / row[1], row[2], row[3], row[3] / rows[USUAL][3]] for row in rows])

    everything = np.arange(batches)
    without = np.array([all_of(everything[everything != batch]) for batch in everything])
    spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    return all_of(everything), np.sqrt((batches - 1) / batches * spread)


def _plus_minus(value: float, error: float, digits: int = 2) -> str:
    """Return a number with its standard error, or a dash where the batches do not show the signal that it needs."""
    return f"{value:.{digits}f} ± {error:.{digits}f}" if np.isfinite(value) and np.isfinite(error) else "–"


def markdown(found: Floats, shares: list[float], facts: dict[str, Any], name: str, games: int) -> str:
    """Return the table, with the line that says how it came about."""
    rows = table_head(
        "what is learned from | lambda | share of decisions | signal / noise, thousandths | cosine | useful | ratio"
    )
    values, errors = compared(found)
    for estimator, share, value, error in zip(ESTIMATORS, shares, values, errors, strict=True):
        ratio = "" if estimator == ESTIMATORS[USUAL] else _plus_minus(value[3], error[3])
        signal, useful = (_plus_minus(1e3 * value[k], 1e3 * error[k], 1) for k in (0, 2))
        rows.append(
            f"| {estimator.name} | {estimator.trace:g} | {share:.0%} | {signal} "
            f"| {_plus_minus(value[1], error[1])} | {useful} | {ratio} |"
        )
    note = (
        f"{name}, seed {SEED}, {found.shape[1]} batches of {games} games; useful: squared cosine with the first row "
        f"times signal / noise, a batch; ratio: to the second row. Standard errors jackknifed over batches. "
    )
    return "\n".join([*rows, "", note + conditions_text(facts)])


def run(options: argparse.Namespace) -> None:
    """Play, compare, print the table and write the files."""
    facts = conditions("benchmarks.hanabi_gradients")
    network = network_of(options.weights)
    found, shares = gradients(network, options.batches, options.games, Console(stderr=True))
    text = markdown(found, shares, facts, options.weights.stem, options.games)
    publish("hanabi gradients", text, facts, options.output, options.update)


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.hanabi_gradients", description=__doc__.split("\n", 1)[0]
    )
    shipped = SHIPPED / "2_players.safetensors"
    parser.add_argument(
        "--weights", type=Path, default=shipped, help="file of the network (default: the one that comes)"
    )
    parser.add_argument("--batches", type=int, default=64, help="independent estimates")
    parser.add_argument("--games", type=int, default=512, help="games of a batch")
    parser.add_argument("--output", type=Path, help="JSON file for the figures")
    parser.add_argument(
        "--update", type=Path, nargs="*", default=[], help="documents with a 'hanabi gradients' section"
    )
    options = parser.parse_args()
    if options.batches < 3 or options.games < 1:
        parser.error("--batches must be at least 3 and --games at least 1")
    return run_command(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
