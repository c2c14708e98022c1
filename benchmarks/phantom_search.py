"""The exact exploitability of mirror-descent search in phantom games, every information state tabulated.

    python -m benchmarks.phantom_search --update docs/phantom_games.md
    python -m benchmarks.phantom_search --games dark_hex --particles 10 100 --results runs/phantom_search.json

From the uniform blueprint: MMDS over a grid of ``eta`` and ``alpha`` and Monte Carlo search with the exact posterior;
the same with so many particles; and search iterated on its own output. Each line is evaluated exactly: exploitability,
and the mean return against uniform play in both seats. Seconds are the processor's, all threads together, so that other
programs hardly matter. With ``--results`` every line is kept in a file as soon as it is
known, and a later run measures only what is missing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import conditions, conditions_text, replace_section
from games.files import write_whole
from games.phantom.information_states import InformationStates, information_states
from games.phantom.policies import Policies, uniform_policies
from search.phantom.sampled import sampled_action_values
from search.phantom.tabulate import TabulatedUpdate, iterated_search, search_policies
from search.phantom.values import ActionValues
from search.planner import MagneticMirrorDescent, MirrorDescent, PolicyIteration
from solvers.phantom.evaluation import evaluate_checked
from solvers.phantom.gradient import Gradient, gradient
from solvers.phantom.sweeps import reaches, root_value, values

ETAS = (2.0, 5.0, 10.0, 20.0, 50.0)
ALPHAS = (0.0, 0.02, 0.05, 0.1)
PARTICLE_STEPS = (2.5, 5.0, 10.0, 20.0)
ITERATED = ((2.0, 0.0), (2.0, 0.1), (10.0, 0.05))
DEPTHS = (1, 2, 4, 8)
FRESH_STEPS = (5.0, 10.0, 20.0)
DRAWS = 8
KINDS = {"rollouts": "rollouts played out", "outcomes": "returns from one number"}

Line = dict[str, Any]


class Uniform:
    """The uniform blueprint of a game: what a policy gets against it, exactly, and each seat's gradient, kept."""

    def __init__(self, states: InformationStates) -> None:
        self.states = states
        self.policies = uniform_policies(states.game)
        self.gradients = [self._gradient(player) for player in range(2)]

    def _gradient(self, player: int) -> Gradient:
        policy = self.policies[1 - player]
        return gradient(self.states, player, *reaches(self.states, 1 - player, policy), policy)

    def return_of(self, player: int, policies: Policies) -> float:
        """Return the expected utility of a player with the policy in that seat."""
        found = values(self.states, player, self.gradients[player], policies[player])
        return root_value(self.states, player, self.gradients[player], found)


