"""The options of ``python -m agents.hanabi_analysis``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from tyro.conf import FlagCreatePairsOff, Positional, arg

PROGRAM = "python -m agents.hanabi_analysis"


def _open(metavar: str, usual: str) -> Any:
    return arg(metavar=metavar, help_behavior_hint=f"(default: {usual})")


@dataclass(frozen=True)
class Options:
    """Look at a game of Hanabi move by move: what every legal move was worth, and what the players could know.

    Writes one page of HTML that needs nothing else, and the same as JSON.
    """

    help_groups: ClassVar[dict[str, str]] = {
        "basic options": "help blueprint rollouts output",
        "what is looked at": "number turns",
        "how": "seconds softening bomb seed workers",
    }
    help_examples: ClassVar[tuple[str, ...]] = (
        "python -m agents.hanabi_analysis examples/data/position.json --output position.html",
        "python -m agents.hanabi_analysis runs/three --number 17 --output game.html",
    )

    game: Annotated[Positional[str], arg(metavar="GAME", help_behavior_hint="(required)")] = ""
    """A file (a replay or saved game or position of Tamaya, a game of hanab.live as JSON), a /replay-json/ link of
    hanab.live, the folder of a Hanabi search, or a file of the AH2AC2 data set (.safetensors)."""
    number: Annotated[int | None, _open("INT", "the one with most deviations; of a data set, 0")] = None
    """Which game of a folder or a data set."""
    agreement: Annotated[bool, FlagCreatePairsOff] = False
    """Tell how often the blueprint would have made the moves of the game instead, or of all games: of a data set, or of
    the .json files of a folder. Nothing is searched; --output FILE.json keeps the table."""
    blueprint: Annotated[str | None, _open("NAME", "the run's; otherwise piers, which knows no conventions")] = None
    """Policy of Hanabi to build on: it plays on after every move; a blueprint of agents.hanabi_search."""
    rollouts: Annotated[int | None, _open("INT", "1000")] = None
    """Rollouts a decision, at most."""
    seconds: Annotated[float | None, _open("FLOAT", "no clock: rollouts are counted")] = None
    """Seconds a decision in place of --rollouts: as many rollouts as fit, whose number is in the result."""
    softening: Annotated[float | None, _open("FLOAT", "the run's; otherwise 0.5")] = None
    """How likely a player is to leave the blueprint, from 0 to 1: in the eyes of beliefs; people leave it often."""
    bomb: Literal["zero", "keep"] = "keep"
    """What the last lost life leaves of the score: nothing, or in rollouts the points on the table, which tells bad
    moves
    apart."""
    turns: Annotated[str | None, _open("FIRST-LAST", "all")] = None
    """Which turns: those that are analysed, from 1."""
    seed: int = 0
    """Seed of everything random: of beliefs and rollouts, but not of how many fit into --seconds."""
    workers: Annotated[int | None, _open("INT", "one a core")] = None
    """Workers side by side: threads; the result is the same for any number."""
    output: Annotated[Path | None, _open("FILE.html", "analysis.html")] = None
    """Where the results go: the page; the same as JSON is beside it (FILE.json)."""
