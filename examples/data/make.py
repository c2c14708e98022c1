"""Writes every file of this folder: small data of our own making, for the commands of the documents and the examples.

``python examples/data/make.py`` writes them beside itself, ``python examples/data/make.py FOLDER`` elsewhere.
"""

import csv
import json
import random
import sys
from pathlib import Path

import numpy as np

from games.extensive import compile_game
from games.extensive.policies import save_policy, uniform_policy

STRENGTH = {"aster": 1.0, "birch": 0.8, "cedar": 0.7, "dahlia": 0.2, "elm": 0.0}
JUDGES = {"anna": {}, "ben": {"birch": 0.3}, "clara": {"cedar": 0.8}, "dora": {"elm": 0.4}}


def write_table(path: Path, lines: list) -> None:
    """Write lines of cells."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)


def votes(folder: Path, count: int = 100) -> None:
    """Four judges who differ, two models that were never drawn against each other, a newcomer with one vote."""
    chance, lines = random.Random(1), [["judge", "model_a", "model_b", "winner"]]
    for judge, taste in JUDGES.items():
        for _ in range(count):
            a, b = chance.sample(list(STRENGTH), 2)
            ahead = STRENGTH[a] + taste.get(a, 0) - STRENGTH[b] - taste.get(b, 0)
            tie, decided = chance.random() < 0.1, chance.gauss(ahead, 1) > 0
            if {a, b} != {"aster", "cedar"}:
                lines.append([judge, a, b, "tie" if tie else "model_a" if decided else "model_b"])
    write_table(folder / "votes.csv", [*lines, ["anna", "fern", "elm", "model_a"]])


def elections(folder: Path) -> None:
    """An election in which the first choices and the duels disagree, as PrefLib writes it, and its first choices."""
    ballots = {(1, 2, 3): 35, (2, 1, 3): 16, (2, 3, 1): 12, (3, 2, 1): 33, (3,): 4}
    head = ["# FILE NAME: ballots.toi", "# TITLE: an election of our own making", "# NUMBER ALTERNATIVES: 3"]
    head += [f"# ALTERNATIVE NAME {i}: {name}" for i, name in enumerate(("harbour", "meadow", "station"), 1)]
    lines = [f"{count}: {', '.join(map(str, order))}" for order, count in ballots.items()]
    (folder / "ballots.toi").write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")
    write_table(folder / "first_choices.csv", [["harbour", 35], ["meadow", 28], ["station", 37]])


def tables(folder: Path) -> None:
    """Win rates that go round in a circle, a matrix game of payoffs, and two hundred small games at once."""
    names, rates = ["rock", "paper", "scissors"], [[0.5, 0.2, 0.7], [0.8, 0.5, 0.1], [0.3, 0.9, 0.5]]
    write_table(folder / "rps.csv", [["", *names], *([name, *row] for name, row in zip(names, rates, strict=True))])
    write_table(folder / "penalty.csv", [["", "left", "right"], ["left", -1, 1], ["right", 2, -1]])
    upper = np.triu(np.random.default_rng(1).random((200, 5, 5)).round(3), 1)
    np.savez_compressed(
        folder / "games.npz", matrices=upper + np.tril(1 - upper.transpose(0, 2, 1), -1) + np.eye(5) / 2
    )


def leduc(folder: Path) -> None:
    """A player 1 of Leduc poker who always calls, and 40 games of two agents."""
    game, file = compile_game("leduc_poker"), folder / "bot.npz"
    save_policy(file, game, uniform_policy(game))
    with np.load(file) as policy:
        rows = {name: policy[name][policy["player"] == 1] for name in policy}
    np.savez_compressed(file, **rows | {"probability": (rows["action"] == 1).astype(float)})
    chance, played = random.Random(2), []
    for deal in range(20):
        for seats in (["a", "b"], ["b", "a"]):
            won = chance.choice([-5.0, -1.0, 1.0, 1.0, 3.0]) * (1 if seats[0] == "a" else -1)
            played.append(
                {"unit": 0, "deal": deal, "seats": seats, "returns": [won, -won], "moves": 4, "forfeit": None}
            )
    (folder / "games.jsonl").write_text("".join(json.dumps(line) + "\n" for line in played), encoding="utf-8")


def position(folder: Path) -> None:
    """A position of Hanabi, as docs/analysis.md shows it."""
    data = {
        "format": "tamaya-hanabi-position", "version": 1, "player": 0,
        "hands": [["??"] * 5, ["R1", "R2", "Y1", "G4", "B5"]], "hints": [["R.", "..", ".5", "..", ".."], [".."] * 5],
        "fireworks": {"R": 1}, "discards": ["B4"], "information_tokens": 3, "life_tokens": 3,
    }  # fmt: skip
    (folder / "position.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    here = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for write in (votes, elections, tables, leduc, position):
        write(here)
