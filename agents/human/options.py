"""The options of ``python -m agents.play``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from tyro.conf import arg

from games._base.command_line import check_least
from games._base.errors import UsageError
from games._base.files import check_folder

PROGRAM = "python -m agents.play"


@dataclass(frozen=True)
class Options:
    """Play a game in the terminal, with or against agents."""

    help_groups: ClassVar[dict[str, str]] = {
        "basic options": "help game against seat",
        "hints, and what is kept": "hints seed output",
    }
    help_examples: ClassVar[tuple[str, ...]] = (
        'python -m agents.play --game leduc_poker --against "cfr(iterations=1000)"',
        'python -m agents.play --game "hanabi(players=2)" --against smart --hints "mds(blueprint=smart)"',
    )

    game: Annotated[str, arg(metavar="GAME", help_behavior_hint="(required)")] = ""
    """What is played: an OpenSpiel name, such as leduc_poker or "kuhn_poker(players=3)", or "hanabi(players=2)"."""
    against: Annotated[tuple[str, ...], arg(metavar="AGENT ...", help_behavior_hint="(required)")] = ()
    """Who sits at the other seats: agents, in order; one agent sits at all of them."""
    seat: int = 0
    """Your seat, from 0."""
    seed: Annotated[int | None, arg(metavar="INT", help_behavior_hint="(default: a new one, which is shown)")] = None
    """Seed of everything random: of the deal and of the agents' numbers."""
    hints: Annotated[
        str | None, arg(metavar="AGENT|none", help_behavior_hint="(default: search, or a solver in small games)")
    ] = None
    """Planner that ? asks: a search, such as "mds(blueprint=smart)" or mmds, or a solved policy, such as cfr."""
    output: Annotated[Path, arg(metavar="DIR")] = Path("runs/play")
    """Where the results go: the replay."""

    def check(self) -> None:
        """Raise ``UsageError`` for options that make no sense, without loading anything."""
        if not self.game:
            raise UsageError("say what is played, as in --game leduc_poker")
        if not self.against:
            raise UsageError("say who else plays, as in --against cfr")
        check_least(self, seed=0)
        check_folder(self.output)
