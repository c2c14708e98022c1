"""Moves per second of random play: this engine beside the Python interfaces of HLE and OpenSpiel, in one run, one core.

    python -m benchmarks.hanabi_engine --players 2 5 --rounds 5 --output engine.json

Every engine plays whole random games. Rows "with observations" also encode, before each move, the canonical observation
of the player to move. The engines take turns, round after round, and the median over rounds is reported, so that other
work on the machine falls on all of them alike; seconds are those of the process on its one core, not of the clock.
Compilation happens before the first round and is not counted.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyspiel
from hanabi_learning_environment import pyhanabi

from benchmarks.common import conditions, conditions_text, publish
from games.hanabi import HanabiGame, bridges, standard
from games.hanabi.batch import HanabiBatch, play_randomly
from games.hanabi.state import HanabiState

SEED = 0
BATCH = 1024

Play = Callable[[int], int]  # rounds of work -> moves made


def ours_compiled(game: HanabiGame, *, observe: bool) -> Play:
    """Whole games in one compiled call."""
    return lambda games: int(play_randomly(game, games, SEED, observe=observe, workers=1).turns.sum())


def ours_batch(game: HanabiGame) -> Play:
    """A batch of games stepped from Python: legal moves and observations of every slot in every step."""
    batch = HanabiBatch(game, BATCH, SEED, workers=1)
    noise = np.random.default_rng(SEED).random((64, *batch.legal.shape), dtype=np.float32)

    def play(steps: int) -> int:
        for step in range(steps):
            batch.step((batch.legal * noise[step % len(noise)]).argmax(axis=1))
        return steps * BATCH

    return play


def ours_object(game: HanabiGame) -> Play:
    """One game at a time through the Python object."""
    choose = random.Random(SEED).choice

    def play(games: int) -> int:
        moves = 0
        for number in range(games):
            state = HanabiState.from_seed(game, SEED, number)
            while not state.is_terminal:
                state.apply(choose(state.legal_moves()))
            moves += state.turn
        return moves

    return play


def hle(game: HanabiGame, *, observe: bool) -> Play:
    """HLE through its Python classes."""
    theirs = bridges.hle_game(game, SEED)
    encoder = pyhanabi.ObservationEncoder(theirs)
    choose = random.Random(SEED).choice

    def play(games: int) -> int:
        moves = 0
        for _ in range(games):
            state = theirs.new_initial_state()
            while not state.is_terminal():
                player = state.cur_player()
                if player == pyhanabi.CHANCE_PLAYER_ID:
                    state.deal_random_card()
                    continue
                if observe:
                    encoder.encode(state.observation(player))
                state.apply_move(choose(state.legal_moves()))
                moves += 1
        return moves

    return play


def openspiel(game: HanabiGame, *, observe: bool) -> Play:
    """OpenSpiel through its Python binding; cards come from a shuffled list, faster than asking for chance outcomes."""
    theirs = pyspiel.load_game(bridges.openspiel_string(game))
    deck = HanabiState.from_seed(game, SEED).deck.tolist()
    choose = random.Random(SEED).choice

    def play(games: int) -> int:
        moves = 0
        for _ in range(games):
            state = theirs.new_initial_state()
            random.shuffle(deck)
            cards = iter(deck)
            while not state.is_terminal():
                if state.is_chance_node():
                    state.apply_action(next(cards))
                    continue
                if observe:
                    state.observation_tensor()
                state.apply_action(choose(state.legal_actions()))
                moves += 1
        return moves

    return play


def contestants(game: HanabiGame) -> dict[str, Play]:
    """Return what is measured, by the name in the table."""
    return {
        "Tamaya, compiled games": ours_compiled(game, observe=False),
        "Tamaya, compiled games with observations": ours_compiled(game, observe=True),
        f"Tamaya, batch of {BATCH} from Python with observations": ours_batch(game),
        "Tamaya, Python object": ours_object(game),
        "HLE, Python": hle(game, observe=False),
        "HLE, Python with observations": hle(game, observe=True),
        "OpenSpiel, Python": openspiel(game, observe=False),
        "OpenSpiel, Python with observations": openspiel(game, observe=True),
    }


def calibrate(play: Play, seconds: float) -> int:
    """Return the amount of work that takes about ``seconds`` (and compile on the way)."""
    play(1)
    work = 1
    while True:
        start = time.process_time()
        play(work)
        spent = time.process_time() - start
        if spent >= seconds / 4:
            return max(1, round(work * seconds / spent))
        work *= 2


def measure(players: int, plays: dict[str, Play], rounds: int, seconds: float) -> list[dict[str, Any]]:
    """Return one row an engine: its rate in each round, the engines taking turns."""
    work = {name: calibrate(play, seconds) for name, play in plays.items()}
    rates: dict[str, list[float]] = {name: [] for name in plays}
    for _ in range(rounds):
        for name, play in plays.items():
            start = time.process_time()
            moves = play(work[name])
            rates[name].append(moves / (time.process_time() - start))
    return [
        {"players": players, "engine": name, "median": statistics.median(rate), "rates": rate}
        for name, rate in rates.items()
    ]


def markdown(rows: list[dict[str, Any]]) -> str:
    """Return the table: one line an engine, one column a number of players, moves per second (lowest – highest)."""
    players = sorted({row["players"] for row in rows})
    lines = ["| engine | " + " | ".join(f"{n} players" for n in players) + " |", "|---|" + "---:|" * len(players)]
    for name in dict.fromkeys(row["engine"] for row in rows):
        cells = []
        for n in players:
            row = next(row for row in rows if row["engine"] == name and row["players"] == n)
            low, high = min(row["rates"]), max(row["rates"])
            cells.append(f"{row['median']:,.0f} ({low:,.0f} – {high:,.0f})")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hanabi_engine", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--players", type=int, nargs="+", default=[2, 5], choices=[2, 3, 4, 5])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one measurement")
    parser.add_argument("--output", type=Path, help="JSON file")
    parser.add_argument("--update", type=Path, nargs="*", default=[], help="documents with a hanabi_engine section")
    options = parser.parse_args()
    facts = conditions("benchmarks.hanabi_engine")
    rows = [
        row
        for players in options.players
        for row in measure(players, contestants(standard(players)), options.rounds, options.seconds)
    ]
    heading = f"Moves per second of processor time, one core, median of {options.rounds} rounds (lowest – highest):"
    table = f"{heading}\n\n{markdown(rows)}\n\nSeed {SEED}. {conditions_text(facts)}"
    publish("hanabi_engine", table, facts | {"rows": rows}, options.output, options.update)
    return 0


if __name__ == "__main__":
    sys.exit(main())
