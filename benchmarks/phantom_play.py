"""Search that plays phantom games: matches, exact exploitability beside them, decisions a second.

    python -m benchmarks.phantom_play --update docs/phantom_search.md

*Matches*: MMDS and Monte Carlo search from the uniform blueprint, 1,000 rollouts a decision, against the blueprint and
each other; OpenSpiel's information-set MCTS and determinised MCTS at 1,000 simulations against the blueprint and MMDS.
Seats are swapped, and seeds depend on (seed, number of the pair of games, seat, agent) alone. *Exact*: what both
searches get against the blueprint, and their exploitability, with the exact posterior and all information states
tabulated. *Decisions*: at the same positions of seeded random games, the ways taking turns; processor time, medians.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyspiel
from rich.console import Console

from agents.agent import Seating
from agents.game import load_game
from agents.registry import agent_type
from agents.tournament.command import run
from agents.tournament.options import Options
from benchmarks.common import conditions, conditions_text, replace_section
from benchmarks.openspiel_search import positions
from benchmarks.phantom_search import Measured, Uniform
from games._base.progress import tracked
from search.openspiel import MagneticMirrorDescent, PolicyIteration, SearchGame, SearchOptions, UniformBlueprint
from search.openspiel.beliefs import Filtered
from search.openspiel.decide import Search
from search.phantom.tabulate import TabulatedUpdate, search_policies
from search.phantom.values import ActionValues, exact_action_values

SEED = 2026
BUDGET = 1000
WORLDS = 10
ALPHA = 0.05

Line = dict[str, Any]


class Game(NamedTuple):
    """A game by its two names, and the ``eta`` of MMDS in it."""

    name: str
    open_spiel: str
    eta: float

    @property
    def step(self) -> float:
        """The step of MMD from the uniform policy towards the uniform magnet."""
        return self.eta / (1.0 + ALPHA * self.eta)

    @property
    def agents(self) -> dict[str, str]:
        """What a player is called in the tables → what it is called in a tournament."""
        return {
            "uniform blueprint": "uniform",
            f"MMDS, step {self.step:g}": f"mmds(eta={self.eta:g}, alpha={ALPHA}, rollouts={BUDGET})",
            "Monte Carlo search": f"monte-carlo(rollouts={BUDGET})",
            "ISMCTS": f"ismcts(simulations={BUDGET})",
            "determinised MCTS": "benchmarks.phantom_play:DeterminisedMcts",
        }


GAMES = (
    Game("phantom_ttt", "phantom_ttt", 20.0),
    Game("abrupt_dark_hex", "dark_hex(gameversion=adh)", 20.0),
)
CHEAP_MATCHES = ((1, 0), (2, 0), (1, 2))
COSTLY_MATCHES = ((3, 0), (1, 3), (4, 0), (1, 4))


def tree_search(game: Any, simulations: int, seed: int) -> Any:
    """Return OpenSpiel's MCTS for perfect information, with random rollouts."""
    return pyspiel.MCTSBot(game, pyspiel.RandomRolloutEvaluator(1, seed), 2.0, simulations, 100, False, seed, False)


