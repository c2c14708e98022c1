"""Tables of numbers in CSV or TSV, with or without a row of names on top and a column of names on the left.

People write such a table in every way: bare, as a spreadsheet with an empty corner, as R does with one name fewer than
columns, with numbers for names. What is a name is decided from the shape where the cells do not tell. A row of names
with a number in it is refused, unless the names on top and on the left prove each other, or the shape proves them: it
is more likely a row of numbers with a typing error, such as the letter O for 0, and without it another game.
"""

from __future__ import annotations

import csv
import itertools
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from games.arrays import check_size
from games.preference.sources import TEXT_COPIES, at, json_value, suffix_of, text_lines
from games.preference.validation import COUNTS, UNSEEN, looks_like_counts

_EMPTY = ("", "nan", "na", "n/a", "null", "-", "–", "—")
_SEPARATOR = re.compile(r"sep=(.)\s*", re.IGNORECASE)  # the first line of a spreadsheet's file may name it


@dataclass(frozen=True)
class Table:
    """Cells of a table apart from its names; ``rows`` and ``columns`` are empty where it has none.

    ``lines`` are the lines of the file that the rows stand on, ``offset`` the cells to the left of the first number.
    """

    path: Path
    cells: list[list[str]]
    lines: list[int]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    offset: int

    def numbers(self, diagonal: float | None = None, empty: float | None = None) -> NDArray[np.float64]:
        """Return the cells as numbers, 70 % as 0.7. [rows, columns]

        ``diagonal`` stands for an empty cell there, ``empty`` for one elsewhere, if that may be.
        """
        values = np.empty((len(self.cells), len(self.cells[0])))
        for index, row in enumerate(self.cells):
            try:
                values[index] = [float(cell) for cell in row]
            except ValueError:
                values[index] = [self._number(cell, index, column, diagonal, empty) for column, cell in enumerate(row)]
        if diagonal is not None:
            fill_diagonal(values, diagonal)
        return values

    def _number(self, cell: str, row: int, column: int, diagonal: float | None, empty: float | None) -> float:
        where = f"{at(self.path, self.lines[row])}, column {column + 1 + self.offset}"
        try:
            return _float(cell)
        except ValueError:
            if cell.lower() not in _EMPTY:
                raise ValueError(f"{where}: {cell[:40]!r} is not a number") from None
        if diagonal is not None and row == column:
            return diagonal
        if empty is None:
            only = "" if diagonal is None else f", and only the diagonal may be {self._advice()}"
            raise ValueError(f"{where}: the cell is empty{only}")
        return empty

    def _advice(self) -> str:
        """Return what may read a table with empty cells: one of probabilities, or of counts if a number exceeds 1."""
        known = np.array([_float(cell) for row in self.cells for cell in row if cell and not is_text(cell)])
        counts = bool((known > 1.0).any()) and looks_like_counts(known)
        return f"({COUNTS.removeprefix('; ')})" if counts else UNSEEN


def fill_diagonal(matrix: NDArray[np.float64], value: float = 0.5) -> None:
    """Replace what is not a number on the diagonal of a matrix, in place."""
    index = np.arange(min(matrix.shape[-2:]))
    inner = matrix[..., index, index]
    matrix[..., index, index] = np.where(np.isnan(inner), value, inner)


