"""The options of ``python -m solvers.preference`` for several judges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from tyro.conf import arg

from games._base.command_line import check_least, option
from games._base.errors import UsageError
from games.preference.judges import JUDGES
from solvers.options import optional

DRAWN = ("posterior", "bootstrap")
"""Judges that are tables which the votes allow, rather than the values of a column."""
TABLES = 50
"""How many such tables there are, if nobody says."""
_OWNERS = {"judges": "", "tables": "", "lambda_": "uncertainty", "tau": "entropic"}


@dataclass(frozen=True)
class EnsembleOptions:
    """Who the judges are, and how one policy is made for all of them."""

    ensemble: Annotated[
        Literal["mean", "worst", "uncertainty", "entropic"] | None,
        optional("mean|worst|uncertainty|entropic", "all votes together"),
    ] = None
    """One policy for several judges: by the mean of their tables, against the worst of them, or by the mean less the
    variance or an entropic risk, pair by pair."""
    judges: Annotated[str | None, optional("COLUMN|posterior|bootstrap", JUDGES)] = None
    """With --ensemble: the column of the votes that says who judged, or the tables that the votes allow, drawn from
    their posterior or by resampling. In a file of many games the games are the judges, in one of rewards the rows."""
    tables: Annotated[int | None, optional("INT", str(TABLES))] = None
    """How many tables are drawn as judges."""
    lambda_: Annotated[float | None, arg(name="lambda", metavar="FLOAT", help_behavior_hint="(default: 1)")] = None
    """Weight of the variance, with --ensemble uncertainty."""
    tau: Annotated[float | None, optional("FLOAT", "0.5")] = None
    """Temperature of the risk, as a probability, with --ensemble entropic: large is the mean, small the worst of
    every pair."""

    @property
    def draws_judges(self) -> bool:
        """Whether the judges are drawn at random."""
        return self.ensemble is not None and self.judges in DRAWN

    def check_judges(self) -> None:
        """Raise ``UsageError`` for options of judges that have no effect or no meaning."""
        for name, owner in _OWNERS.items():
            if getattr(self, name) is None:
                continue
            if self.ensemble is None:
                raise UsageError(f"{option(name)} needs --ensemble{f' {owner}' if owner else ''}")
            if owner not in ("", self.ensemble):
                raise UsageError(
                    f"{option(name)} is for --ensemble {owner}, and {self.ensemble} has none: leave it out"
                )
        if self.tables is not None and not self.draws_judges:
            raise UsageError("--tables needs --judges posterior or --judges bootstrap")
        check_least(self, tables=2, lambda_=0, tau=0)
        if self.tau == 0.0:
            raise UsageError("--tau must be above 0: --tau 1e-9 is the worst judge of every pair")
