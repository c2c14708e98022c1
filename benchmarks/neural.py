"""Neural blueprints, compiled and in torch: ``python -m benchmarks.neural``.

Four tables, all for two players over the smart blueprint, all on one core (``torch.set_num_threads(1)``): decisions a
second of the trainers, evaluations a second of a network, rollouts a second of the search, and where the time of a
compiled decision goes. Both sides compute the same: same parameters, same games, same worlds (checked before timing).
The two sides take turns; figures are medians, in processor time and by the clock, which agree on a quiet machine.
The networks are untrained and follow the base's advice, so games have their usual length.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from agents.blueprints.neural.batched import TorchPolicy, batched_blueprint
from agents.blueprints.neural.blueprint import neural_blueprint
from agents.blueprints.neural.features import feature_count, most_features
from agents.blueprints.neural.network import Shape, new_network, padded
from agents.blueprints.neural.torch_networks import Batch, load_flat, make_network
from agents.blueprints.neural.weights import Network
from agents.training.learner import CompiledLearner
from agents.training.options import TrainingOptions
from agents.training.torch_learner import TorchLearner
from benchmarks.common import conditions, conditions_text, publish, run_benchmark
from benchmarks.neural_kernels import advise_all, decide_all, evaluate_all, first_layers, write_all
from benchmarks.neural_positions import SEED, TURN, Positions, collect, pieces, position
from games.hanabi.game import HanabiGame, standard
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.rollouts.requests import RequestedValues

ADVICE = 6.0
BATCHES = (1, 8, 64, 512)


@dataclass(frozen=True)
class Options:
    """Time compiled networks beside torch."""

    hidden: tuple[int, int] = (128, 128)
    """Units of the hidden layers of the small network."""
    large: int = 512
    """Units of both hidden layers of the large one, which only torch plays."""
    rounds: int = 5
    """How often the sides take turns."""
    games: int = 128
    """Self-play games an iteration of the trainers."""
    worlds: tuple[int, int] = (15, 100)
    """Worlds in which every legal move is rolled out in one call: few, as racing does at first, and many."""
    output: Path | None = None
    """Also write the figures to this file, as JSON."""
    update: tuple[Path, ...] = ()
    """Documents whose neural section gets the tables."""


class Seconds(NamedTuple):
    """Medians of a number of runs."""

    processor: float
    clock: float


def alternating(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Seconds]:
    """Run every way once unmeasured, then all in turn, ``rounds`` times; return the median seconds of each."""
    taken: dict[str, list[Seconds]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            clock, processor = time.perf_counter(), time.process_time()
            way()
            found = Seconds(time.process_time() - processor, time.perf_counter() - clock)
            if turn:
                taken[name].append(found)
    return {name: Seconds(*map(statistics.median, zip(*found, strict=True))) for name, found in taken.items()}


def train(game: HanabiGame, options: Options) -> list[dict[str, Any]]:
    """Time self-play and learning of both trainers on the same settings."""
    settings = TrainingOptions(
        hidden=options.hidden, games=options.games, clone_games=0, augment=False, card_weight=0.0, seed=SEED
    )
    learners: dict[str, CompiledLearner | TorchLearner] = {
        "compiled": CompiledLearner(game, settings, 1),
        "torch": TorchLearner(game, replace(settings, network="feed-forward"), "cpu", 1),
    }
    ways: dict[str, Callable[[], object]] = {}
    for name, learner in learners.items():
        ways |= {f"{name} play": learner.play, f"{name} all": learner.iterate}
    seconds = alternating(ways, options.rounds)
    rows = []
    for name, learner in learners.items():
        steps = learner.steps / learner.iteration
        play, everything = seconds[f"{name} play"], seconds[f"{name} all"]
        rows.append(
            {
                "trainer": name,
                "play": steps / play.processor,
                "update": steps / (everything.processor - play.processor),
                "total": steps / everything.processor,
                "total_clock": steps / everything.clock,
            }
        )
    return rows


def evaluate(network: Network, batched: BatchedBlueprint, positions: Positions, options: Options) -> dict[str, Any]:
    """Time evaluations by batch size, and the parts of a compiled decision."""
    game, parameters = network.game, network.parameters
    count = len(positions.views)
    features = np.zeros((count, most_features(game)), np.int32)
    counts, advice = np.zeros(count, np.int64), np.zeros(count, np.int64)
    logits, values = np.zeros((count, padded(game.moves)), np.float32), np.zeros(count, np.float32)
    rules, moves = game.rules, np.zeros(count, np.int64)
    advise_all(rules, *positions, network.parameters, advice)
    write_all(rules, *positions, advice, features, counts)
    policy = batched.policy
    assert isinstance(policy, TorchPolicy)
    rows = []
    for size in BATCHES:
        repeats = max(1, 512 // size)
        batches = [policy.batch(views, memories) for views, memories in pieces(positions, size, repeats)]

        def compiled(size: int = size, repeats: int = repeats) -> None:
            for i in range(repeats):
                part = slice(i * size, (i + 1) * size)
                evaluate_all(parameters, features[part], counts[part], advice[part], logits[part], values[part])

        def plain(batches: list[Batch] = batches) -> None:
            with torch.inference_mode():
                for batch in batches:
                    policy.network(batch, policy.begin()[:, 0])

        compiled()
        with torch.inference_mode():
            expected = policy.network(batches[0], policy.begin()[:, 0]).values.numpy()
        np.testing.assert_allclose(values[:size], expected, atol=1e-3)
        seconds = alternating({"compiled": compiled, "torch": plain}, 4 * options.rounds)
        done = size * repeats
        rows.append({"batch": size} | {way: [done / t for t in taken] for way, taken in seconds.items()})
    parts: dict[str, Callable[[], object]] = {
        "base": lambda: advise_all(rules, *positions, parameters, advice),
        "features": lambda: write_all(rules, *positions, advice, features, counts),
        "first layer": lambda: first_layers(parameters, features, counts, values),
        "evaluation": lambda: evaluate_all(parameters, features, counts, advice, logits, values),
        "decision": lambda: decide_all(rules, *positions, moves),
    }
    taken = alternating(parts, 4 * options.rounds)
    microseconds = {name: 1e6 * seconds.processor / count for name, seconds in taken.items()}
    return {"evaluations": rows, "parts": microseconds, "features_on": float(counts.mean())}


def roll_outs(network: Network, batched: BatchedBlueprint, options: Options) -> list[dict[str, Any]]:
    """Time rollouts of one position: the same network compiled and batched, and larger ones that only torch plays."""
    game, size, most = network.game, options.large, max(options.worlds)
    small = network.shape[1:3]
    one, legal = position(game, CompiledPolicy(neural_blueprint(network)), most)
    found = {"compiled": (small, one), "torch, batched": (small, position(game, batched, most)[0])}
    for kind in ("feed-forward", "public-recurrent"):
        large = make_network(game, kind, (size, size), "features", ADVICE, SEED)
        values, _ = position(game, batched_blueprint(large, "smart", workers=1), most)
        found[f"torch, batched, {kind}"] = ((size, size), values)
    moves = np.flatnonzero(legal)
    assert np.array_equal(one.returns(moves, 0, most), found["torch, batched"][1].returns(moves, 0, most))
    speeds: dict[str, list[list[float]]] = {name: [] for name in found}
    for worlds in options.worlds:
        ways = {name: _way(values, moves, worlds) for name, (_, values) in found.items()}
        seconds = alternating(ways, options.rounds)
        for name, taken in seconds.items():
            speeds[name].append([len(moves) * worlds / t for t in taken])
    return [{"way": name, "hidden": list(shape), "rollouts": speeds[name]} for name, (shape, _) in found.items()]


def _way(values: RequestedValues, moves: NDArray[np.int64], worlds: int) -> Callable[[], NDArray[np.float64]]:
    return lambda: values.returns(moves, 0, worlds)


def markdown(figures: dict[str, Any], facts: dict[str, Any], options: Options) -> str:
    """Return the tables, with the line that says how they came about."""
    lines = [
        "| trainer | self-play, decisions/s | update, decisions/s | together | by the clock |",
        "|---|--:|--:|--:|--:|",
    ]
    for row in figures["trainers"]:
        cells = [f"{row[key]:,.0f}" for key in ("play", "update", "total", "total_clock")]
        lines.append(f"| {row['trainer']} | {' | '.join(cells)} |")
    lines += ["", "| positions a call | compiled, evaluations/s | torch | ratio | ratio by the clock |"]
    lines += ["|--:|--:|--:|--:|--:|"]
    for row in figures["evaluations"]:
        one, other = row["compiled"], row["torch"]
        ratios = f"{one[0] / other[0]:.1f} | {one[1] / other[1]:.1f}"
        lines.append(f"| {row['batch']} | {one[0]:,.0f} | {other[0]:,.0f} | {ratios} |")
    few, many = options.worlds
    lines += ["", f"| rollouts | hidden layers | rollouts/s, {few} worlds a call | {many} worlds a call |"]
    lines += ["|---|---|--:|--:|"]
    compiled = figures["rollouts"][0]["rollouts"]
    for row in figures["rollouts"]:
        shape = " × ".join(map(str, row["hidden"]))
        cells = [
            f"{found[0]:,.0f}" + (f" (1/{best[0] / found[0]:.1f})" if found is not best else "")
            for found, best in zip(row["rollouts"], compiled, strict=True)
        ]
        lines.append(f"| {row['way']} | {shape} | {' | '.join(cells)} |")
    parts = figures["parts"]
    rest = parts["evaluation"] - parts["first layer"]
    lines += ["", "| of a compiled decision | µs |", "|---|--:|"]
    others = parts["decision"] - parts["base"] - parts["features"] - parts["evaluation"]
    shown = {"base (advice)": parts["base"], "features": parts["features"], "first layer": parts["first layer"]}
    shown |= {"other layers": rest, "scratch arrays, legal moves": others, "whole decision": parts["decision"]}
    for name, value in shown.items():
        lines.append(f"| {name} | {value:.1f} |")
    shape = " × ".join(map(str, options.hidden))
    note = (
        f"Two players over smart, {shape} units ({figures['features_on']:.0f} features on), one core, "
        f"`torch.set_num_threads(1)`, torch {torch.__version__.split('+')[0]}; medians of {options.rounds} alternating "
        f"runs (evaluations: {4 * options.rounds}), processor time unless it says otherwise. An iteration of a trainer "
        f"is {options.games} games and 2 epochs in minibatches of 4,096. Rollouts: all legal moves at turn {TURN}; "
        "batched ones share the compiled rules, features and base. "
    )
    return "\n".join([*lines, "", note + conditions_text(facts)])


def run(options: Options) -> None:
    torch.set_num_threads(1)
    facts, game = conditions("benchmarks.neural"), standard(2)
    console = Console(stderr=True)
    parameters = new_network(Shape(feature_count(game), *options.hidden, game.moves), SEED, ADVICE)
    network = Network(game, "smart", parameters)
    twin = make_network(game, "feed-forward", options.hidden, "features", ADVICE, SEED)
    load_flat(twin, network.parameters)
    batched = batched_blueprint(twin, "smart", workers=1)
    with console.status("rollouts"):
        figures: dict[str, Any] = {"rollouts": roll_outs(network, batched, options)}
    with console.status("evaluations"):
        blueprint = neural_blueprint(network)
        figures |= evaluate(network, batched, collect(game, blueprint, 512), options)
    with console.status("trainers"):
        figures["trainers"] = train(game, options)
    publish("neural", markdown(figures, facts, options), facts | figures, options.output, options.update)


if __name__ == "__main__":
    sys.exit(run_benchmark(run, Options, "benchmarks.neural"))
