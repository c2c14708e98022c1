"""The tables of docs/tournaments.md by one command: ``python -m benchmarks.tournament --update docs/tournaments.md``.

* *tournament_hanabi*: how well rule-based blueprints play Hanabi together, at 2 and 3 players, all on the same decks.
* *tournament_openspiel*: fields of uniform, solved and searching agents in Leduc poker and abrupt Dark Hex 3×3.
* *tournament_overhead*: what a tournament costs beside the games (``benchmarks.tournament_overhead``).

``--sections`` chooses among them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from agents.game import load_game
from agents.runs.runner import Runner
from agents.runs.schedule import FixedSchedule, Match
from agents.statistics import mean
from agents.tournament.command import run
from agents.tournament.folder import GAMES, TournamentFolder
from agents.tournament.games import TournamentJob, play_chunk
from agents.tournament.options import Options
from agents.tournament.schedule import seatings
from benchmarks import tournament_overhead
from benchmarks.common import conditions, conditions_text, replace_section
from games._base.files import write_whole

SEED = 2026
BLUEPRINTS = ("information", "smart", "simple", "piers", "iggi")
PLAYERS = (2, 3)
SEARCH = ("mmds(blueprint=uniform, rollouts=1000)", "ismcts(simulations=1000)")
FIELDS = {
    "leduc_poker": ("uniform", "cfr(iterations=1000)", "mmd(iterations=10000, alpha=0.003)", *SEARCH),
    "dark_hex(board_size=3,gameversion=adh)": ("uniform", *SEARCH),
}
GAMES_A_PAIR = (500, 40)
"""Games a pair in these fields: what a few minutes of one core allow."""
PERFECT = 25.0

FloatArray = NDArray[np.float64]


def deck_means(players: int, decks: int) -> tuple[FloatArray, FloatArray]:
    """Return the scores of one ``i`` with ``players - 1`` of ``j``, means over the seatings. [i, j, deck]

    Also returns the share of self-play games of ``i`` that are perfect. [i]
    """
    n = len(BLUEPRINTS)
    teams = [(i, *[j] * (players - 1)) for i in range(n) for j in range(n) if players > 2 or i <= j]
    matches = [Match(unit, team, seatings(team, every=True)) for unit, team in enumerate(teams)]
    schedule, job = FixedSchedule(matches, decks), TournamentJob(f"hanabi(players={players})", BLUEPRINTS, SEED)
    total, perfect = np.zeros((n, n, decks)), np.zeros(n)
    with TournamentFolder(None, load_game(job.game), BLUEPRINTS, {}, decks) as folder:
        Runner(play_chunk, job, 1).run(schedule, folder)
        for line in folder.lines(GAMES, folder.keys()):
            match, score = matches[line["unit"]], line["returns"][0]
            i, j = match.agents[0], match.agents[-1]
            total[i, j, line["deal"]] += score / len(match.seatings)
            if i == j:
                perfect[i] += (score >= PERFECT) / decks
    if players == 2:
        total += np.where(np.eye(n)[:, :, None] == 1, 0.0, total.transpose(1, 0, 2))
    return total, perfect


def hanabi(decks: int) -> tuple[dict[str, Any], str]:
    """Return the cross-play tables as numbers and as Markdown."""
    figures: dict[str, Any] = {}
    texts = []
    for players in PLAYERS:
        scores, perfect = deck_means(players, decks)
        figures[f"{players} players"] = {"mean": scores.mean(axis=2).tolist(), "perfect": perfect.tolist()}
        partner = "column" if players == 2 else f"{players - 1} of the column"
        lines = [f"{players} players, the row with {partner}:", ""]
        lines += [
            "| | " + " | ".join(BLUEPRINTS) + " | with the others |",
            "|---" + "|--:" * (len(BLUEPRINTS) + 1) + "|",
        ]
        for i, name in enumerate(BLUEPRINTS):
            cells = [_score(scores[i, j]) for j in range(len(BLUEPRINTS))]
            cells[i] = f"**{cells[i]}**, {perfect[i]:.1%}"
            others = np.delete(scores[i], i, axis=0).mean(axis=0)
            lines.append(f"| {name} | " + " | ".join(cells) + f" | {_score(others)} |")
        texts.append("\n".join(lines))
    texts.append(
        f"Mean score ± one standard error over {decks:,} decks, which are the same for all teams, each played in every "
        "seating; on the diagonal self-play (bold) and the share of perfect games. *With the others*: the mean of the "
        f"row without the diagonal. A third misplay scores 0. Seed {SEED}."
    )
    return figures, "\n\n".join(texts)


def _score(scores: FloatArray) -> str:
    found = mean(scores.tolist())
    return f"{found.value:.2f} ± {found.standard_error:.2f}"


def openspiel(games: Sequence[int]) -> tuple[dict[str, Any], str]:
    """Return the results of the fields, and their tables as Markdown."""
    figures, texts = {}, []
    for (name, agents), count in zip(FIELDS.items(), games, strict=True):
        options = Options(game=name, agents=agents, games=count, seed=SEED, workers=1)
        results = figures[name] = run(options, Console(quiet=True))
        texts.append(_field_table(results))
    texts.append(
        "Advantage over the field and payoff of the row against the column, ± one standard error; every deal is played "
        f"in both seatings, and a pair of games is one observation. Seed {SEED}."
    )
    return figures, "\n\n".join(texts)


def _field_table(results: dict[str, Any]) -> str:
    agents, matrix, ratings = results["agents"], results["matrix"], results["ratings"]
    share = results["cyclicity"]["share"]
    lines = [
        f"`{results['game']}`, {matrix['games'][0][1]:,} games a pair, cyclic share {share:.1%}:",
        "",
        "| | agent | Elo | advantage | Nash share | " + " | ".join(str(k + 1) for k in range(len(agents))) + " |",
        "|--:|---" + "|--:" * (3 + len(agents)) + "|",
    ]
    for i, line in enumerate(ratings):
        cells = [
            f"{i + 1}",
            f"`{agents[i]}`",
            f"{line['elo']:+.0f} ± {line['standard_error']:.0f}",
            _signed(line["advantage"]["value"], line["advantage"]["standard_error"]),
            f"{results['nash']['policy'][i]:.2f}",
        ]
        for j in range(len(agents)):
            cells.append("–" if i == j else _signed(matrix["payoff"][i][j], matrix["payoff_standard_error"][i][j]))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _signed(value: float, error: float | None) -> str:
    return f"{value:+.2f}" if error is None else f"{value:+.2f} ± {error:.2f}"


def overhead(games: int, rounds: int) -> tuple[dict[str, Any], str]:
    """Return what a tournament costs, as numbers and as Markdown."""
    figures = tournament_overhead.measured(games, rounds)
    return figures, tournament_overhead.table(figures)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tournament", description=__doc__)
    names = ("hanabi", "openspiel", "overhead")
    parser.add_argument("--sections", nargs="+", choices=names, default=names, help="default: all")
    parser.add_argument("--decks", type=int, default=1000, help="games of each Hanabi team and seating (default: 1000)")
    parser.add_argument("--games", type=int, nargs=2, default=GAMES_A_PAIR, help="games a pair in OpenSpiel's fields")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of the overhead, the best counts (default: 5)")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--update", type=Path, help="document whose sections tournament_... are replaced")
    options = parser.parse_args()
    facts = conditions("benchmarks.tournament")
    makers: dict[str, Callable[[], tuple[dict[str, Any], str]]] = {
        "hanabi": lambda: hanabi(options.decks),
        "openspiel": lambda: openspiel(options.games),
        "overhead": lambda: overhead(4000, options.rounds),
    }
    found: dict[str, Any] = {"conditions": facts}
    for name in options.sections:
        found[name], text = makers[name]()
        text += f"\n\n{conditions_text(facts)} Load of the machine before: {facts['load_before']}."
        print(text + "\n", flush=True)
        if options.update is not None:
            replace_section(options.update, f"tournament_{name}", text)
    if options.json is not None:
        write_whole(options.json, json.dumps(found, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
