"""What to do now? A position of Hanabi, put together by hand, looked at by a search: values, errors, beliefs.

``python examples/hanabi_position.py [ROLLOUTS]``
"""

import sys

import tamaya
from games.hanabi.moves import move_text


def main(rollouts: int = 2000) -> None:
    """Print what every move is worth, and what the own cards may be."""
    game = tamaya.hanabi.standard(2)
    position = tamaya.built_position(
        game,
        [["??"] * 5, ["R1", "R2", "Y1", "G4", "B5"]],  # ?? are the cards that the player to move does not see
        hints=[["R.", "..", ".5", "..", ".."], [".."] * 5],  # the oldest is red, the third a 5
        fireworks={"R": 1},
        discards=["B4"],
        information_tokens=3,
    )
    found = tamaya.analyse(position, blueprint="piers", rollouts=rollouts, threads=1)
    print("move             final score    points lost against the best")
    for move in sorted(found.moves, key=lambda one: -one.value)[:6]:
        value, lost = f"{move.value:6.2f} ± {move.error:.2f}", f"{move.lost:6.2f} ± {move.lost_error:.2f}"
        print(f"{move_text(game, move.move):<16} {value}  {lost}")
    print("the oldest card, by ranks:", found.belief[0].reshape(5, 5).sum(axis=0).round(2))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
