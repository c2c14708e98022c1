"""What a tournament costs beside the games (``benchmarks.tournament`` writes the table).

The same players play games of OpenSpiel by ``evaluate_bots``, OpenSpiel's own loop, and by a tournament's chunk, which
besides seeds every game (bots are made anew for it), looks at every move, keeps the times and writes the lines of its
files. The players are OpenSpiel's uniformly random C++ bots, the cheapest that there are, and a tabular policy: an
OpenSpiel ``PolicyBot`` there, an agent that sees views here. The ways take turns, and the best of several rounds
counts. Then whole tournaments are played by one and by two worker processes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyspiel

from agents.game import load_game
from agents.openspiel.players import TabularAgent
from agents.registry import agent_type
from agents.runs.runner import Runner
from agents.runs.schedule import FixedSchedule, Match
from agents.tournament.folder import TournamentFolder
from agents.tournament.games import TournamentJob, play_chunk

GAMES = ("kuhn_poker", "leduc_poker", "phantom_ttt")
MATCH = Match(0, (0, 1), ((0, 1), (1, 0)))
SOLVED = "cfr(iterations=10)"


def policy_bots(name: str, generator: np.random.RandomState) -> list[Any]:
    """Return OpenSpiel's bots for the tabular policy that ``SOLVED`` finds."""
    from open_spiel.python.bots.policy import PolicyBot

    agent = agent_type(SOLVED, load_game(name)).make()
    assert isinstance(agent, TabularAgent)
    tables = agent.tables()
    policy = pyspiel.TabularPolicy(tables[0] | tables[1])

    class Policy:
        def action_probabilities(self, state: Any, player: int | None = None) -> dict[int, float]:
            return dict(policy.action_probabilities(state))

    return [PolicyBot(player, generator, Policy()) for player in (0, 1)]


def evaluate_bots(name: str, kind: str, games: int) -> Callable[[], None]:
    """Return what plays games by OpenSpiel's loop."""
    from open_spiel.python.algorithms.evaluate_bots import evaluate_bots as loop

    game, generator = pyspiel.load_game(name), np.random.RandomState(0)
    if kind == "tabular":
        bots = policy_bots(name, generator)
    else:
        bots = [pyspiel.make_uniform_random_bot(player, 1) for player in (0, 1)]

    def play() -> None:
        for _ in range(games):
            loop(game.new_initial_state(), bots, generator)

    return play


def chunk(name: str, kind: str, games: int) -> Callable[[], Any]:
    """Return what plays as many games as part of a tournament."""
    text = SOLVED if kind == "tabular" else "bot:uniform_random"
    job = TournamentJob(name, (f"a={text}", f"b={text}"))
    list(play_chunk(job, MATCH, 0, 1))
    return lambda: list(play_chunk(job, MATCH, 0, games // 2))


def seconds(function: Callable[[], Any]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def overhead(name: str, kind: str, games: int, rounds: int) -> dict[str, Any]:
    """Return microseconds a game of both ways: the best of the rounds, in which they take turns."""
    theirs, ours = evaluate_bots(name, kind, games), chunk(name, kind, games)
    times = [(seconds(theirs), seconds(ours)) for _ in range(rounds)]
    best = [min(column) / games * 1e6 for column in zip(*times, strict=True)]
    return {
        "game": name,
        "players": kind,
        "games": games,
        "evaluate_bots_microseconds": best[0],
        "tournament_microseconds": best[1],
        "ratio": best[1] / best[0],
    }


def throughput(workers: int, games: int) -> float:
    """Return games a second of a whole tournament's playing, once the workers are there."""
    job = TournamentJob("leduc_poker", ("ismcts(simulations=40)", f"b={SOLVED}"))
    game, labels = load_game(job.game), ["ismcts(simulations=40)", "b"]
    runner = Runner(play_chunk, job, workers)

    def play(deals: int) -> None:
        with TournamentFolder(None, game, labels, {}, deals) as folder:
            runner.run(FixedSchedule([MATCH], deals), folder)

    play(8)
    return games / seconds(lambda: play(games // 2))


def scaling(games: int, rounds: int) -> dict[str, Any]:
    """Return games a second with one and with two workers: the best of the rounds, in which they take turns."""
    found = [(throughput(1, games), throughput(2, games)) for _ in range(rounds)]
    one, two = (max(column) for column in zip(*found, strict=True))
    return {"games": games, "one_worker": one, "two_workers": two, "speed_up": two / one}


def measured(games: int, rounds: int) -> dict[str, Any]:
    """Return all figures."""
    pairs = [(name, kind) for name in GAMES for kind in ("random bots", "tabular")]
    pairs.remove(("phantom_ttt", "tabular"))
    return {
        "overhead": [overhead(name, kind, games, rounds) for name, kind in pairs],
        "scaling": scaling(games // 2, rounds),
    }


def table(results: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    lines = [
        "| game | players | `evaluate_bots`, µs a game | tournament, µs a game | ratio |",
        "|---|---|--:|--:|--:|",
    ]
    for row in results["overhead"]:
        theirs, ours = row["evaluate_bots_microseconds"], row["tournament_microseconds"]
        lines.append(f"| {row['game']} | {row['players']} | {theirs:.1f} | {ours:.1f} | {row['ratio']:.2f} |")
    found = results["scaling"]
    lines += [
        "",
        f"Leduc poker, ISMCTS with 40 simulations against CFR: {found['one_worker']:.0f} games a second with one "
        f"worker, {found['two_workers']:.0f} with two: {found['speed_up']:.2f} times as many.",
    ]
    return "\n".join(lines)
