"""Games a second of policies of one's own beside the compiled ones: ``python -m benchmarks.own_policy``.

The same thing asked in three ways – compiled, from Python, and networks of two kinds – by itself in every seat, and in
rollouts of a searching seat. Processor time of one thread.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from agents.hanabi.blueprints import blueprint_score, policy_for
from agents.hanabi.players import searcher
from games.hanabi import standard
from games.hanabi.state import HanabiState
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.follower import Policy
from search.hanabi.spec import SearchSpec
from search.seating import Seating

NAMES = (
    "piers",
    "examples/own_policy.py:Policy",
    "examples/own_policy.py:Network",
    "examples/own_policy.py:Recurrent",
)


def games_a_second(policy: Policy, games: int) -> tuple[float, float]:
    """Return games a second of processor time in self-play, and their mean score."""
    game = standard(2)
    blueprint_score(game, policy, 1, 0)
    began = time.process_time()
    scores = [blueprint_score(game, policy, 0, number) for number in range(games)]
    return games / (time.process_time() - began), float(np.mean(scores))


def rollouts_a_second(policy: Policy, name: str, rollouts: int) -> float:
    """Return rollouts a second of the first decision of a game, its belief included."""
    from agents.blueprints import registry

    game = standard(2)
    state = HanabiState.from_seed(game, 0)
    search = SearchSpec("monte-carlo", blueprint=name, rollouts=rollouts, allocation="even").resolved(game, registry)
    seat = searcher(search, policy, 1)()
    keys = SeatKeys.of_game(game, 0, 0)
    seat.start(Seating(game, 0, 0, state.view(0), keys))
    seat.decide(state.view(0))
    seat.start(Seating(game, 0, 0, state.view(0), keys))
    began = time.process_time()
    found = seat.decide(state.view(0)).rollouts
    return found / (time.process_time() - began)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--games", type=int, default=10)
    parser.add_argument("--rollouts", type=int, default=500)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    rows = []
    for name in NAMES:
        policy = policy_for(standard(2), name)
        speed, score = games_a_second(policy, options.games)
        rows.append({"policy": name, "games": speed, "score": score})
        rows[-1]["rollouts"] = rollouts_a_second(policy, name, options.rollouts)
        print(f"{name:<36}{speed:>10.1f} games/s  {rows[-1]['rollouts']:>10.0f} rollouts/s  score {score:.1f}")
    if options.output is not None:
        options.output.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
