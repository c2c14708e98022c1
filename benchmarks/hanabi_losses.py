"""Where the points of Hanabi are lost: ``python -m benchmarks.hanabi_losses``.

Blueprints, and searches over them, play the same decks, and every game is taken apart in two ways:

- *kinds*, an identity of every game: the best score less its own is what discards and misplays of last copies put out
  of reach, what was still within reach when the turns ran out (*tempo*), and what a third misplay threw away;
- *phases*, by an oracle: a team that sees every card (the ``cheating`` blueprint) takes over once so few cards are left
  in the deck, and the points that it makes from there, less those that it makes from the next later moment, are what
  the players lost in between. The oracle is strong, not perfect, so that a phase may come out below 0.

What a search gains is taken apart, too, by advantages (``agents.hanabi.advantages``): by the phase in which it left the
blueprint, and by the kind of the move that it left.

Games are kept under ``--folder``: a second call goes on where the first stopped, and adds games if more are asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from agents.blueprints import registry
from agents.hanabi.advantages import advantages
from agents.hanabi.blueprints import searchable
from agents.hanabi.job import HanabiJob
from agents.hanabi.report import plus_minus
from agents.statistics import mean
from benchmarks.common import conditions, conditions_text, publish, run_benchmark, table_head
from benchmarks.hanabi_search import played
from games._base.progress import tracked
from games._base.threads import available_cores
from games.hanabi.game import standard
from games.hanabi.moves import move_from_id
from games.hanabi.position import Position
from games.hanabi.state import HanabiState
from search.hanabi.rollouts.over import rollouts_over
from search.hanabi.spec import SearchSpec

SEED = 20261201
LEFT = (30, 20, 10)  # cards in the deck at which the oracle takes over, besides the start
KINDS = ("discarded", "misplayed", "tempo", "bomb")
LEAVES = ("hint", "play", "discard")  # kinds of moves that a search leaves
PLAYERS = {  # who plays, and how many decks: blueprints cost next to nothing
    2: (("none", "neural", 1000), ("none", "smart", 1000), ("mds", "neural", 40), ("monte-carlo", "neural", 20)),
    3: (("none", "information", 1000), ("mds", "information", 300)),
    4: (("none", "information", 1000), ("mds", "information", 300)),
    5: (("none", "information", 1000), ("mds", "information", 300)),
}

Decide = Callable[[HanabiState], int]


@dataclass(frozen=True)
class Options:
    """Take games of Hanabi apart and print tables of what was lost, when and how."""

    players: tuple[int, ...] = (2, 3, 4, 5)
    """Numbers of players."""
    games: int | None = None
    """Decks of a blueprint, instead of the table's own number."""
    searched: int | None = None
    """Decks of a search, instead of the table's own number."""
    searches: tuple[str, ...] = ("none", "mds", "monte-carlo")
    """Which rows: none is a blueprint alone."""
    folder: Path = Path("runs/hanabi_losses")
    """Where games are kept."""
    workers: int = field(default_factory=available_cores)
    """Processes."""
    output: Path | None = None
    """Also write the figures to this file, as JSON."""
    update: tuple[Path, ...] = ()
    """Documents whose 'hanabi losses' section gets the tables."""

    def __post_init__(self) -> None:
        if self.games is not None and self.games < 2:
            raise ValueError(f"--games must be at least 2 for a standard error, not {self.games}")
        if self.searched is not None and self.searched < 2:
            raise ValueError(f"--searched must be at least 2 for a standard error, not {self.searched}")
        if strange := [name for name in self.searches if name not in ("none", "mds", "monte-carlo")]:
            raise ValueError(f"--searches must be among none, mds and monte-carlo, not {strange[0]}")


def within_reach(position: Position) -> int:
    """Return the points that the discards allow: each stack up to its first rank with every copy gone."""
    game, discards, total = position.game, position.discards, 0
    for colour, height in enumerate(position.fireworks):
        reached = height
        while reached < game.ranks and discards[colour * game.ranks + reached] < game.copies[reached]:
            reached += 1
        total += reached
    return total


