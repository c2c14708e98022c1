"""Behavioural policies of phantom games: for each player an array [rows, cells] of float64.

Row ``i`` is the ``i``-th information state (``games.phantom.information_states``), column ``c`` the probability of
attempting cell ``c``; cells attempted before have probability 0. Files hold one number of 16 bits for each probability,
or are compact (``games.phantom.compact``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from games._base.files import whole_file
from games._base.jit import kernel
from games.arrays import load_arrays
from games.phantom.bridges import information_state_strings, row_of_string
from games.phantom.compact import is_compact, read_compact
from games.phantom.game import PhantomGame, phantom_game
from games.phantom.information_states import DECIDING, InformationStates, information_states
from games.phantom.symmetry import folded

Floats = npt.NDArray[np.float64]
Policies = tuple[Floats, Floats]

_TOLERANCE = 1e-6  # of probabilities that sum to 1
_UNIT = 65535  # what probability 1 is in a file
_NAMES = ("game", *(f"{kind}_{player}" for kind in ("policy", "marked", "probabilities") for player in (0, 1)))


def legal_cells(states: InformationStates, player: int, code: int) -> list[int]:
    """Return the cells that a player may attempt in a block of information states (see ``Numbering``)."""
    cells = states.game.cells
    tried = code >> cells | code & ((1 << cells) - 1)
    return [cell for cell in range(cells) if not tried >> cell & 1]


def uniform_policies(game: str | PhantomGame) -> Policies:
    """Return the pair of policies that give all legal cells the same probability."""
    return uniform_rows(information_states(game))


def uniform_rows(states: InformationStates) -> Policies:
    """Return the uniform policies of states as they are numbered, folded ones (``games.phantom.symmetry``) too."""
    return _filled(states, lambda rows, legal: np.full((rows, legal), 1.0 / legal))


def random_policies(game: str | PhantomGame, seed: int) -> Policies:
    """Return policies drawn uniformly from each information state's simplex, the same ones for the same seed."""
    generator = np.random.default_rng(seed)

    def draw(rows: int, legal: int) -> Floats:
        weights = generator.exponential(size=(rows, legal))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    return _filled(information_states(game), draw)


def _filled(states: InformationStates, rows_of: Callable[[int, int], Floats]) -> Policies:
    arrays = []
    for player in range(2):
        numbering = states.numberings[player][DECIDING]
        array = np.zeros((numbering.total, states.game.cells))
        for code in numbering.blocks.tolist():
            legal = legal_cells(states, player, code)
            start, size = int(numbering.first[code]), int(numbering.size[code])
            array[start : start + size, legal] = rows_of(size, len(legal))
        arrays.append(array)
    return arrays[0], arrays[1]


@kernel
def _first_wrong_row(blocks, cells, numbering, policy, tolerance):
    for code in blocks:
        tried = (code >> cells) | (code & ((1 << cells) - 1))
        for row in range(numbering.first[code], numbering.first[code] + numbering.size[code]):
            total = 0.0
            good = True
            for cell in range(cells):
                value = policy[row, cell]
                total += value
                good = good and value >= 0.0 and (value == 0.0 or tried >> cell & 1 == 0)
            if not (good and abs(total - 1.0) <= tolerance):
                return row
    return -1


def checked_policies(game: str | PhantomGame, policies: Sequence[npt.ArrayLike]) -> Policies:
    """Return policies as contiguous float64 arrays.

    Raises ``ValueError`` if they are not a pair of arrays [rows, cells], or if the probabilities of some information
    state, which the message names, are negative, not numbers, at cells attempted before, or do not sum to 1 (to 1e-6).
    """
    states = information_states(game)
    if len(policies) != 2:
        raise ValueError(f"policies are a pair of arrays, one for each player, not {len(policies)}")
    checked = []
    for player in range(2):
        array = np.ascontiguousarray(policies[player], np.float64)
        numbering, cells = states.numberings[player][DECIDING], states.game.cells
        if array.shape != (numbering.total, cells):
            raise ValueError(
                f"the policy of player {player} in {states.game.name} must have the shape {(numbering.total, cells)}, "
                f"not {array.shape}"
            )
        row = int(_first_wrong_row(numbering.blocks, cells, numbering, array, _TOLERANCE))
        if row >= 0:
            text = information_state_strings(states, player, row)[0]
            raise ValueError(
                f"the probabilities of player {player} in row {row} ({text!r}) must be at least 0, be 0 at cells "
                f"attempted before, and sum to 1, not {array[row].tolist()}"
            )
        checked.append(array)
    return checked[0], checked[1]


def save_policies(path: Path, game: str | PhantomGame, policies: Policies) -> None:
    """Write policies to a compressed file ``*.npz``, rounded to multiples of 1/65535."""
    name = phantom_game(game).name if isinstance(game, str) else game.name
    first, second = (np.rint(policy * _UNIT).astype(np.uint16) for policy in policies)
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, game=np.array(name), policy_0=first, policy_1=second)


def load_policies(path: Path, game: str | PhantomGame | None = None) -> tuple[PhantomGame, Policies]:
    """Return the game and the policies of a file that ``save_policies`` wrote, rows normalised, or of a compact one.

    Raises ``ValueError`` if the file is something else, or belongs to another game than the one given.
    """
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    try:
        data = load_arrays(path, _NAMES, ("game",), copies=1)
        found = phantom_game(str(data["game"]))
        if is_compact(data):
            arrays = read_compact(data, found, uniform_rows(folded(found)))
        else:
            arrays = [np.asarray(data[f"policy_{player}"], np.float64) for player in range(2)]
        if any(array.ndim != 2 for array in arrays):
            raise ValueError("its policies must be tables")
    except (OSError, KeyError, TypeError, IndexError, ValueError) as error:
        reason = str(error).removeprefix(f"{path} ")
        raise ValueError(f"{path} is no file of phantom-game policies: {reason}") from None
    wanted = phantom_game(game) if isinstance(game, str) else game
    if wanted is not None and wanted != found:
        raise ValueError(f"{path} holds policies of {found.name}, not of {wanted.name}")
    for array in arrays:
        array /= np.maximum(array.sum(axis=1, keepdims=True), 1.0)
    return found, checked_policies(found, arrays)


def policies_from_table(game: str | PhantomGame, tables: Sequence[dict[str, Sequence[tuple[int, float]]]]) -> Policies:
    """Return policies from a dictionary for each player: OpenSpiel's information-state string to [(cell, p), ...].

    Raises ``ValueError`` if a string is no information state or an information state is missing.
    """
    states = information_states(game)
    arrays = []
    for player, table in enumerate(tables):
        array = np.zeros((states.counts()[player], states.game.cells))
        for text, row in table.items():
            number = row_of_string(states, player, text)
            for cell, probability in row:
                array[number, cell] = probability
        arrays.append(array)
    return checked_policies(game, arrays)
