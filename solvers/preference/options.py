"""The options of ``python -m solvers.preference``, and the game that they describe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from tyro.conf import FlagCreatePairsOff, Positional, UseAppendAction, arg

from games._base.backends import BackendName, check_backend
from games._base.command_line import check_least, refuse_given
from games._base.errors import UsageError
from games.preference import (
    PreferenceBatch,
    PreferenceGame,
    RankingModel,
    read_preference_game,
    read_preference_groups,
    read_reference,
)
from games.preference.judges import JUDGES, JudgedGame, read_judged_game, read_judged_rewards
from games.preference.read import kind_of
from games.preference.votes import Method
from solvers.normal_form.options import NormalFormOptions
from solvers.options import optional
from solvers.output import Outputs, one_sentence
from solvers.preference.judges.options import EnsembleOptions

KindName = Literal["auto", "matrix", "counts", "votes", "preflib", "rewards", "batch"]


@dataclass(frozen=True)
class Options(EnsembleOptions, NormalFormOptions):
    """Solve a table of pairwise preferences, or many of them, for the policy that no other beats."""

    help_groups: ClassVar[dict[str, str]] = {
        "basic options": "help beta reference by bootstrap output workers",
        "what the file holds": "kind where skip-invalid unseen symmetrise prior unranked model reward-temperature",
        "the algorithm": (
            "algorithm list-algorithms compare iterations tolerance step-size parameters average last temperature"
        ),
        "one policy for several judges": "ensemble judges tables lambda tau",
        "learning from comparisons": "ask feedback samples seed",
        "what is shown and kept": "posterior best-of rows csv plot state batch-output",
        "where it runs": "backend cluster",
    }
    help_examples: ClassVar[tuple[str, ...]] = (
        "python -m solvers.preference examples/data/votes.csv --by judge --bootstrap 1000 --csv leaderboard.csv",
        "python -m solvers.preference examples/data/rps.csv --beta 0.1 --compare all --plot solvers.png",
    )

    file: Annotated[Positional[Path | None], arg(metavar="FILE", help_behavior_hint="")] = None
    """Win rates (.csv, .tsv, .npy, .json), votes (.csv, .tsv, .jsonl, .json), PrefLib (.soc, .toc, .wmd, ...), reward
    samples (.npy, .csv, .jsonl) or many games (.npz, .npy, .jsonl); text may be packed (.csv.gz)."""
    kind: KindName = "auto"
    """What the file holds; only rewards and counts of wins in a table must be named."""
    where: Annotated[
        tuple[str, ...], UseAppendAction, arg(metavar="COLUMN=VALUE", help_behavior_hint="(repeatable)")
    ] = ()
    """Take only the votes with this value in this column."""
    by: Annotated[str | None, optional("COLUMN", "none")] = None
    """Solve the votes of each judge, language, ... by themselves, too: of each value of a column."""
    skip_invalid: Annotated[bool, FlagCreatePairsOff] = False
    """Leave out lines that are no votes, count them and list the first."""
    unseen: Annotated[bool, FlagCreatePairsOff] = False
    """Take pairs with empty cells in a table as never compared."""
    reference: Annotated[Path | None, optional("FILE", "the file's own, or uniform")] = None
    """Reference policy, lines of label,weight (.csv, .tsv) or an object (.json)."""
    symmetrise: Annotated[bool, FlagCreatePairsOff] = False
    """Take (P + 1 - P^T)/2, whatever P + P^T is."""
    prior: Annotated[float | None, optional("FLOAT", "1")] = None
    """Votes added to both sides of every pair, for files of votes and rankings."""
    unranked: Annotated[Literal["ignored", "last"] | None, optional("ignored|last", "ignored")] = None
    """Where a PrefLib ranking puts the alternatives that it leaves out."""
    model: Annotated[Literal["plackett-luce"] | None, optional("plackett-luce", "none")] = None
    """Take what this model makes of rankings or votes, and not their table of pairs; for votes it is Bradley-Terry."""
    reward_temperature: Annotated[float | None, optional("FLOAT", "1")] = None
    """Temperature of the Bradley-Terry model that makes preferences of rewards, in units of the rewards."""
    posterior: Annotated[int | None, optional("INT", "as many as --bootstrap")] = None
    """Draw so many tables from the posterior of the votes, and give 95 % intervals."""
    bootstrap: Annotated[int | None, optional("INT", "none")] = None
    """Resample the votes, or whole rankings, so many times, and give 95 % intervals."""
    best_of: Annotated[int | None, optional("INT", "none")] = None
    """Of recorded rankings, give also the policy of which so many answers are shown and the best is taken."""
    ask: Annotated[int | None, optional("INT", "none")] = None
    """Name so many pairs of a log of votes whose judgement would tell most."""
    batch_output: Annotated[Path | None, optional("FILE.npz|.jsonl", "beside --output, as .npz")] = None
    """Where the policies of many games go."""
    backend: BackendName = "local"
    """Where the workers run: on this machine, or on a Dask or Ray cluster, for many games or resamplings."""
    cluster: Annotated[str | None, optional("ADDRESS", "a local cluster of the workers")] = None
    """Address of a running Dask scheduler or Ray head."""

    @property
    def name(self) -> str:
        """Name of the file, without its folder."""
        return "" if self.file is None else self.file.name

    def check(self) -> None:
        super().check()
        if self.file is None:
            raise UsageError("name a file of preferences: python -m solvers.preference FILE (--help lists the options)")
        check_least(self, bootstrap=2, posterior=2, prior=0, best_of=1, ask=1)
        self.check_judges()
        if self.ensemble is not None:
            self._refuse_beside_judges()
        if self.model is not None:
            tables = "draws tables of pairs, which --model does not keep"
            refuse_given(f"with --model {self.model}: it {tables}", self, ("bootstrap", "posterior"))
        check_backend(self.backend, self.cluster)
        if wrong := next((text for text in self.where if not text.partition("=")[1]), None):
            raise UsageError(f"--where is written COLUMN=VALUE, not {wrong!r}")
        columns = [text.partition("=")[0].lower() for text in self.where]
        if twice := next((name for name in columns if columns.count(name) > 1), None):
            raise UsageError(f"--where asks for two values of the column {twice!r}, and a vote has one")

    def _refuse_beside_judges(self) -> None:
        """Raise ``UsageError`` for an option that has no effect beside ``--ensemble``."""
        what = f"with --ensemble {self.ensemble}"
        refuse_given(what, self, ("by",), "leave it out, or name that column by --judges")
        refuse_given(what, self, ("bootstrap", "posterior"), "leave it out, or take the tables as --judges")
        refuse_given(f"{what}, which is about the tables of judges", self, ("model", "best_of"))
        refuse_given(what, self, ("ask", "batch_output", "backend", "cluster"))
        if self.is_path:
            raise UsageError(f"--beta is a path {what}: give a single number")
        if self.ensemble != "mean":
            refuse_given(f"{what}, whose table is nobody's, so that nobody could be asked", self, ("feedback",))

    def _votes(self) -> dict[str, Any]:
        """Return how votes are read."""
        return {
            "prior": 1.0 if self.prior is None else self.prior,
            "reference": None if self.reference is None else self._reference(),
            "skip_invalid": self.skip_invalid,
            "where": {name: value for name, _, value in (text.partition("=") for text in self.where)},
        }

    def read_judges(self) -> JudgedGame:
        """Return the judges of ``--ensemble`` whom the file names; raises ``UsageError`` or ``OSError`` as ``read``."""
        assert self.file is not None
        with one_sentence():
            kind = kind_of(self.file) if self.kind == "auto" else self.kind
            if kind == "votes":
                self._refuse_unread(kind)
                refuse_given(f"on {self.file}: it is for empty cells in a table", self, ("unseen",))
                return read_judged_game(self.file, self.judges or JUDGES, **self._votes())
            if kind == "rewards":
                self._refuse_unread(kind)
                return self._judged_rewards()
            game, _ = self.read()
            if isinstance(game, PreferenceGame):
                raise UsageError(
                    f"{self.file} holds one table, and --ensemble needs judges: votes with a column that names them, "
                    "a file of several tables, rewards with --kind rewards, or --judges posterior"
                )
            refuse_given(f"on {self.file}, whose tables are the judges", self, ("judges",))
            return JudgedGame.from_batch(game)

    def _judged_rewards(self) -> JudgedGame:
        """Return the judges of a file of rewards, one a row."""
        assert self.file is not None
        where = f"on {self.file}, whose rows are the judges"
        refuse_given(where, self, ("judges", "prior", "where", "skip_invalid", "unseen"))
        temperature = 1.0 if self.reward_temperature is None else self.reward_temperature
        judged = read_judged_rewards(self.file, temperature)
        return judged if self.reference is None else judged.with_reference(self._reference())

    def read(self) -> tuple[PreferenceGame | PreferenceBatch, dict[str, PreferenceGame]]:
        """Return the game and the groups of ``--by``; raises ``UsageError`` or ``OSError`` if they cannot be read."""
        assert self.file is not None
        votes = self._votes()
        with one_sentence():
            if self.by is not None:
                together, groups = read_preference_groups(self.file, self.by, **votes)
                return self._checked(together), groups
            game = read_preference_game(
                self.file,
                kind=self.kind,
                symmetrise=self.symmetrise,
                unranked=self.unranked or "ignored",
                temperature=1.0 if self.reward_temperature is None else self.reward_temperature,
                unseen=self.unseen,
                **votes,
            )
            self._refuse_unread(kind_of(self.file) if self.kind == "auto" else self.kind)
            return self._checked(game), {}

    def _checked(self, game: PreferenceGame | PreferenceBatch) -> PreferenceGame | PreferenceBatch:
        """Return the game; raises ``UsageError`` for an option that has no meaning in it."""
        votes = isinstance(game, PreferenceGame) and game.votes is not None
        if self.prior is not None and not votes:
            raise UsageError(f"--prior is for votes, and {self.file} holds none")
        if self.bootstrap is not None and not votes:
            raise UsageError(f"--bootstrap resamples votes, and {self.file} holds none: leave it out")
        if self.posterior is not None and not votes:
            raise UsageError(f"--posterior is that of votes, and {self.file} holds none: leave it out")
        if self.model is not None and not votes:
            raise UsageError(f"--model is one of votes and rankings, and {self.file} holds none: leave it out")
        if self.best_of is not None:
            votes_cast = game.votes if isinstance(game, PreferenceGame) else None
            if votes_cast is None or votes_cast.ballots is None:
                raise UsageError(
                    f"--best-of needs rankings, because pairs do not tell the best of several: {self.file}"
                )
            RankingModel.from_votes(votes_cast)
        if self.feedback == "rankings" and self.model is None:
            self._check_rankings(game)
        if self.ask is not None and not votes:
            raise UsageError(f"--ask is for votes, and {self.file} holds none: leave it out")
        if self.batch_output is not None and isinstance(game, PreferenceGame):
            raise UsageError(f"--batch-output is for many games, and {self.file} holds one: use --output")
        if isinstance(game, PreferenceBatch) and self.ensemble is None:
            if self.csv is not None:
                raise UsageError(f"--csv is for one game, and {self.file} holds {len(game)}: use --batch-output")
            if self.is_path:
                raise UsageError(
                    f"--beta is a path of one game, and {self.file} holds {len(game)}: give a single number"
                )
            if self.compare is not None:
                raise UsageError(f"--compare runs on one game, and {self.file} holds {len(game)}")
        if self.backend != "local" and isinstance(game, PreferenceGame) and not (self.bootstrap or self.posterior):
            raise UsageError(
                f"--backend is for many games, --posterior or --bootstrap, and {self.file} holds one game: leave it out"
            )
        return game

    def _check_rankings(self, game: PreferenceGame | PreferenceBatch) -> None:
        """Raise ``UsageError`` where nobody can be asked for rankings."""
        if isinstance(game, PreferenceGame) and game.votes is not None and game.votes.ballots is not None:
            RankingModel.from_votes(game.votes)
            return
        raise UsageError(
            f"--feedback rankings asks for rankings, and {self.file} holds none: "
            "take --feedback teams, which once had this name, or, with votes, --model plackett-luce"
        )

    def _reference(self) -> Mapping[str, float]:
        assert self.reference is not None
        with one_sentence():
            return read_reference(self.reference)

    def draws(self, game: PreferenceGame) -> dict[Method, int]:
        """Return how many tables are drawn in which way; the first one's intervals are those that are printed.

        Where votes are resampled, their posterior is drawn from, too, if they have one: without it, what was never
        compared would look certain. Without a prior they have none, and such votes are refused (``check_resampled``).
        """
        posterior = self.posterior
        if posterior is None and game.votes is not None and game.votes.ballots is None and game.votes.prior > 0.0:
            posterior = self.bootstrap
        counts: dict[Method, int | None] = {"posterior": posterior, "bootstrap": self.bootstrap}
        return {method: count for method, count in counts.items() if count is not None}

    def _refuse_unread(self, kind: str) -> None:
        """Raise ``UsageError`` for an option that files of this kind do not read."""
        for name, kinds, what in (
            ("unranked", ("preflib",), "rankings of PrefLib"),
            ("reward_temperature", ("rewards",), "rewards"),
            ("symmetrise", ("matrix", "batch"), "tables of probabilities"),
        ):
            if kind not in kinds:
                refuse_given(f"on {self.file}: it is for {what}", self, (name,))
        if not self.random:
            refuse_given(
                "where nothing is random",
                self,
                ("seed",),
                "leave it out, or give --feedback, --bootstrap or --posterior",
            )

    @property
    def random(self) -> bool:
        drawn = self.bootstrap is not None or self.posterior is not None or self.draws_judges
        return super().random or drawn

    def policies_path(self) -> Path | None:
        """Return where the policies of a batch go."""
        if self.batch_output is not None or self.output is None:
            return self.batch_output
        return self.output.with_suffix(".npz")

    def batch_outputs(self) -> Outputs:
        """Return option, path and suffixes allowed of every file that will be written for a batch."""
        return [*self.outputs(), ("--batch-output", self.policies_path(), (".npz", ".jsonl"))]