def oracle(policy: Any) -> Decide:
    """Return the moves of a team that sees every card."""

    def decide(state: HanabiState) -> int:
        memory = policy.new_memories(state.game)
        return int(policy.decide(state.game.rules, state.array, memory[state.current_player], np.uint64(0)))

    return decide


def taken_over(state: HanabiState, decide: Decide) -> int:
    """Return the score if somebody else makes all moves from here on; the state is not changed."""
    state = state.copy()
    while not state.is_terminal:
        state.apply(decide(state))
    return state.score


def taken_apart(state: HanabiState, moves: Sequence[int], decide: Decide) -> dict[str, Any]:
    """Return what a game lost, in points: ``kinds`` by name, ``last_copies`` and ``oracle`` by phase.

    state : the start of the game, which is played in place. ``oracle`` [phases + 1] are the scores if the oracle takes
    over at the start, at each of ``LEFT``, and never; ``last_copies`` [phases] are the points that discards and
    misplays put out of reach in each phase.
    """
    lost = dict.fromkeys(KINDS, 0)
    takes = [taken_over(state, decide)]
    last_copies, lives = [0] * (len(LEFT) + 1), 0
    for move in moves:
        while len(takes) <= len(LEFT) and state.cards_left <= LEFT[len(takes) - 1]:
            takes.append(taken_over(state, decide))
        phase, before = len(takes) - 1, within_reach(state)
        state.apply(move)
        event = state.last_move
        assert event is not None
        gone = before - within_reach(state)
        lost["misplayed" if event.misplayed else "discarded"] += gone
        last_copies[phase] += gone
        lives += event.misplayed
    bombed = state.life_tokens == 0 and state.score == 0
    lost["bomb" if bombed else "tempo"] += within_reach(state) - state.score
    takes += [state.score] * (len(LEFT) + 2 - len(takes))
    return {"score": state.score, "kinds": lost, "last_copies": last_copies, "oracle": takes, "lives": lives}


def gained(job: HanabiJob, lines: Sequence[dict[str, Any]], console: Console, label: str) -> dict[str, Any]:
    """Return what a search gained a game, and how often it left the blueprint, by phase and by what it left."""
    policy = searchable(job.blueprint)
    rollouts = rollouts_over(job.game, policy)
    gains, left = np.zeros((len(lines), len(LEFT) + 1 + len(LEAVES))), np.zeros(len(LEFT) + 1 + len(LEAVES))
    for row, line in enumerate(tracked(lines, console, label)):
        state = HanabiState.from_seed(job.game, job.seed, line["game"])
        for found in advantages(job.game, policy, rollouts, job.seed, line["game"], line["moves"]):
            while state.turn < found.turn:
                state.apply(line["moves"][state.turn])
            phase = sum(state.cards_left <= cards for cards in LEFT)
            kind = move_from_id(job.game, found.blueprint_move).kind
            place = LEAVES.index(kind) if kind in LEAVES else 0
            for column in (phase, len(LEFT) + 1 + place):
                gains[row, column] += found.value
                left[column] += 1 / len(lines)
    return {"gains": [mean(column) for column in gains.T], "deviations": left.tolist()}