def delimited(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells, stripped, of every line that is neither blank nor a comment (``#``).

    Cells are separated by tabs in a file named .tsv, else by what its first line has: commas, semicolons or tabs.
    Raises ``ValueError`` for a quotation mark that is not closed, which would swallow the lines below, and for a line
    that begins with ``#`` and might be a comment or begin with a label.
    """
    lines, read = text_lines(path), list[str]()
    for line in lines:
        read.append(line)
        if line.strip() and not line.startswith("#"):
            break
    separator = _separator(path, read[-1] if read else "")
    if read and _SEPARATOR.fullmatch(read[-1]):
        read[-1] = "\n"
    raw = _Remembered(itertools.chain(read, lines))
    limit = csv.field_size_limit(sys.maxsize)  # answers of a language model are longer than the default allows
    reader = csv.reader(raw, delimiter=separator, skipinitialspace=True)
    width = 0
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            comment = raw.record[0].startswith("#")
            _check_record(raw.record, cells, width if comment else 0, separator)
            if any(cells) and not comment:
                width = width or len(cells)
                yield reader.line_num, cells
            raw.record.clear()
    except csv.Error as error:
        raise ValueError(f"{at(path, reader.line_num - len(raw.record) + 1)}: {error}") from None
    finally:
        csv.field_size_limit(limit)


class _Remembered:
    """Lines that are handed on, and kept until ``record`` is cleared."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.record = lines, list[str]()

    def __iter__(self) -> _Remembered:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.record.append(line)
        return line


def _check_record(lines: list[str], cells: list[str], comment: int, separator: str) -> None:
    """Raise ``csv.Error`` for lines that may say something else than the cells that were read from them.

    comment : cells of the other lines, if this one begins with ``#``, else 0.
    """
    if comment and len(cells) == comment and lines[0][1:2] not in (" ", "#"):
        ways = "put a space after the # of a comment, or quotation marks around a label"
        raise csv.Error(f"it begins with # and has {comment} cells as others have: {ways}")
    if len(lines) == 1:
        return
    text = re.sub(rf'"[ \t]+(?={re.escape(separator)}|[\r\n]*$)', '"', "".join(lines))
    try:
        list(csv.reader([text], delimiter=separator, skipinitialspace=True, strict=True))
    except csv.Error:
        way = "(one inside such a cell is written twice)"
        raise csv.Error(f"a quotation mark opens a cell that is not closed as it should be {way}") from None


def _separator(path: Path, first: str) -> str:
    """Return what separates cells, by the name of the file or its first line that is neither blank nor a comment."""
    if suffix_of(path) == ".tsv":
        return "\t"
    if named := _SEPARATOR.fullmatch(first):
        return named[1]
    if first.count(";") > first.count(","):
        return ";"
    return "\t" if "\t" in first and "," not in first else ","


def read_table(path: Path, square: bool = False) -> Table:
    """Return the table of a CSV or TSV file.

    ``square`` says that there are as many rows as columns of numbers; then names that look like numbers are told from
    numbers by the shape. Raises ``ValueError`` naming the line if rows differ in length.
    """
    check_size(path, copies=TEXT_COPIES)
    numbered = list(delimited(path))
    if not numbered:
        raise ValueError(f"{path} has no line that is not blank")
    lines = [line for line, _ in numbered]
    rows = [cells for _, cells in numbered]
    shift = int(len(rows) > 1 and len(rows[0]) == len(rows[1]) - 1)  # as R writes it: no corner
    if shift:
        rows[0] = ["", *rows[0]]
    named = (True, True) if shift else _named(rows, square)
    width = len(rows[0])
    for line, cells in zip(lines, rows, strict=True):
        if len(cells) != width:
            what = "cell" if len(cells) == 1 else "cells"
            raise ValueError(f"{at(path, line)}: {len(cells)} {what}, and line {lines[0]} has {width}")
    top, left = (int(name) for name in named)
    if len(rows) == top or width == left:
        raise ValueError(f"{path} has names and no numbers")
    numbered_corner = top and left and not shift and not is_text(rows[0][0]) and rows[0][0]
    if numbered_corner or not _proven(rows, top, left, square):
        _check_names(path, lines, rows, top, left, shift)
    return Table(
        path=path,
        cells=[cells[left:] for cells in rows[top:]],
        lines=lines[top:],
        rows=tuple(cells[0] for cells in rows[top:]) if left else (),
        columns=tuple(rows[0][left:]) if top else (),
        offset=left,
    )


def _named(rows: list[list[str]], square: bool) -> tuple[bool, bool]:
    """Return whether the first row and the first column are names.

    Words are names. Whole numbers may be, in a square table: where the shape needs it, or where the same are on top and
    on the left.
    """
    first, corner = rows[0], rows[0][0]
    height, width = len(rows), len(first)
    top = any(is_text(cell) for cell in first[1:])
    left = any(is_text(cells[0]) for cells in rows[1:])
    if height == 1 and not top:
        return False, is_text(corner)
    if not square:
        return top or not corner or (is_text(corner) and not left), left or not corner
    column = [cells[0] for cells in rows]
    if not top and not left and not is_text(corner):
        if height == width + 1:
            return _whole_numbers(first), False
        if width == height + 1:
            return False, _whole_numbers(column)
    same = column[1:] == first[1:]
    several = len(set(column[1:])) == len(column[1:]) > 1  # 3.5 and 4.0 may be names of versions
    whole = same and not corner and (several or _whole_numbers(first[1:]))
    return top or whole or (left and same) or (is_text(corner) and not left), left or whole or (top and same)


def _proven(rows: list[list[str]], top: int, left: int, square: bool) -> bool:
    """Return whether names are certain to be names: the same on both sides, or one side of a square table."""
    columns, names = rows[0][left:] if top else [], [cells[0] for cells in rows[top:]] if left else []
    if columns and names:
        ranges = [[str(start + k) for k in range(max(len(columns), len(names)))] for start in (0, 1)]
        if any(columns == full[: len(columns)] and names == full[: len(names)] for full in ranges):
            return True
        same = sorted(columns) == sorted(names) if any(map(is_text, columns)) else square and columns == names
        return same and len(set(names)) == len(names)
    one = columns or names
    words = all(cell.isdecimal() or is_text(cell) for cell in one) and len(set(one)) == len(one)
    return square and len(rows) - top == len(rows[0]) - left and words


def _check_names(path: Path, lines: list[int], rows: list[list[str]], top: int, left: int, shift: int) -> None:
    """Raise ``ValueError`` naming the first cell among the names that may be a number, or not be one by mistake."""
    if top and left and not shift and rows[0][0] and not is_text(rows[0][0]):
        wordy, word = next((column, cell) for column, cell in enumerate(rows[0]) if is_text(cell))
        where = f"{at(path, lines[0])}, column {wordy + 1}"
        raise ValueError(
            f"{where}: {word!r} is not a number, and the first cell of the line is: so this is no row of names"
        )
    first = {(0, column): cell for column, cell in enumerate(rows[0]) if column >= left} if top else {}
    beside = {(row, 0): cells[0] for row, cells in enumerate(rows) if row >= top} if left else {}
    for cells, what, one in ((first, "first row", "column"), (beside, "first column", "row")):
        numbers = [place for place, cell in cells.items() if cell and not is_text(cell)]
        words = [place for place in cells if place not in numbers]
        wrong, reason = None, ""
        if one == "column" and numbers and not words and left and not rows[0][0]:
            wrong, reason = (0, 0), "the cell is empty, and the rest of the row are numbers"
        elif numbers and len(numbers) >= len(words) and words:
            wrong, reason = words[0], f"{cells[words[0]]!r} is not a number, and most of the {what} are"
        elif numbers and (words or one == "column"):
            wrong, reason = numbers[0], f"{cells[numbers[0]]!r} is a number, and names must be words"
        elif twice := [place for k, place in enumerate(cells) if cells[place] in list(cells.values())[:k]]:
            wrong, reason = twice[0], f"{cells[twice[0]]!r} is the name of another {one}, too"
        if wrong == (0, 0) and shift:
            width = len(rows[0])
            raise ValueError(f"{at(path, lines[0])}: {width - 1} cells, and line {lines[1]} has {width}")
        if wrong is not None:
            place = f"{at(path, lines[wrong[0]])}, column {wrong[1] + 1 - shift * (wrong[0] == 0)}"
            raise ValueError(f"{place}: {reason}")


def _whole_numbers(cells: list[str]) -> bool:
    """Return whether cells are whole numbers, all different, as names are that look like numbers."""
    return len(set(cells)) == len(cells) and all(cell.isdecimal() for cell in cells)


def is_text(cell: str) -> bool:
    """Return whether a cell is a word: neither a number in any spelling nor what stands for an empty cell."""
    if cell.lower() in _EMPTY:
        return False
    try:
        _float(cell)
    except ValueError:
        return True
    return False


def _float(cell: str) -> float:
    """Return the number in a cell: 70 % is 0.7, 1/2 is 0.5, and a minus may be the sign of print (U+2212)."""
    text = cell.replace("\N{MINUS SIGN}", "-")
    if text.endswith("%"):
        return float(text[:-1]) / 100.0
    upper, fraction, lower = text.partition("/")
    if not fraction:
        return float(text)
    if not lower.strip().isdecimal() or not float(lower):
        raise ValueError(f"{cell!r} is no fraction")
    return float(upper) / float(lower)


def read_square(
    path: Path, diagonal: float = 0.5, empty: float | None = None
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return the matrix [n, n] and the labels of a square table; ``diagonal`` and ``empty`` as in ``Table.numbers``.

    Names on top and on the left must be the same; columns are put in the order of the rows.
    """
    table = read_table(path, square=True)
    height, width = len(table.cells), len(table.cells[0])
    if height != width:
        raise ValueError(f"{path} has {height} rows and {width} columns of numbers: a preference matrix is square")
    if table.rows and table.columns and table.rows != table.columns:
        if set(table.rows) != set(table.columns):
            strange = next(name for name in table.columns if name not in table.rows)
            raise ValueError(f"{path}: the column {strange!r} has no row of that name: rows and columns must agree")
        order = [table.columns.index(name) for name in table.rows]
        cells = [[row[index] for index in order] for row in table.cells]
        table = Table(path, cells, table.lines, table.rows, table.rows, table.offset)
    return table.numbers(diagonal, empty), table.rows or table.columns


def read_reference(path: str | Path) -> Mapping[str, float]:
    """Return a reference policy as weights by label, from lines ``label,weight`` (CSV, TSV) or a JSON object.

    Which labels must be there is the game's to say (``PreferenceGame.with_reference``).
    """
    path = Path(path)
    weights: dict[str, float] = {}
    if suffix_of(path) == ".json":
        value = json_value(path)
        if not isinstance(value, dict):
            raise ValueError(f'{path}: an object {{"label": weight, ...}} is expected')
        pairs = [(str(path), [str(label), str(weight)]) for label, weight in value.items()]
    else:
        pairs = [(at(path, line), cells) for line, cells in delimited(path)]
        if pairs and len(pairs[0][1]) == 2 and pairs[0][1][1].isalpha():  # a header; a typing error has digits in it
            pairs = pairs[1:]
    for where, cells in pairs:
        if len(cells) != 2 or is_text(cells[1]) or not cells[1]:
            raise ValueError(f"{where}: a label and its weight are expected, not {','.join(cells)[:60]!r}")
        if cells[0] in weights:
            raise ValueError(f"{where}: the label {cells[0]!r} has a weight already")
        weights[cells[0]] = _float(cells[1])
    if not weights:
        raise ValueError(f"{path} has no label with a weight")
    return weights
