"""The options of ``python -m agents.hanabi_search``, and the search that they describe."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from tyro.conf import FlagCreatePairsOff, arg

from agents.blueprints import registry
from agents.turns import turns_named
from games._base.backends import BackendName, check_backend
from games._base.command_line import LARGEST, check_least, check_workers, option, refuse_given
from games._base.errors import UsageError
from games._base.files import check_folder
from games.hanabi.game import HanabiGame
from games.hanabi.variants import VariantName, variant_game
from search.hanabi.searchers import PartnersName
from search.hanabi.spec import BeliefName, DeviceName, ResolvedSearch, SearchName, SearchSpec, SeatsName
from search.spec import AllocationName, OptionError

if TYPE_CHECKING:
    from agents.hanabi.job import HanabiJob

PROGRAM = "python -m agents.hanabi_search"
ReplayChoice = Literal["best", "worst", "all", "none"]


def _open(metavar: str, usual: str) -> Any:
    """Describe an option that is left open unless somebody gives it."""
    return arg(metavar=metavar, help_behavior_hint=f"(default: {usual})")


@dataclass(frozen=True)
class Options:
    """Play Hanabi with mirror-descent search on top of a blueprint policy, and measure what the search gains."""

    help_groups: ClassVar[dict[str, str]] = {
        "basic options": "help players games blueprint search rollouts seconds seats seed workers output",
        "the search": "rollouts-end eta threshold allocation reinvest plies caution partners softening",
        "beliefs": "particles exact-limit belief belief-weights",
        "what is played": "variant bomb first-game",
        "where it runs": "device together backend cluster",
        "what is shown and kept": "replays show turns only-deviations verify",
    }
    help_examples: ClassVar[tuple[str, ...]] = (
        f"{PROGRAM} --players 3 --games 100 --output runs/three",
        f"{PROGRAM} --blueprint examples/own_policy.py:Policy --games 5 --rollouts 200",
    )

    players: int = 2
    """Number of players, 2 to 5."""
    games: int = 12
    """Number of games: of decks, each of which is played with and without search."""
    blueprint: Annotated[
        str | None,
        arg(
            metavar="NAME",
            help_behavior_hint="(default: neural for 2 players, information for 3 to 5; smart for other games of 2)",
        ),
    ] = None
    """Policy of Hanabi to build on: neural, neural-wide (trained), information, smart, simple, piers, iggi, random,
    a weights file (.safetensors), or a class of your own, as mypolicy.py:Policy (docs/own_policy.md)."""
    search: SearchName = "mds"
    """How the search improves the blueprint; mds: mirror descent; sparta: policy iteration with a threshold;
    monte-carlo: without; none: blueprint only."""
    rollouts: Annotated[int | None, _open("INT", "1000")] = None
    """Rollouts a decision, at most."""
    rollouts_end: Annotated[int | None, _open("INT", "as many as at the start")] = None
    """Rollouts a decision once the deck is empty; in between, in proportion to the cards that are left in it."""
    seconds: Annotated[float | None, _open("FLOAT", "no clock: rollouts are counted")] = None
    """Seconds a decision in place of --rollouts: as many rollouts as fit, whose number games.jsonl has for every
    move."""
    eta: Annotated[float | None, _open("FLOAT", "30")] = None
    """Step size of mirror descent; per point of score."""
    threshold: Annotated[float | None, _open("FLOAT", "0.1")] = None
    """SPARTA leaves the blueprint only for a gain of more points than this."""
    seats: Annotated[SeatsName | None, _open("all|one", "all for mds and 2 players, otherwise one")] = None
    """Do all seats search, or one (which one rotates with the game)?"""
    allocation: Annotated[AllocationName | None, _open("racing|even", "racing")] = None
    """racing drops moves that are clearly behind; even rolls out every move in every world."""
    reinvest: Annotated[float | None, _open("FLOAT", "8")] = None
    """Racing gives a surviving move up to so many times its even share, within the same budget; 1 saves the rest."""
    plies: Annotated[int | None, _open("INT", "12 over a network, else 0")] = None
    """A rollout ends after so many of the blueprint's moves, in the network's value of the rest; 0: with the game."""
    caution: Annotated[float | None, _open("FLOAT", "1 for mds, 2 over a network, else 0")] = None
    """Standard errors of evidence that the planner wants before it leaves the blueprint; 0 is the plain update."""
    partners: Annotated[PartnersName | None, _open("uniform|fitted", "uniform")] = None
    """How the belief takes a partner's move: as the blueprint's or else a random one, or as that of a search, by a
    model that was fitted to searched games (neural, 2 players, all seats)."""
    softening: Annotated[float | None, _open("FLOAT", "0.2 if all seats search, 0.01 if one does")] = None
    """How likely a player is to leave the blueprint, from 0 to 1: a partner, in the eyes of the belief."""
    particles: Annotated[int | None, _open("INT", "twice the rollouts, from 1000 to 10000")] = None
    """Hands in a sampled belief."""
    exact_limit: Annotated[int | None, _open("INT", "4000")] = None
    """Hands up to which a belief is exact."""
    belief: Annotated[BeliefName | None, _open("exact|learned|learned-proposal", "exact")] = None
    """How the own hand is guessed; exact: weigh own hands by replaying the game; learned: draw them from a trained
    model; learned-proposal: both."""
    belief_weights: Annotated[str | None, _open("FILE", "the model in the package")] = None
    """File of the learned belief (python -m agents.train_belief)."""
    device: Annotated[DeviceName | None, _open("cpu|cuda", "cpu")] = None
    """Where torch networks compute, cpu or cuda: with cuda their rollouts are on the card (docs/gpu.md), in one
    process by default."""
    seed: int = 0
    """Seed of everything random: with the number of a game, of its deck and of every other number."""
    first_game: Annotated[int | None, _open("INT", "0; with --show, the first in which the search deviates")] = None
    """Number of the first game."""
    variant: VariantName = "standard"
    """Which Hanabi is played; small: 2 colours, 2 cards in hand, 3 hints, 1 life; seven-card: 2 players, 7 cards in
    hand, 4 hints; six-suits: one more plain suit; rainbow, black, pink, white, brown: the fifth suit is of that kind
    (docs/hanabi.md)."""
    bomb: Literal["zero", "keep"] = "zero"
    """What the last lost life leaves of the score: nothing, or the points so far."""
    workers: Annotated[int | None, _open("INT", "one a core")] = None
    """Workers side by side: processes that play games; the result is the same for any number."""
    together: Annotated[int | None, _open("INT", "64 with --device cuda, else 1")] = None
    """Games that a process plays side by side over a torch network, to have the rollouts of all in one batch; they are
    the games of any other number, but for what torch rounds otherwise in batches of another size."""
    backend: BackendName = "local"
    """Where the workers run: on this machine, or on a Dask or Ray cluster."""
    cluster: Annotated[str | None, _open("ADDRESS", "a local cluster of the workers")] = None
    """Address of a running Dask scheduler or Ray head."""
    output: Annotated[Path | None, _open("DIR", "write nothing")] = None
    """Where the results go: summary.json, games.jsonl, scores.png and replays; the same command goes on where it
    stopped."""
    replays: ReplayChoice = "best"
    """Which games to write as text and hanab.live JSON: the 5 largest gains, the 5 largest losses, all or none."""
    show: Annotated[bool, FlagCreatePairsOff] = False
    """Tell a game move by move: beliefs, and what the planner thinks of each move."""

    verify: Annotated[bool, FlagCreatePairsOff] = False
    """Play the finished games of --output again, with the rollouts that --seconds had time for, and say whether every
    move is the same; nothing is written."""

    turns: Annotated[str | None, _open("FIRST-LAST", "all")] = None
    """Which turns: with --show, those that are told, by the numbers that it gives them."""
    only_deviations: Annotated[bool, FlagCreatePairsOff] = False
    """With --show: only the turns in which the planner leaves the blueprint."""

    @property
    def first(self) -> int:
        """Number of the first game."""
        return self.first_game or 0

    def spec(self) -> SearchSpec:
        """Return the search that is asked for."""
        return SearchSpec(**{field.name: getattr(self, field.name) for field in fields(SearchSpec)})

    def resolved(self) -> ResolvedSearch:
        """Return the search with every choice made; raises ``UsageError`` if an option makes no sense."""
        self._check()
        try:
            return self.spec().resolved(self._game(), registry)
        except OptionError as error:
            raise UsageError(f"{option(error.option)} {error.fault}") from None
        except ValueError as error:
            raise UsageError(str(error)) from None

    def job(self) -> HanabiJob:
        """Return the job; raises ``UsageError`` as ``resolved`` does."""
        from agents.hanabi.job import HanabiJob

        return HanabiJob.of(self.resolved(), self.seed)

    def _game(self) -> HanabiGame:
        return variant_game(self.variant, self.players, self.bomb)

    def _check(self) -> None:
        """Raise ``UsageError`` for numbers out of range."""
        check_least(self, games=1, seed=0, first_game=0)
        check_workers(self)
        check_workers(self, "together")
        if self.first + self.games > LARGEST:
            raise UsageError(f"the numbers of games must not be larger than {LARGEST}")
        check_backend(self.backend, self.cluster)
        check_folder(self.output)
        if self.show:
            if self.output is not None:
                raise UsageError("--show tells one game and writes nothing: leave out --output, or --show")
            turns_named(self.turns)
            given = ("games", "together", "backend", "replays", "verify")
            refuse_given("on --show, which tells one game", self, given)
            return
        if self.verify:
            refuse_given("on --verify, which writes nothing", self, ("together", "backend", "replays"))
        refuse_given("without --show", self, ("turns", "only_deviations"), "add it, or leave this out")
        if self.output is None:
            refuse_given("without --output DIR", self, ("replays", "verify"), "add the folder, or leave it out")
