"""Two-player zero-sum matrix games: the row player chooses a row and receives the entry that the column player pays.

The value is max_x min_y xᵀAy = min_y max_x xᵀAy (von Neumann 1928). A preference game is the special case of an
antisymmetric matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.arrays import load_array
from games.extensive.open_spiel import first_line, load_open_spiel, quiet
from games.preference.game import PreferenceGame
from games.preference.labelled import in_order, labelled
from games.preference.sources import suffix_of
from games.preference.tables import read_table
from games.preference.validation import as_floats, checked_labels, checked_reference

MATRIX_SUFFIXES = (".csv", ".tsv", ".npy", ".nfg")
"""Files that are read as matrix games."""

_EXACT = 1e-9  # how far, relative to the largest payoff, two payoffs of one outcome may be from summing to 0


@dataclass(frozen=True, eq=False)
class MatrixGame:
    """A zero-sum game of m rows and n columns; arrays are read-only.

    Attributes
    ----------
    payoffs
        What the row player receives and the column player pays; finite. [m, n]
    row_labels, column_labels
        Names of the actions, all different; those of the payoffs if these have an index, else ``"0", "1", …``. [m], [n]
    row_reference, column_reference
        Reference policies (magnets): strictly positive, summing to 1; uniform by default. [m], [n]

    Raises
    ------
    ValueError
        One sentence that names the first fault.

    Examples
    --------
    >>> import tamaya
    >>> game = tamaya.MatrixGame([[0.0, 2.0], [1.0, 0.0]], ("left", "right"))
    >>> tamaya.solve(game, "lp").policy.round(6).tolist()
    [0.333333, 0.666667]
    """

    payoffs: NDArray[np.float64]
    row_labels: tuple[str, ...] = ()
    column_labels: tuple[str, ...] = ()
    row_reference: NDArray[np.float64] = None  # type: ignore[assignment]
    column_reference: NDArray[np.float64] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        table = labelled(self.payoffs, "the payoffs")
        row_labels = self.row_labels if len(self.row_labels) else table.rows or ()
        column_labels = self.column_labels if len(self.column_labels) else table.columns or ()
        values = in_order(table.values, table.rows, row_labels, 0, "the index of the payoffs")
        values = in_order(values, table.columns, column_labels, 1, "the columns of the payoffs")
        payoffs = _checked_payoffs(values, 2, "(rows, columns)")
        rows = checked_labels(row_labels, payoffs.shape[0], "rows")
        columns = checked_labels(column_labels, payoffs.shape[1], "columns")
        row_reference = checked_reference(self.row_reference, rows, "row")
        column_reference = checked_reference(self.column_reference, columns, "column")
        for array in (payoffs, row_reference, column_reference):
            array.setflags(write=False)
        object.__setattr__(self, "payoffs", payoffs)
        object.__setattr__(self, "row_labels", rows)
        object.__setattr__(self, "column_labels", columns)
        object.__setattr__(self, "row_reference", row_reference)
        object.__setattr__(self, "column_reference", column_reference)

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and of columns."""
        return len(self.row_labels), len(self.column_labels)

    @classmethod
    def from_preference_game(cls, game: PreferenceGame) -> MatrixGame:
        """Return the game with payoffs P − 1/2, both players around the preference game's reference."""
        return cls(game.payoffs, game.labels, game.labels, game.reference, game.reference)

    def preference_game(self) -> PreferenceGame:
        """Return P = 1/2 + A / (2 max|A|), for a matrix A that is antisymmetric and not 0.

        The equilibria are the same; an entropy or KL term of weight alpha in A's units has alpha / (2 max|A|) in P's.
        """
        payoffs = self.payoffs
        largest = float(np.abs(payoffs).max())
        if payoffs.shape[0] != payoffs.shape[1] or np.abs(payoffs + payoffs.T).max() > _EXACT * max(largest, 1e-300):
            raise ValueError("only a game with A = −Aᵀ is a preference game: what i wins from j, j must lose to i")
        scaled = payoffs / (2.0 * largest) if largest else payoffs
        return PreferenceGame(0.5 + scaled, self.row_labels, self.row_reference)


@dataclass(frozen=True, eq=False)
class MatrixBatch:
    """Many zero-sum games of one shape; the array is read-only.

    ``payoffs`` has shape [games, m, n]; ``batch[3]`` is a ``MatrixGame``.
    """

    payoffs: NDArray[np.float64]

    def __post_init__(self) -> None:
        payoffs = _checked_payoffs(self.payoffs, 3, "(games, rows, columns)")
        payoffs.setflags(write=False)
        object.__setattr__(self, "payoffs", payoffs)

    def __len__(self) -> int:
        return len(self.payoffs)

    def __getitem__(self, index: int) -> MatrixGame:
        return MatrixGame(self.payoffs[index])


def _checked_payoffs(values: Any, dimensions: int, shape: str) -> NDArray[np.float64]:
    payoffs = np.array(as_floats(values, "the payoffs of a matrix game"))
    if payoffs.ndim != dimensions or 0 in payoffs.shape:
        raise ValueError(f"payoffs must have the shape {shape} and not be empty, and these have {payoffs.shape}")
    finite = np.isfinite(payoffs)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ValueError(f"the payoff at {place} is {payoffs[place]}, not a finite number")
    return payoffs


