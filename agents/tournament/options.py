"""The options of ``python -m agents.tournament``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from tyro.conf import FlagCreatePairsOff, arg

from games._base.backends import BackendName, check_backend
from games._base.command_line import check_least, check_most, check_workers
from games._base.errors import UsageError
from games._base.files import check_folder

_LARGEST_SEED = 2**62


@dataclass(frozen=True)
class Options:
    """Let agents play each other, on the same deals in all seatings, and say how good they are and how sure that is.

    Examples
    --------
    >>> import tamaya
    >>> options = tamaya.TournamentOptions("kuhn_poker", ("uniform", "cfr(iterations=10)"), games=20)
    >>> options.games, options.decide is None
    (20, True)
    """

    help_groups: ClassVar[dict[str, str]] = {
        "basic options": "help game agents games seed workers output",
        "who meets whom, and how long": "gauntlet swiss decide tables",
        "rules for agents": "move-time isolate",
        "statistics": "control-variate",
        "where it runs": "backend cluster",
    }
    help_examples: ClassVar[tuple[str, ...]] = (
        'python -m agents.tournament --game leduc_poker --agents uniform "cfr(iterations=1000)" --output runs/leduc',
        'python -m agents.tournament --game "hanabi(players=2)" --agents smart piers iggi --games 200',
    )

    game: Annotated[str, arg(metavar="GAME", help_behavior_hint="(required)")] = ""
    """What is played: an OpenSpiel name, such as leduc_poker or "kuhn_poker(players=3)", or "hanabi(players=2)"."""
    agents: Annotated[tuple[str, ...], arg(metavar="AGENT ...", help_behavior_hint="(required)")] = ()
    """Who plays: uniform, "cfr(iterations=100)", policy:FILE, "ismcts(simulations=1000)", "mds(blueprint=smart)",
    neural, FILE.safetensors, mymodule:MyAgent ...; name=AGENT gives one another name."""
    games: int = 1000
    """Number of games: of each match (of each seating, in Hanabi), rounded up to whole deals; with --decide, at
    most."""
    seed: int = 0
    """Seed of everything random: with the number of a deal, of its chance events and of every other number."""
    gauntlet: Annotated[bool, FlagCreatePairsOff] = False
    """The first agent plays all others, who do not play each other."""
    swiss: Annotated[int | None, arg(metavar="ROUNDS", help_behavior_hint="(default: round robin)")] = None
    """Rounds of a Swiss tournament, in which agents with about the same score meet."""
    decide: Annotated[float | None, arg(metavar="CONFIDENCE", help_behavior_hint="(default: play all games)")] = None
    """Stop a match as soon as it is decided who is better, at this confidence, by a test that is valid at any time."""
    tables: int = 200
    """Teams that play in Hanabi, at most; a sample of them if there are more."""
    move_time: Annotated[float | None, arg(metavar="SECONDS", help_behavior_hint="(default: any)")] = None
    """Seconds for a move; an agent that takes longer forfeits the game."""
    isolate: Annotated[bool, FlagCreatePairsOff] = False
    """Each agent runs in a process of its own, which is sent what the agent may see and nothing else; those that want
    the state of the game are refused. Results are the same."""
    control_variate: Annotated[str | None, arg(metavar="AGENT", help_behavior_hint="(default: none)")] = None
    """Take luck out of returns, judged by what positions are worth if all play as this agent does: a policy for a game
    small enough to enumerate, such as "cfr(iterations=100)"; expectations stay the same."""
    workers: Annotated[int | None, arg(metavar="INT", help_behavior_hint="(default: one a core)")] = None
    """Workers side by side: processes that play games; the result is the same for any number."""
    backend: BackendName = "local"
    """Where the workers run: on this machine, or on a Dask or Ray cluster."""
    cluster: Annotated[
        str | None, arg(metavar="ADDRESS", help_behavior_hint="(default: a local cluster of the workers)")
    ] = None
    """Address of a running Dask scheduler or Ray head."""
    output: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="(default: write nothing)")] = None
    """Where the results go: results.json, games.jsonl, report.html and replays; the same command goes on where it
    stopped."""

    def check(self) -> None:
        """Raise ``UsageError`` for options that make no sense, without loading anything."""
        if not self.game:
            raise UsageError("say what is played, as in --game leduc_poker")
        if not self.agents:
            raise UsageError("say who plays, as in --agents uniform cfr")
        check_least(self, games=1, seed=0, swiss=1, tables=1)
        check_most(self, games=_LARGEST_SEED, seed=_LARGEST_SEED)
        check_workers(self)
        if self.decide is not None and not 0.5 <= self.decide < 1.0:
            raise UsageError(f"--decide must be a confidence from 0.5 up to but not 1, such as 0.95, not {self.decide}")
        if self.move_time is not None and not (math.isfinite(self.move_time) and self.move_time > 0):
            raise UsageError(f"--move-time must be a positive number of seconds, not {self.move_time}")
        if self.swiss is not None and (self.gauntlet or self.decide is not None):
            other = "--gauntlet" if self.gauntlet else "--decide"
            raise UsageError(f"--swiss chooses the matches itself: leave out {other}, or --swiss")
        if self.isolate and self.control_variate is not None:
            raise UsageError(
                "--control-variate asks agents for their policies, which --isolate keeps apart: leave out one"
            )
        check_backend(self.backend, self.cluster)
        check_folder(self.output)