def measure(players: int, search: Any, blueprint: str, games: int, options: Options, console: Console) -> Any:
    """Play what is missing of a row, take its games apart, and return its figures: (mean, standard error) each."""
    game = standard(players)
    job = HanabiJob.of(SearchSpec(search, blueprint=blueprint).resolved(game, registry), SEED)
    name = f"{players} players, {blueprint}{'' if search == 'none' else f' + {search}'}"
    lines = played(job, games, options.folder / f"{players}-{blueprint}-{search}", options.workers, name, console)
    decide = oracle(registry.blueprint("cheating"))
    found = [
        taken_apart(HanabiState.from_seed(game, SEED, line["game"]), line["moves"], decide)
        for line in tracked(lines, console, f"{name}: oracle")
    ]
    takes = np.array([each["oracle"] for each in found], np.float64)
    phases = takes[:, :-1] - takes[:, 1:]
    copies = np.array([each["last_copies"] for each in found], np.float64)
    return {
        "players": players,
        "blueprint": blueprint,
        "search": search,
        "seats": job.seats,
        "rollouts": job.rollouts,
        "games": games,
        "score": mean(takes[:, -1]),
        "lost": mean(game.types - takes[:, -1]),
        "kinds": {kind: mean(np.array([each["kinds"][kind] for each in found], np.float64)) for kind in KINDS},
        "lives": mean(np.array([each["lives"] for each in found], np.float64)),
        "phases": [mean(column) for column in phases.T],
        "last_copies": [mean(column) for column in copies.T],
        "oracle": mean(game.types - takes[:, 0]),
        "gained": None if search == "none" else gained(job, lines, console, f"{name}: advantages"),
    }


def who(row: dict[str, Any]) -> str:
    """Return the first cells of a line of a table."""
    search = "" if row["search"] == "none" else f" + {row['search']}, {row['seats']}"
    return f"| {row['players']} | {row['blueprint']}{search} | {row['games']:,} |"


def markdown(rows: list[dict[str, Any]], facts: dict[str, Any]) -> str:
    """Return the tables, with the line that says how they came about."""
    shown = partial(plus_minus, digits=3)
    lines = table_head(
        "players | who plays, seats that search | decks | score | points lost | last copies discarded |"
        " last copies misplayed | tempo | third misplay | lives lost a game"
    )
    for row in rows:
        figures = [row["score"], row["lost"], *(row["kinds"][kind] for kind in KINDS), row["lives"]]
        lines.append(f"{who(row)} {' | '.join(shown(*figure) for figure in figures)} |")
    lines += ["", *table_head("players | who plays | decks | deck > 30 | 21–30 | 11–20 | ≤ 10 | by the oracle alone")]
    for row in rows:
        cells = [
            f"{shown(*lost, '+')} ({copies.value:.3f})"
            for lost, copies in zip(row["phases"], row["last_copies"], strict=True)
        ]
        lines.append(f"{who(row)} {' | '.join(cells)} | {shown(*row['oracle'])} |")
    searched = [row for row in rows if row["gained"]]
    if searched:
        heads = "deck > 30 | 21–30 | 11–20 | ≤ 10 | in place of a hint | of a play | of a discard"
        lines += ["", *table_head(f"players | who plays | decks | {heads}")]
    for row in searched:
        both = zip(row["gained"]["gains"], row["gained"]["deviations"], strict=True)
        cells = [f"{shown(*gain, '+')} ({count:.2f})" for gain, count in both]
        lines.append(f"{who(row)} {' | '.join(cells)} |")
    note = (
        f"Seed {SEED}; searches with the defaults of `SearchSpec` (1,000 rollouts). In the second table points lost "
        "while so many cards are left in the deck, as the oracle sees it, and in brackets those that last copies cost "
        "there. In the third what searches gain a game, by advantages, and in brackets how often they leave the "
        "blueprint; ± one standard error over decks. "
    )
    return "\n".join([*lines, "", note + conditions_text(facts)])


def run(options: Options) -> None:
    """Play what is missing, print the tables and write the files."""
    facts, console, rows = conditions("benchmarks.hanabi_losses"), Console(stderr=True), []
    for players in options.players:
        if players not in PLAYERS:
            raise ValueError(f"--players must be 2 to 5, not {players}")
        for search, blueprint, usual in PLAYERS[players]:
            asked = options.games if search == "none" else options.searched
            if search in options.searches:
                games = usual if asked is None else asked
                rows.append(measure(players, search, blueprint, games, options, console))
    found = facts | {"rows": rows}
    publish("hanabi losses", markdown(rows, facts), found, options.output, options.update)


if __name__ == "__main__":
    sys.exit(run_benchmark(run, Options, "benchmarks.hanabi_losses"))
