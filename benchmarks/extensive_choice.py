"""Which algorithm ``auto`` should take: one table over games of three families, by a fixed number of iterations.

    python -m benchmarks.extensive_choice --update docs/extensive_games.md

The exploitability of every candidate after as many iterations as the commands run by default, and after four times as
many. It depends on no clock. Three lines sum up each family: for each algorithm the mean, over the family's games, of
the orders of magnitude by which it is behind the best one there. ``auto`` takes what is least behind.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import arg

from benchmarks.common import conditions, conditions_text, publish, run_benchmark, table_head
from benchmarks.extensive_questions import AVERAGED
from games.extensive import compile_game
from solvers.extensive.choice import FAMILIES, family_of
from solvers.extensive.solving import solve

GAMES = AVERAGED | {
    "Poker, 4 ranks": "universal_poker(betting=limit,numPlayers=2,numRounds=2,blind=1 1,raiseSize=2 4,firstPlayer=1 1,"
    "maxRaises=2 2,numSuits=2,numRanks=4,numHoleCards=1,numBoardCards=0 1,stack=20 20)",
    "Oshi-zumo, 4 coins": "oshi_zumo(coins=4,size=1,horizon=4)",
}
CANDIDATES = ("dcfr", "pcfr+", "pdcfr+", "sapcfr+", "rtcfr+", "hs-dcfr", "hs-pcfr+", "hs-pdcfr+")
_ITERATIONS = (1000, 4000)
_EXACT = 1e-13  # below, what is left is rounding, and nobody is behind


@dataclass(frozen=True)
class Options:
    """Measure the candidates on every game."""

    update: Annotated[Path | None, arg(metavar="FILE.md")] = None
    """Document whose section is replaced."""
    iterations: tuple[int, ...] = _ITERATIONS
    """After how many iterations the exploitability is measured."""


def measured(iterations: tuple[int, ...]) -> dict[tuple[str, int], list[float]]:
    """Return exploitabilities, one for each candidate, by game and iterations."""
    found = {}
    for title, name in GAMES.items():
        print(title, file=sys.stderr)
        game = compile_game(name)
        for count in iterations:
            found[title, count] = [solve(game, one, iterations=count, growth=1e9).exploitability for one in CANDIDATES]
    return found


def behind(rows: list[list[float]]) -> list[float]:
    """Return for each candidate the mean number of orders of magnitude behind the best of a row."""
    logarithms = [[math.log10(max(value, _EXACT)) for value in row] for row in rows]
    return [sum(row[k] - min(row) for row in logarithms) / len(rows) for k in range(len(CANDIDATES))]


def table(found: Mapping[tuple[str, int], list[float]]) -> list[str]:
    """Return one row a game and number of iterations, the least value in bold, and the summary of each family."""
    lines = table_head("game | family | iterations | " + " | ".join(CANDIDATES))
    for (title, count), row in found.items():
        cells = [
            f"**{value:.1e}**" if value == min(row) else f"{value:.1e}" for value in map(lambda e: max(e, 0.0), row)
        ]
        lines.append(f"| {title} | {family_of(GAMES[title])} | {count:,} | " + " | ".join(cells) + " |")
    for family, taken in FAMILIES.items():
        own = behind([row for (title, _), row in found.items() if family_of(GAMES[title]) == family])
        cells = [
            f"**{value:.1f}**" if name == taken else f"{value:.1f}" for name, value in zip(CANDIDATES, own, strict=True)
        ]
        lines.append(f"| *{family}: orders of magnitude behind, mean* | | | " + " | ".join(cells) + " |")
    return lines


def main(options: Options) -> None:
    """Measure, print, and put it into the document."""
    facts = conditions("benchmarks.extensive_choice")
    lines = table(measured(options.iterations))
    documents = [] if options.update is None else [options.update]
    publish("extensive_choice", "\n".join([*lines, "", conditions_text(facts)]), facts, documents=documents)


if __name__ == "__main__":
    sys.exit(run_benchmark(main, Options, "benchmarks.extensive_choice"))
