"""The options of ``python -m solvers.matrix``, and the game that they describe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar

from tyro.conf import Positional, arg

from games._base.command_line import refuse_given
from games._base.errors import UsageError
from games.matrix import MATRIX_SUFFIXES, MatrixGame, from_openspiel, read_matrix_game
from games.preference import read_reference
from games.preference.validation import checked_reference
from solvers.normal_form.options import NormalFormOptions
from solvers.output import one_sentence

_Reference = arg(metavar="FILE", help_behavior_hint="(default: uniform)")


@dataclass(frozen=True)
class Options(NormalFormOptions):
    """Solve a two-player zero-sum matrix game: a table of payoffs, or a game of OpenSpiel."""

    help_groups: ClassVar[dict[str, str]] = {
        "basic options": "help beta output workers",
        "the algorithm": (
            "algorithm list-algorithms compare iterations tolerance step-size parameters average last temperature"
        ),
        "references": "row-reference column-reference",
        "learning from samples": "feedback samples seed",
        "what is shown and kept": "rows csv plot state export",
    }
    help_examples: ClassVar[tuple[str, ...]] = (
        "python -m solvers.matrix matrix_rps",
        "python -m solvers.matrix examples/data/penalty.csv --beta 0.1 --output solution.json",
    )

    game: Annotated[Positional[str | None], arg(metavar="FILE|GAME", help_behavior_hint="")] = None
    """Payoffs of the row player (.csv, .tsv, .npy, or Gambit's .nfg), or an OpenSpiel game: matrix_rps,
    "blotto(coins=5,fields=2)"."""
    row_reference: Annotated[Path | None, _Reference] = None
    """Reference policy of the row player, lines of label,weight (.csv, .tsv) or an object (.json)."""
    column_reference: Annotated[Path | None, _Reference] = None
    """Reference policy of the column player."""

    export: Annotated[Path | None, arg(metavar="FILE.nfg", help_behavior_hint="(default: write nothing)")] = None
    """Write the game as a Gambit file; it is solved, too."""

    @property
    def file(self) -> Path | None:
        """The file of payoffs, unless an OpenSpiel game is meant."""
        if self.game is None:
            return None
        path = Path(self.game)
        looks = path.suffix in MATRIX_SUFFIXES or path.exists() or ("(" not in self.game and len(path.parts) > 1)
        return path if looks else None

    @property
    def name(self) -> str:
        """Name of the game, or of its file without the folder."""
        return self.file.name if self.file is not None else self.game or ""

    def check(self) -> None:
        super().check()
        if self.game is None:
            raise UsageError("name a file of payoffs or a game of OpenSpiel: python -m solvers.matrix matrix_rps")
        if not self.random:
            refuse_given("where nothing is random", self, ("seed",), "leave it out, or give --feedback")

    def read(self) -> MatrixGame:
        """Return the game; raises ``UsageError`` or ``OSError`` if it cannot be read."""
        with one_sentence():
            game = read_matrix_game(self.file) if self.file is not None else from_openspiel(self.game or "")
            rows, columns = game.row_reference, game.column_reference
            if self.row_reference is not None:
                rows = checked_reference(read_reference(self.row_reference), game.row_labels, "row")
            if self.column_reference is not None:
                columns = checked_reference(read_reference(self.column_reference), game.column_labels, "column")
            return replace(game, row_reference=rows, column_reference=columns)