def from_openspiel(game: str | Any) -> MatrixGame:
    """Return an OpenSpiel matrix game, or one-shot simultaneous game, of two players and zero sum.

    ``game`` is a name as OpenSpiel loads it (``"matrix_rps"``, ``"blotto(coins=5,fields=2)"``,
    ``"nfg_game(filename=…)"``) or a loaded game. Raises ``ValueError`` if there is no such game, or it is not of this
    kind.
    """
    name = game if isinstance(game, str) else str(game)
    loaded: Any = load_open_spiel(game) if isinstance(game, str) else game
    try:
        with quiet():
            matrix, rows, columns = _as_matrix(loaded, name)
    except (IndexError, RuntimeError) as error:  # SpielError is one
        raise ValueError(f"OpenSpiel cannot make a matrix of {name}: {first_line(error)}") from None
    payoffs, paid = np.array(matrix.row_utilities()), np.array(matrix.col_utilities())
    if np.abs(payoffs + paid).max() > _EXACT * max(1.0, float(np.abs(payoffs).max())):
        raise ValueError(f"{name!r} is a general-sum game: what one player wins the other must lose")
    return MatrixGame(payoffs, rows, columns)


def _as_matrix(game: Any, name: str) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """Return OpenSpiel's matrix game of a game that is one, and the names of both players' actions."""
    import pyspiel

    if isinstance(game, pyspiel.MatrixGame):
        rows = tuple(game.row_action_name(index) for index in range(game.num_rows()))
        return game, rows, tuple(game.col_action_name(index) for index in range(game.num_cols()))
    kind = game.get_type()
    one_shot = kind.information == pyspiel.GameType.Information.ONE_SHOT
    if game.num_players() != 2 or kind.dynamics != pyspiel.GameType.Dynamics.SIMULTANEOUS or not one_shot:
        raise ValueError(f"{name!r} is not a matrix game: two players must move once and at the same time")
    root = game.new_initial_state()
    names = [tuple(root.action_to_string(player, action) for action in root.legal_actions(player)) for player in (0, 1)]
    if not all(names):
        raise ValueError(f"{name!r} leaves a player without an action")
    return pyspiel.extensive_to_matrix_game(game), names[0], names[1]


def read_matrix_game(path: str | Path) -> MatrixGame:
    """Return the zero-sum game of a payoff table.

    Parameters
    ----------
    path : CSV or TSV (with or without names on top and on the left), NPY, or Gambit's NFG. An NFG table whose payoffs
        have another constant sum is the game of the row player's payoffs: values are the row player's, and equilibria
        the same.

    Returns
    -------
    MatrixGame

    Raises
    ------
    ValueError
        One sentence that names the file, and the line where there is one.
    OSError
        If the file cannot be opened.

    Examples
    --------
    >>> import tempfile, pathlib, tamaya
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "payoffs.csv"
    >>> path.write_text(",heads,tails\\nheads,1,-1\\ntails,-1,1\\n")
    35
    >>> tamaya.read_matrix_game(path).row_labels
    ('heads', 'tails')
    """
    path = Path(path)
    if suffix_of(path) not in MATRIX_SUFFIXES:
        raise ValueError(f"{path}: the suffix must be .csv, .tsv, .npy or .nfg, not {path.suffix or 'none'!r}")
    if suffix_of(path) == ".nfg":
        return _from_nfg(path)
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    if suffix_of(path) == ".npy":
        payoffs = load_array(path)
    else:
        table = read_table(path)
        payoffs, rows, columns = table.numbers(), table.rows, table.columns
    try:
        return MatrixGame(payoffs, rows, columns)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _from_nfg(path: Path) -> MatrixGame:
    from games.extensive.nfg import read_nfg

    form = read_nfg(path)
    payoffs, _ = form.two_player_payoffs()
    if form.constant_sum() is None:
        raise ValueError(f"{path} is a general-sum game: python -m solvers.extensive {path} solves it")
    rows, columns = (labels if len({*labels}) == len(labels) and all(labels) else () for labels in form.strategies)
    return MatrixGame(np.array(payoffs), rows, columns)


def write_matrix_game(path: Path, game: MatrixGame) -> None:
    """Write a game as Gambit's table, ``*.nfg``, payoffs as the shortest decimals that give the same numbers."""
    from games.extensive.nfg import NormalForm, write_nfg

    own = [[Fraction(repr(value)) for value in row] for row in game.payoffs.tolist()]
    payoffs = tuple((row[column], -row[column]) for column in range(game.shape[1]) for row in own)
    labels = (tuple(game.row_labels), tuple(game.column_labels))
    write_nfg(path, NormalForm(path.name, path.stem, ("row", "column"), labels, payoffs))


def random_matrix_game(rows: int, columns: int, generator: np.random.Generator) -> MatrixGame:
    """Return a game with payoffs uniform on [−1, 1] and independent."""
    if rows < 1 or columns < 1:
        raise ValueError(f"a matrix game needs at least one row and one column, not {rows} and {columns}")
    return MatrixGame(generator.uniform(-1.0, 1.0, size=(rows, columns)))


def random_matrix_batch(games: int, rows: int, columns: int, generator: np.random.Generator) -> MatrixBatch:
    """Return many games drawn as by ``random_matrix_game``."""
    if min(games, rows, columns) < 1:
        raise ValueError(f"games, rows and columns must be at least 1, not {games}, {rows} and {columns}")
    return MatrixBatch(generator.uniform(-1.0, 1.0, size=(games, rows, columns)))


def biased_rock_paper_scissors() -> MatrixGame:
    """Return the 3×3 game [[0, −3, 3], [3, 0, −1], [−3, 1, 0]], on which quantal response equilibria are known.

    Its equilibrium is (1, 3, 3)/7. Scaled to [0, 1] (``preference_game``) it is a preference game.
    """
    names = ("rock", "paper", "scissors")
    return MatrixGame(np.array([[0.0, -3.0, 3.0], [3.0, 0.0, -1.0], [-3.0, 1.0, 0.0]]), names, names)
