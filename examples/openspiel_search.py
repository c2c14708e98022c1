"""A search bot at OpenSpiel's own table: mirror-descent search in Leduc poker against a bot that plays at random.

``python examples/openspiel_search.py [GAMES] [ROLLOUTS]``
"""

import sys

import numpy as np
import pyspiel
from open_spiel.python.algorithms.evaluate_bots import evaluate_bots
from open_spiel.python.bots.uniform_random import UniformRandomBot

import tamaya


def main(games: int = 100, rollouts: int = 500) -> None:
    """Play in both seats by turns and print the mean gain with its standard error."""
    rules = pyspiel.load_game("leduc_poker")
    options = tamaya.SearchOptions(rollouts=rollouts)  # magnetic mirror descent, an exact belief
    bots = [tamaya.MirrorDescentBot(rules, seat, "uniform", options, seed=1) for seat in (0, 1)]
    chance, gains = np.random.RandomState(7), []
    for game in range(games):
        seat = game % 2
        table = [UniformRandomBot(0, chance), UniformRandomBot(1, chance)]
        table[seat] = bots[seat]
        table[seat].restart()
        gains.append(evaluate_bots(rules.new_initial_state(), table, chance)[seat])
    error = np.std(gains, ddof=1) / len(gains) ** 0.5
    print(f"the search gains {np.mean(gains):+.2f} ± {error:.2f} chips a game against random play")
    print(f"{sum(bot.record.decisions for bot in bots)} decisions of {rollouts} rollouts")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
