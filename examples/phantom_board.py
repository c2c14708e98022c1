"""Phantom games, exactly: the uniform policy and a solved one on a small board of Dark Hex, and OpenSpiel's opinion.

``python examples/phantom_board.py [ITERATIONS]``
"""

import sys

import tamaya
from solvers.phantom import evaluate


def main(iterations: int = 200, name: str = "abrupt_dark_hex_2x2") -> None:
    """Print the exploitability of uniform play, of the solution, and the value of the game in sequence form."""
    uniform = evaluate(name)
    print(f"{name}: uniform play loses {uniform.exploitability:.4f} to one who knows it")
    solution = tamaya.solve(tamaya.phantom_game(name), "pcfr+", iterations=iterations)
    print(f"after {iterations} iterations {evaluate(name, solution.policies).exploitability:.2e}")
    small = tamaya.compile_game("dark_hex(num_rows=2,num_cols=2,gameversion=adh)")
    print(f"worth {solution.value:+.6f}; in sequence form {tamaya.solve(small, 'lp').value:+.6f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
