"""The exact exploitability of mirror-descent search in phantom games, every information state tabulated.

    python -m benchmarks.phantom_search --update docs/phantom_search.md --figure docs/phantom_search.png
    python -m benchmarks.phantom_search --games dark_hex --particles 10 100 --results runs/phantom_search.json

From the uniform blueprint: MMDS over a grid of ``eta`` and ``alpha`` and Monte Carlo search with the exact posterior;
the same with so many particles; and search iterated on its own output. Each line is evaluated exactly: exploitability,
and the mean return against uniform play in both seats. Seconds are the processor's, all threads together. With
``--results`` every line is kept in a file as soon as it is known, and a later run measures only what is missing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import conditions, conditions_text, replace_section
from benchmarks.phantom_search_tables import (
    DEPTHS,
    DRAWS,
    FRESH,
    ITERATED,
    PARTICLE_STEPS,
    SPREAD,
    Line,
    draw_figure,
    exact_steps,
    is_small,
    iterated_key,
    sampled_beliefs,
    spread_key,
    tables,
)
from games._base.files import write_whole
from games.phantom.game import phantom_game
from games.phantom.information_states import InformationStates, information_states
from games.phantom.policies import Policies, uniform_rows
from games.phantom.symmetry import folded
from search.phantom.sampled import sampled_action_values
from search.phantom.tabulate import TabulatedUpdate, search_policies, search_states
from search.phantom.values import ActionValues, values_of_states
from search.planner import MagneticMirrorDescent, MirrorDescent, PolicyIteration
from solvers.phantom.evaluation import evaluate_checked
from solvers.phantom.gradient import Gradient, gradient
from solvers.phantom.sweeps import reaches, root_value, values

GAMES = ("phantom_ttt", "dark_hex", "abrupt_phantom_ttt", "abrupt_dark_hex")


class Uniform:
    """The uniform blueprint of a game: what a policy gets against it, exactly, and each seat's gradient, kept."""

    def __init__(self, states: InformationStates) -> None:
        self.states = states

    @cached_property
    def policies(self) -> Policies:
        """The blueprint."""
        return uniform_rows(self.states)

    @cached_property
    def gradients(self) -> list[Gradient]:
        """The gradient of each seat against it."""
        return [self._gradient(player) for player in range(2)]

    def _gradient(self, player: int) -> Gradient:
        policy = self.policies[1 - player]
        return gradient(self.states, player, *reaches(self.states, 1 - player, policy), policy)

    def return_of(self, player: int, policies: Policies) -> float:
        """Return the expected utility of a player with the policy in that seat."""
        found = values(self.states, player, self.gradients[player], policies[player])
        return root_value(self.states, player, self.gradients[player], found)

    def evaluated(self, policies: Policies) -> Line:
        """Return everything that is said about policies."""
        began = time.process_time()
        found = evaluate_checked(self.states, policies)
        seconds = time.process_time() - began
        first, second = (self.return_of(player, policies) for player in range(2))
        return {
            "exploitability": found.exploitability,
            "best_response_values": list(found.best_response_values),
            "value": found.value,
            "return_first": first,
            "return_second": second,
            "evaluation_processor_seconds": seconds,
        }


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


class Lazy:
    """Action values of all information states that are computed when they are first needed."""

    def __init__(self, game: str, particles: int | None, continuation: Any, seed: int) -> None:
        self.arguments = game, particles, continuation, seed
        self.found: ActionValues | None = None
        self.seconds = 0.0

    def get(self) -> ActionValues:
        """Return the values."""
        if self.found is None:
            sampled_action_values("dark_hex_2x2", *self.arguments[1:])  # compiles
            began = time.process_time()
            self.found = sampled_action_values(*self.arguments)
            self.seconds = time.process_time() - began
        return self.found


def one_search(uniform: Uniform, lazy: Lazy, update: TabulatedUpdate) -> Line:
    """Return the line of a search from the uniform blueprint."""
    policies = search_policies(uniform.states.game, uniform.policies, lazy.get(), update)
    return {"search_processor_seconds": lazy.seconds} | uniform.evaluated(policies)


def fresh_search(uniform: Uniform, game: str, seed: int, update: TabulatedUpdate) -> Line:
    """Return the line of a search that draws new particles at every decision: the mean of policies."""
    count, kind, _ = FRESH
    mean = tuple(np.zeros_like(policy) for policy in uniform.policies)
    for draw in range(DRAWS):
        found = sampled_action_values(game, count, kind, seed + 1 + draw)
        for player, policy in enumerate(search_policies(game, uniform.policies, found, update)):
            mean[player][:] += policy / DRAWS
    return uniform.evaluated((mean[0], mean[1]))


