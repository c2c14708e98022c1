"""An equilibrium of Leduc poker, certified, handed to OpenSpiel, and measured by OpenSpiel's own exploitability.

``python examples/leduc_equilibrium.py [ITERATIONS]``
"""

import sys

import pyspiel
from open_spiel.python.algorithms.exploitability import exploitability

import tamaya


def main(iterations: int = 2000, game: str = "leduc_poker") -> None:
    """Solve, print the certificate, and let OpenSpiel check it."""
    compiled = tamaya.compile_game(game)
    solution = tamaya.solve(compiled, "pcfr+", iterations=iterations)
    print(f"{game}: worth {solution.value:.6f} to player 0")
    print(f"exploitability {solution.exploitability:.2e} after {solution.iterations} iterations")
    policy = tamaya.to_open_spiel(compiled, solution.policy)  # a pyspiel.TabularPolicy
    print(f"OpenSpiel says  {exploitability(pyspiel.load_game(game), policy):.2e}")
    forgone = tamaya.regrets(compiled, solution.policy, player=0).full
    print(f"the worst of {len(forgone):,} decisions of player 0 forgoes {forgone.max():.2e}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