class Measured:
    """Lines of results by key, in a file if there is one."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.lines: dict[str, Line] = json.loads(path.read_text()) if path is not None and path.exists() else {}

    def line(self, key: str, work: Callable[[], Line]) -> Line:
        """Return the line with this key, measured now if it is missing."""
        if key not in self.lines:
            self.lines[key] = work()
            print(key, json.dumps(self.lines[key]), flush=True)
            if self.path is not None:
                write_whole(self.path, json.dumps(self.lines, indent=1) + "\n")
        return self.lines[key]


def evaluated(uniform: Uniform, policies: Policies) -> Line:
    """Return everything that is said about policies."""
    began = time.process_time()
    found = evaluate_checked(uniform.states, policies)
    seconds = time.process_time() - began
    first, second = (uniform.return_of(player, policies) for player in range(2))
    return {
        "exploitability": found.exploitability,
        "best_response_values": list(found.best_response_values),
        "value": found.value,
        "return_first": first,
        "return_second": second,
        "evaluation_processor_seconds": seconds,
    }


def effective_step(eta: float, alpha: float) -> float:
    """Return the step of MMD from a uniform policy towards a uniform magnet: all that its result depends on."""
    return float(f"{eta / (1.0 + alpha * eta):.6g}")


class Lazy:
    """Action values that are computed when they are first needed."""

    def __init__(self, game: str, particles: int | None, continuation: Any, seed: int) -> None:
        self.arguments = game, particles, continuation, seed
        self.found: ActionValues | None = None
        self.seconds = 0.0

    def get(self) -> ActionValues:
        """Return the values."""
        if self.found is None:
            began = time.process_time()
            self.found = sampled_action_values(*self.arguments)
            self.seconds = time.process_time() - began
        return self.found


def one_search(uniform: Uniform, lazy: Lazy, update: TabulatedUpdate) -> Line:
    """Return the line of a search from the uniform blueprint."""
    policies = search_policies(uniform.states.game, uniform.policies, lazy.get(), update)
    return {"search_processor_seconds": lazy.seconds} | evaluated(uniform, policies)


def measure(game: str, particles: list[int], seed: int, measured: Measured) -> None:
    """Measure all lines of a game."""
    sampled_action_values("dark_hex_2x2", 1)  # compiles
    uniform = Uniform(information_states(game))
    measured.line(f"{game} blueprint", lambda: evaluated(uniform, uniform.policies))
    _measure_updates(f"{game} exact", uniform, Lazy(game, None, "expectations", seed), _steps(), measured)
    for eta, alpha in ITERATED:
        _measure_iterated(game, uniform, eta, alpha, measured)
    for count in particles:
        for kind in KINDS:
            lazy = Lazy(game, count, kind, seed)
            _measure_updates(f"{game} {count} {kind}", uniform, lazy, PARTICLE_STEPS, measured)
    _measure_fresh(game, particles[0], uniform, seed, measured)


def _measure_updates(key: str, uniform: Uniform, lazy: Lazy, steps: Sequence[float], measured: Measured) -> None:
    for name, update in _named_updates(steps).items():
        measured.line(f"{key} {name}", partial(one_search, uniform, lazy, update))


def _named_updates(steps: Sequence[float]) -> dict[str, TabulatedUpdate]:
    named: dict[str, TabulatedUpdate] = {f"{step:g}": MirrorDescent(step) for step in steps}
    return named | {"greedy": PolicyIteration()}


def _measure_fresh(game: str, count: int, uniform: Uniform, seed: int, measured: Measured) -> None:
    """Measure searches that draw new particles at every decision: the mean of policies with different particles."""
    updates = _named_updates(FRESH_STEPS)
    key = f"{game} {count} fresh"
    if all(f"{key} {name}" in measured.lines for name in updates):
        return
    means = {name: tuple(np.zeros_like(policy) for policy in uniform.policies) for name in updates}
    for draw in range(DRAWS):
        values = sampled_action_values(game, count, "rollouts", seed + 1 + draw)
        for name, update in updates.items():
            policies = search_policies(game, uniform.policies, values, update)
            for player in range(2):
                means[name][player][:] += policies[player] / DRAWS
    for name, mean in means.items():
        measured.line(f"{key} {name}", partial(evaluated, uniform, (mean[0], mean[1])))


def _measure_iterated(game: str, uniform: Uniform, eta: float, alpha: float, measured: Measured) -> None:
    update = MagneticMirrorDescent(eta, alpha)
    policies, done = uniform.policies, 0
    for depth in DEPTHS:
        key = f"{game} iterated {eta:g} {alpha:g} {depth}"
        if key in measured.lines:
            continue
        policies, done = iterated_search(game, policies, update, depth - done), depth
        measured.line(key, partial(evaluated, uniform, policies))


def tables(game: str, particles: list[int], lines: dict[str, Line]) -> str:
    """Return the tables of a game as Markdown."""
    return "\n\n".join([_planners(game, particles, lines), _grid(game, lines), _iterated(game, lines)])


def _planners(game: str, particles: list[int], lines: dict[str, Line]) -> str:
    """Return the table of planners: the blueprint, MMDS by step, Monte Carlo search; by particles."""
    out = [
        f"**{game}**, one search from the uniform blueprint.",
        "",
        "| planner | belief | exploitability | best responses | return first, second | mean of seats | processor |",
        "|---|---|---|---|---|---|---|",
    ]
    out.append(_planner_row("uniform blueprint", "–", lines[f"{game} blueprint"]))
    beliefs = [("exact", "exact")]
    beliefs += [
        (f"{count} {kind}", f"{count:,} particles, {text}") for kind, text in KINDS.items() for count in particles
    ]
    for key, belief in beliefs:
        steps = _steps() if key == "exact" else list(PARTICLE_STEPS)
        best = min(steps, key=lambda step: lines[f"{game} {key} {step:g}"]["exploitability"])
        for step in steps if key != "exact" else sorted({*PARTICLE_STEPS, best}):
            name = f"MMDS, step {step:g}" + (" (best)" if step == best else "")
            out.append(_planner_row(name, belief, lines[f"{game} {key} {step:g}"]))
        out.append(_planner_row("Monte Carlo search", belief, lines[f"{game} {key} greedy"]))
    belief = f"{particles[0]:,} particles, new at each decision ({DRAWS} draws)"
    for step in FRESH_STEPS:
        out.append(_planner_row(f"MMDS, step {step:g}", belief, lines[f"{game} {particles[0]} fresh {step:g}"]))
    out.append(_planner_row("Monte Carlo search", belief, lines[f"{game} {particles[0]} fresh greedy"]))
    return "\n".join(out)


def _steps() -> list[float]:
    """Return the steps that are measured with the exact posterior."""
    return sorted({effective_step(eta, alpha) for eta in ETAS for alpha in ALPHAS} | set(PARTICLE_STEPS))


def _planner_row(name: str, belief: str, line: Line) -> str:
    first, second = line["return_first"], line["return_second"]
    best = ", ".join(f"{value:.4f}" for value in line["best_response_values"])
    seconds = f"{line['search_processor_seconds']:.0f} s" if "search_processor_seconds" in line else "–"
    return (
        f"| {name} | {belief} | {line['exploitability']:.4f} | {best} | {first:+.4f}, {second:+.4f} "
        f"| {(first + second) / 2:+.4f} | {seconds} |"
    )


def _grid(game: str, lines: dict[str, Line]) -> str:
    out = [
        f"**{game}**, exact posterior: exploitability of MMDS with a uniform magnet (α = 0: MDS).",
        "",
        "| η | " + " | ".join(f"α = {alpha:g}" for alpha in ALPHAS) + " |",
        "|---" * (len(ALPHAS) + 1) + "|",
    ]
    for eta in ETAS:
        found = [lines[f"{game} exact {effective_step(eta, alpha):g}"]["exploitability"] for alpha in ALPHAS]
        out.append(f"| {eta:g} | " + " | ".join(f"{value:.4f}" for value in found) + " |")
    return "\n".join(out)


def _iterated(game: str, lines: dict[str, Line]) -> str:
    out = [
        f"**{game}**, exact posterior, search whose blueprint is the search before: exploitability after k of them.",
        "",
        "| η, α | " + " | ".join(f"k = {depth}" for depth in DEPTHS) + " |",
        "|---" * (len(DEPTHS) + 1) + "|",
    ]
    for eta, alpha in ITERATED:
        found = [lines[f"{game} iterated {eta:g} {alpha:g} {depth}"] for depth in DEPTHS]
        row = " | ".join(f"{line['exploitability']:.4f}" for line in found)
        out.append(f"| {eta:g}, {alpha:g} | {row} |")
    return "\n".join(out)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.phantom_search", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--games", nargs="+", default=["phantom_ttt", "dark_hex"], help="phantom games by name")
    parser.add_argument("--particles", nargs="+", type=int, default=[10, 100, 1000])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, help="JSON file that keeps every line")
    parser.add_argument("--update", type=Path, help="document whose tables are replaced")
    options = parser.parse_args()
    facts = conditions("benchmarks.phantom_search")
    measured = Measured(options.results)
    for game in options.games:
        measure(game, options.particles, options.seed, measured)
    text = "\n\n".join(tables(game, options.particles, measured.lines) for game in options.games)
    print(text)
    if options.update:
        note = f"{conditions_text(facts)} Seed {options.seed}; load before: {facts['load_before']}."
        replace_section(options.update, "phantom search", f"{note}\n\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
