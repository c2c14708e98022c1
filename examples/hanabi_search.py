"""Hanabi with and without search over the same policy, on the same decks: a paired difference with its error.

``python examples/hanabi_search.py [DECKS] [ROLLOUTS]``
"""

import sys
import tempfile
from pathlib import Path

import tamaya
from agents.hanabi_search import main as hanabi_search


def main(decks: int = 10, rollouts: int = 500) -> None:
    """Play a policy by itself on many decks, then search over it on a few, and print what was gained."""
    alone = tamaya.self_play(tamaya.hanabi.standard(2), tamaya.blueprint("piers"), games=20 * decks, seed=1)
    print(f"piers alone: {alone.mean:.2f} ± {alone.standard_error:.2f} points")
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        words = f"--blueprint piers --games {decks} --rollouts {rollouts} --seed 1 --workers 1 --output {run}"
        hanabi_search(words.split())  # the command python -m agents.hanabi_search, from Python
        print(sorted(path.name for path in run.iterdir()))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
