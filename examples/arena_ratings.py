"""Ratings of a log of votes: Bradley–Terry with errors, beside the Nash average that says where ratings mislead.

``python examples/arena_ratings.py [FILE]``
"""

import sys
from pathlib import Path

import numpy as np

import tamaya
from games.preference import read_votes

VOTES = Path(__file__).parent / "data" / "votes.csv"


def main(file: str | Path = VOTES) -> None:
    """Print a rating with its standard error, the share in the Nash average, and how cyclic the table is."""
    votes = read_votes(file)
    ratings = tamaya.bradley_terry(votes.wins)
    payoffs = 2 * tamaya.read_preference_game(file).matrix - 1
    shares = tamaya.nash_average(payoffs).policy
    for index in np.argsort(-ratings.elo):
        elo, error = ratings.elo[index], ratings.standard_errors[index]
        print(
            f"{votes.labels[index]:<8} {elo:+7.0f} ± {error:3.0f} Elo   share of the Nash average {shares[index]:.3f}"
        )
    cyclic = tamaya.hodge_decomposition(payoffs)
    print(f"{cyclic.share:.1%} of the table goes round in circles, which no rating can say")


if __name__ == "__main__":
    main(*sys.argv[1:])
