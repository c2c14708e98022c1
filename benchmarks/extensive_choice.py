"""Which algorithm ``auto`` should take: one table over games of four families, by a fixed number of iterations.

    python -m benchmarks.extensive_choice --update docs/extensive_games.md

The exploitability of every candidate after as many iterations as the commands run by default, and after four times as
many. It depends on no clock. A line sums up each family: for each algorithm the mean, over the family's rows, of the
orders of magnitude by which it is behind the best one there; what is below 1e-6 is behind nobody. ``auto`` takes what
is least behind, among those that need not know the number of iterations beforehand.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
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
_ENOUGH = 1e-6  # below, nobody is behind: what is left decides for small games alone


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
    logarithms = [[math.log10(max(value, _ENOUGH)) for value in row] for row in rows]
    return [sum(row[k] - min(row) for row in logarithms) / len(rows) for k in range(len(CANDIDATES))]


def table(found: Mapping[tuple[str, int], list[float]]) -> list[str]:
    """Return one row a game and number of iterations, what is not behind in bold, and the summary of each family."""
    lines = table_head("game | family | iterations | " + " | ".join(CANDIDATES), 2)
    for (title, count), row in found.items():
        best = min(max(value, _ENOUGH) for value in row)
        lines.append(
            _line([title, family_of(GAMES[title]), f"{count:,}"], row, ".1e", [value <= best for value in row])
        )
    for family, taken in FAMILIES.items():
        own = behind([row for (title, _), row in found.items() if family_of(GAMES[title]) == family])
        head = [f"*{family}: orders of magnitude behind*", f"`{taken}`", "both"]
        lines.append(_line(head, own, ".2f", [name == taken for name in CANDIDATES]))
    return lines


def _line(head: Sequence[str], values: Sequence[float], form: str, bold: Sequence[bool]) -> str:
    cells = [f"{max(value, 0.0):{form}}" for value in values]
    marked = [f"**{cell}**" if mark else cell for cell, mark in zip(cells, bold, strict=True)]
    return f"| {' | '.join([*head, *marked])} |"


def main(options: Options) -> None:
    """Measure, print, and put it into the document."""
    facts = conditions("benchmarks.extensive_choice")
    lines = table(measured(options.iterations))
    documents = [] if options.update is None else [options.update]
    publish("extensive_choice", "\n".join([*lines, "", conditions_text(facts)]), facts, documents=documents)


if __name__ == "__main__":
    sys.exit(run_benchmark(main, Options, "benchmarks.extensive_choice"))
