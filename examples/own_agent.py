"""An agent of one's own in a tournament of Leduc poker, as ``--agents examples/own_agent.py:Careful`` names it.

``python examples/own_agent.py [DEALS]`` lets it play a bot of OpenSpiel and an equilibrium: who wins, how surely?
"""

import random
import re
import sys

from rich.console import Console

import tamaya


class Careful(tamaya.ViewAgent):
    """Raise with a pair or a king, fold without either, unless a coin says otherwise."""

    sees = "information-state"  # what is shown at each decision: the information state as OpenSpiel writes it

    def start(self, seating):
        """Begin a game; everything random comes from the seed of the seat."""
        super().start(seating)
        self.coin = random.Random(seating.seed)

    def act(self, view):
        """Return a legal action: 0 folds, 1 calls, 2 raises."""
        own = re.search(r"Private: (\d)", view.text)
        public = re.search(r"Public: (\d)", view.text)
        rank = int(own[1]) // 2  # two cards of each rank: jack, queen, king
        strong = rank == 2 or (public is not None and int(public[1]) // 2 == rank)
        wish = 2 if strong else 0 if self.coin.random() < 0.5 else 1
        return wish if wish in view.legal_actions else 1


def main(deals: int = 500) -> None:
    """Play the tournament and print the difference to each opponent with its likelihood."""
    agents = ("examples/own_agent.py:Careful", "cfr(iterations=200)", "uniform")
    options = tamaya.TournamentOptions(game="leduc_poker", agents=agents, games=2 * deals, workers=1)
    results = tamaya.tournament(options, Console())  # prints what the command prints
    found = results["advantage_differences"]
    for index, other in enumerate(results["agents"][1:], 1):
        gain, error, sure = (found[key][0][index] for key in ("difference", "standard_error", "superiority"))
        print(f"over the whole field {gain:+.2f} ± {error:.2f} chips above {other}, better with likelihood {sure:.3f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