def measure(game: str, particles: Sequence[int], seed: int, measured: Measured) -> None:
    """Measure all lines of a game."""
    uniform = Uniform(information_states(game))
    measure_exact(game, measured)
    _measure_updates(f"{game} exact", uniform, Lazy(game, None, "expectations", seed), (), measured)
    for count, kind in sampled_beliefs(game, particles):
        _measure_updates(f"{game} {count} {kind}", uniform, Lazy(game, count, kind, seed), PARTICLE_STEPS, measured)
    if is_small(game):
        _measure_noise(game, particles, seed, uniform, measured)


def measure_exact(game: str, measured: Measured) -> None:
    """Measure the blueprint and MMDS with the exact posterior, once and iterated.

    No motion of the board changes these policies, so one information state stands for all its images.
    """
    uniform = Uniform(folded(phantom_game(game)))
    measured.line(f"{game} blueprint", lambda: uniform.evaluated(uniform.policies))
    states, policies = uniform.states, uniform.policies
    values = cache(lambda: values_of_states(states, policies))
    for step in exact_steps():
        update = MirrorDescent(step)
        line = partial(lambda update: uniform.evaluated(search_states(states, policies, values(), update)), update)
        measured.line(f"{game} exact {step:g}", line)
    for eta, alpha in ITERATED:
        _measure_iterated(game, uniform, MagneticMirrorDescent(eta, alpha), measured)


def _measure_noise(game: str, particles: Sequence[int], seed: int, uniform: Uniform, measured: Measured) -> None:
    """Measure what other particles change: other seeds, and new particles at each decision."""
    continuation, step, number = SPREAD
    for count in particles:
        for other in range(1, number):
            lazy = Lazy(game, count, continuation, seed + other)
            key = spread_key(game, count, other)
            measured.line(key, partial(one_search, uniform, lazy, MirrorDescent(step)))
    count, kind, steps = FRESH
    for name, update in _named_updates(steps).items():
        measured.line(f"{game} {count} fresh {kind} {name}", partial(fresh_search, uniform, game, seed, update))


def _measure_updates(key: str, uniform: Uniform, lazy: Lazy, steps: Sequence[float], measured: Measured) -> None:
    for name, update in _named_updates(steps).items():
        measured.line(f"{key} {name}", partial(one_search, uniform, lazy, update))


def _named_updates(steps: Sequence[float]) -> dict[str, TabulatedUpdate]:
    named: dict[str, TabulatedUpdate] = {f"{step:g}": MirrorDescent(step) for step in steps}
    return named | {"greedy": PolicyIteration()}


def _measure_iterated(game: str, uniform: Uniform, update: MagneticMirrorDescent, measured: Measured) -> None:
    keys = {depth: iterated_key(game, update.eta, update.alpha, depth) for depth in DEPTHS}
    if all(key in measured.lines for key in keys.values()):
        return
    policies = uniform.policies
    for depth in range(1, max(DEPTHS) + 1):
        policies = search_states(uniform.states, policies, values_of_states(uniform.states, policies), update)
        if depth in keys:
            measured.line(keys[depth], partial(uniform.evaluated, policies))


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.phantom_search", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--games", nargs="+", default=GAMES, help="phantom games by name")
    parser.add_argument("--particles", nargs="+", type=int, default=[10, 100, 1000])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, help="JSON file that keeps every line")
    parser.add_argument("--update", type=Path, help="document whose tables are replaced")
    parser.add_argument("--figure", type=Path, help="PNG of exploitability against the step")
    parser.add_argument("--tables-only", action="store_true", help="measure nothing: show what the results have")
    options = parser.parse_args()
    if options.tables_only and options.results is None:
        parser.error("--tables-only needs --results, the file whose lines are shown")
    facts = conditions("benchmarks.phantom_search")
    measured = Measured(options.results)
    for game in options.games if not options.tables_only else ():
        measure(game, options.particles, options.seed, measured)
    text = "\n\n".join(tables(game, options.particles, measured.lines) for game in options.games)
    print(text)
    if options.figure:
        draw_figure(options.figure, options.games, options.particles, measured.lines)
    if options.update:
        replace_section(options.update, "phantom search", f"{conditions_text(facts)} Seed {options.seed}.\n\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