class DeterminisedMcts(pyspiel.Bot):
    """Perfect-information Monte Carlo: MCTS in each of some states that look alike, and the action of the best mean.

    The states come from the particle filter of ``search.openspiel``; the budget is shared evenly by them.
    """

    def __init__(self, game: Any, player_id: int, seed: int) -> None:
        pyspiel.Bot.__init__(self)
        self._game, self._player, self._seed = SearchGame(game), player_id, seed
        self._filtered = Filtered(self._game, UniformBlueprint(), WORLDS, 500)
        self._bot = tree_search(game, BUDGET // WORLDS, seed)

    def restart_at(self, state: Any) -> None:
        """Begin a new game; nothing is kept but what would be found again."""

    def inform_action(self, state: Any, player: int, action: int) -> None:
        """Take no note: views say what the player may know."""

    def step(self, state: Any) -> int:
        """Return the action that is best on average over the trees."""
        values = dict.fromkeys(state.legal_actions(), 0.0)
        if len(values) > 1:
            for world in self._filtered.particles(self._game.view(state, self._player), self._seed).states:
                for child in self._bot.mcts_search(world).children:
                    values[child.action] += self._value(child)
        return int(max(values, key=lambda action: values[action]))

    def _value(self, child: Any) -> float:
        """Return what a child of the root is worth: the outcome if it ends the game, else the mean of its visits.

        Visits would not do: children that end the game are visited no more than to outdo the others' bounds.
        """
        if child.outcome:
            return float(child.outcome[self._player])
        return float(child.total_reward / max(child.explore_count, 1))


def match(game: Game, first: str, second: str, games: int) -> dict[str, Any]:
    """Return what the first player gets in a match with seats swapped: in all, and in each seat."""
    players = (game.agents[first], game.agents[second])
    began = time.process_time()
    options = Options(game=game.open_spiel, agents=players, games=games, seed=SEED, workers=1)
    results = run(options, Console(quiet=True))
    seats = results["seat_effects"]["by_agent"][0]["seats"]
    return {
        "first": first,
        "second": second,
        "games": results["matrix"]["games"][0][1],
        "mean": results["matrix"]["payoff"][0][1],
        "standard_error": results["matrix"]["payoff_standard_error"][0][1],
        "seats": [seat["value"] for seat in seats],
        "seat_errors": [seat["standard_error"] for seat in seats],
        "forfeits": results["forfeits"]["games"],
        "processor_seconds": time.process_time() - began,
    }


def matches(game: Game, cheap: int, costly: int, measured: Measured) -> list[Line]:
    """Return all matches of a game."""
    names = list(game.agents)
    pairs = [(pair, cheap) for pair in CHEAP_MATCHES] + [(pair, costly) for pair in COSTLY_MATCHES]
    found = []
    for (one, two), count in pairs:
        first, second = names[one], names[two]
        key = f"{game.name}: {first}, {second}, {count}"
        found.append(measured.line(key, partial(match, game, first, second, count)))
    return found


class Exact:
    """The exact figures of the blueprint and of both searches with the exact posterior."""

    def __init__(self, game: Game) -> None:
        self._game, self._uniform = game, Uniform(game.name)

    @cached_property
    def _values(self) -> ActionValues:
        return exact_action_values(self._game.name, self._uniform.policies)

    def _searched(self, update: TabulatedUpdate) -> Line:
        return self._uniform.evaluated(search_policies(self._game.name, self._uniform.policies, self._values, update))

    def lines(self, measured: Measured) -> dict[str, Line]:
        """Return them by the name of the player."""
        blueprint, searched, greedy = list(self._game.agents)[:3]
        work: dict[str, Callable[[], Line]] = {
            blueprint: lambda: self._uniform.evaluated(self._uniform.policies),
            searched: lambda: self._searched(MagneticMirrorDescent(self._game.eta, ALPHA)),
            greedy: lambda: self._searched(PolicyIteration()),
        }
        return {name: measured.line(f"{self._game.name}: exact, {name}", work[name]) for name in work}


def ways(game: Game) -> dict[str, list[Any]]:
    """Return what a way of deciding is called → for each seat, a function of a state."""
    rules, update = pyspiel.load_game(game.open_spiel), MagneticMirrorDescent(game.eta, ALPHA)
    searches = {
        "MMDS, compiled: closed-form belief, 1,000 rollouts": SearchOptions(update, BUDGET),
        "MMDS, compiled: closed-form belief, exact expectations": SearchOptions(update, None),
        "MMDS, particle filter and rollouts on `pyspiel` states": SearchOptions(update, BUDGET, "particles"),
    }
    found: dict[str, list[Any]] = {}
    for name, options in searches.items():
        search = Search(rules, options=options)
        found[name] = [partial(search.decide, player=player, seed=1) for player in range(2)]
    found["OpenSpiel ISMCTS (Python), states from the same filter"] = []
    for seat in range(2):
        agent: Any = agent_type(game.agents["ISMCTS"], load_game(game.open_spiel)).make()
        agent.start(Seating(rules, seat, 1))
        found["OpenSpiel ISMCTS (Python), states from the same filter"].append(agent.act_at)
    found[f"determinised MCTS: OpenSpiel's (C++), {WORLDS} states from the filter"] = [
        DeterminisedMcts(rules, seat, 1).step for seat in range(2)
    ]
    found["OpenSpiel MCTS (C++) on the real state, which it must not see"] = [tree_search(rules, BUDGET, 1).step] * 2
    return found


def speed(game: Game, count: int) -> dict[str, float]:
    """Return way → median processor seconds of a decision."""
    deciders, seconds = ways(game), dict[str, list[float]]()
    states = positions(game.open_spiel, count)
    for decide in deciders.values():  # what is compiled is compiled
        decide[states[0].current_player()](states[0])
    for state in tracked(states, Console(stderr=True), f"{game.name}: speed", transient=True):
        for name, decide in deciders.items():
            began = time.process_time()
            decide[state.current_player()](state)
            seconds.setdefault(name, []).append(time.process_time() - began)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def results_of(game: Game, options: argparse.Namespace, measured: Measured) -> dict[str, Any]:
    """Return everything about one game."""
    return {
        "speed": measured.line(f"{game.name}: speed, {options.positions}", lambda: speed(game, options.positions)),
        "exact": Exact(game).lines(measured),
        "matches": matches(game, options.games, options.costly_games, measured),
    }


def _signed(value: float, error: float | None) -> str:
    return f"{value:+.3f}" if error is None else f"{value:+.3f} ± {error:.3f}"


def tables(results: dict[str, dict[str, Any]], facts: dict[str, Any]) -> str:
    """Return all tables as Markdown."""
    parts = [
        f"{conditions_text(facts)} Seed {SEED}; load before: {facts['load_before']}.",
        "| game | player | opponent | games | mean of seats | as first | as second |\n|---|---|---|--:|--:|--:|--:|\n"
        + "\n".join(_match_line(name, line) for name, found in results.items() for line in found["matches"]),
        "| game | player | against uniform, exactly: mean of seats | as first | as second | exploitability |\n"
        "|---|---|--:|--:|--:|--:|\n"
        + "\n".join(_exact_line(name, *line) for name, found in results.items() for line in found["exact"].items()),
        _speed_table(results),
    ]
    return "\n\n".join(parts)


def _match_line(game: str, line: dict[str, Any]) -> str:
    seats = [_signed(*pair) for pair in zip(line["seats"], line["seat_errors"], strict=True)]
    cells = [game, line["first"], line["second"], f"{line['games']:,}", _signed(line["mean"], line["standard_error"])]
    return "| " + " | ".join([*cells, *seats]) + " |"


def _exact_line(game: str, player: str, found: dict[str, Any]) -> str:
    seats = found["return_first"], found["return_second"]
    numbers = [f"{value:+.4f}" for value in (float(np.mean(seats)), *seats)]
    return "| " + " | ".join([game, player, *numbers, f"{found['exploitability']:.4f}"]) + " |"


def _speed_table(results: dict[str, dict[str, Any]]) -> str:
    games = list(results)
    names = list(results[games[0]]["speed"])
    lines = [f"| decisions a second (relative time) | {' | '.join(games)} |", "|---" + "|--:" * len(games) + "|"]
    for name in names:
        cells = []
        for game in games:
            seconds, ours = results[game]["speed"][name], results[game]["speed"][names[0]]
            cells.append(f"{1.0 / seconds:,.0f} ({seconds / ours:.3g})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.phantom_play")
    parser.add_argument("--names", nargs="+", default=[game.name for game in GAMES], choices=[g.name for g in GAMES])
    parser.add_argument("--games", type=int, default=4000, help="games of a match between searches, seats swapped")
    parser.add_argument("--costly-games", type=int, default=100, help="games of a match with a tree search")
    parser.add_argument("--positions", type=int, default=60, help="positions at which decisions are timed")
    parser.add_argument("--update", type=Path, help="document whose tables are replaced")
    parser.add_argument("--results", type=Path, help="file of numbers: what it has is not measured again")
    options = parser.parse_args(arguments)
    facts = conditions("benchmarks.phantom_play")
    measured = Measured(options.results)
    results = {game.name: results_of(game, options, measured) for game in GAMES if game.name in options.names}
    text = tables(results, facts)
    print(text)
    if options.update:
        replace_section(options.update, "phantom play", text)


if __name__ == "__main__":
    main(sys.argv[1:])
