"""Frames per second of the environments for others, random play: ours beside HLE's ``rl_env``, in one run, one core.

    python -m benchmarks.hanabi_environments --update docs/hanabi.md

A frame is a move and the observations that follow it, in the form of that environment: dictionaries for every player
(``rl_env``), arrays for every player (many games at once), or what ``last()`` returns (PettingZoo). As in
``benchmarks.hanabi_engine`` the environments take turns, and seconds are those of the process.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
from hanabi_learning_environment import rl_env

from benchmarks.common import conditions, conditions_text, publish
from benchmarks.hanabi_engine import SEED, Play, markdown, measure
from games.hanabi import bridges, standard
from games.hanabi.environments import HanabiEnv, HanabiVectorEnv, aec_env

BATCH = 1024


def one_game(environment: Any) -> Play:
    """Games through ``reset`` and ``step`` of ``rl_env``, theirs or ours."""
    choose = random.Random(SEED).choice

    def play(games: int) -> int:
        moves = 0
        for _ in range(games):
            observation, done = environment.reset(), False
            while not done:
                seen = observation["player_observations"][observation["current_player"]]
                observation, _, done, _ = environment.step(choose(seen["legal_moves_as_int"]))
                moves += 1
        return moves

    return play


def many_games(environment: HanabiVectorEnv) -> Play:
    """Steps of many games at once."""
    noise = np.random.default_rng(SEED).random((64, BATCH, environment.num_moves()), dtype=np.float32)
    observation = environment.reset()

    def play(steps: int) -> int:
        nonlocal observation
        for step in range(steps):
            seats = observation["player_observations"]
            legal = np.logical_or.reduce([seat["legal_moves"] for seat in seats])
            observation = environment.step((legal * noise[step % len(noise)]).argmax(axis=1))[0]
        return steps * BATCH

    return play


def pettingzoo(environment: Any) -> Play:
    """Games through PettingZoo's loop."""
    generator = np.random.default_rng(SEED)

    def play(games: int) -> int:
        moves = 0
        for _ in range(games):
            environment.reset()
            for _ in environment.agent_iter():
                observation, _, over, _, _ = environment.last()
                if over:
                    environment.step(None)
                else:
                    environment.step(int(generator.choice(np.flatnonzero(observation["action_mask"]))))
                    moves += 1
        return moves

    return play


def contestants(players: int) -> dict[str, Play]:
    """Return what is measured, by the name in the table; PettingZoo where it is installed."""
    config, theirs = {"players": players, "seed": SEED}, bridges.hle_parameters(standard(players), SEED)
    plays = {
        f"Tamaya, `HanabiVectorEnv` of {BATCH}": many_games(HanabiVectorEnv(config, BATCH, workers=1)),
        "Tamaya, `HanabiEnv`": one_game(HanabiEnv(config)),
        "HLE, `rl_env.HanabiEnv`": one_game(rl_env.HanabiEnv(theirs)),
    }
    try:
        plays["Tamaya, PettingZoo AEC"] = pettingzoo(aec_env(players, seed=SEED))
    except ValueError as error:
        print(error, file=sys.stderr)
    return plays


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.hanabi_environments", description=__doc__.split("\n", 1)[0]
    )
    parser.add_argument("--players", type=int, nargs="+", default=[2, 5], choices=[2, 3, 4, 5])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one measurement")
    parser.add_argument("--output", type=Path, help="JSON file")
    parser.add_argument(
        "--update", type=Path, nargs="*", default=[], help="documents with a hanabi_environments section"
    )
    options = parser.parse_args()
    facts = conditions("benchmarks.hanabi_environments")
    rows = [
        row
        for players in options.players
        for row in measure(players, contestants(players), options.rounds, options.seconds)
    ]
    heading = f"Frames per second of processor time, one core, median of {options.rounds} rounds (lowest – highest):"
    rates = markdown(rows).replace("| engine |", "| environment |")
    table = f"{heading}\n\n{rates}\n\nSeed {SEED}. {conditions_text(facts)}"
    publish("hanabi_environments", table, facts | {"rows": rows}, options.output, options.update)
    return 0


if __name__ == "__main__":
    sys.exit(main())
