"""Update equivalence: one search at every decision is one step of a learner in the whole game.

Magnetic mirror descent takes one step in the whole game; MMD search decides every information state of the same game by
itself, with the same step size and temperature. The policies are the same, to the last digits (Sokota et al. 2024).

``python examples/update_equivalence.py [GAME]``
"""

import sys

import numpy as np
import pyspiel

import tamaya
from search.openspiel import MagneticMirrorDescent

ETA, ALPHA = 2.0, 0.05  # of returns that are normalised to [-1, 1], as the search has them


def main(name: str = "leduc_poker") -> None:
    """Print how far the two policies are from each other, and how exploitable they are."""
    game = tamaya.compile_game(name)
    half = game.utility_range / 2  # the learner counts in units of utility
    settings = {"step_size": ETA / half, "alpha": ALPHA * half, "alternating": False}
    learner = tamaya.solve(game, "mmd-behavioural", iterations=1, **settings).policy

    exact = tamaya.SearchOptions(rollouts=None, update=MagneticMirrorDescent(ETA, ALPHA))
    search = tamaya.SearchPolicy(name, "uniform", exact)
    planner = tamaya.from_open_spiel(game, search, pyspiel.load_game(name))

    apart = max(float(np.abs(one - other).max()) for one, other in zip(learner, planner, strict=True))
    print(f"{name}: the two policies are at most {apart:.1e} apart")
    for what, policy in (("uniform", tamaya.uniform_policy(game)), ("one step", learner), ("one search", planner)):
        print(f"  exploitability, {what:<10} {tamaya.exploitability(game, policy):.6f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
