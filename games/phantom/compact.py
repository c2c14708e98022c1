"""Small files of policies that the symmetries of the board leave as they are.

Only the information states that folded states keep (``games.phantom.symmetry``) are written, and of them only those
marked, say, the ones that the policy itself reaches; the others are uniform. Probabilities are float32, those of one
cell together. The file is an ``.npz`` whose members are compressed by LZMA.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from games._base.files import whole_file
from games.phantom.game import PhantomGame
from games.phantom.symmetry import Floats, folded, unfold

_KEY = "marked_0"


def is_compact(data: Mapping[str, Any]) -> bool:
    """Return whether an opened file is a compact one."""
    return _KEY in data


def write_compact(
    path: Path, game: PhantomGame, marked: Sequence[npt.NDArray[np.bool_]], policies: Sequence[Floats]
) -> None:
    """Write for each player which kept states are ``marked`` [rows], and theirs of the policies [rows, cells]."""
    arrays: dict[str, Any] = {"game": np.array(game.name)}
    for player in range(2):
        arrays[f"marked_{player}"] = np.packbits(marked[player])
        arrays[f"probabilities_{player}"] = policies[player][marked[player]].T.astype(np.float32)
    with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy")  # with a fixed date: the same policies, the same bytes
            member.compress_type = zipfile.ZIP_LZMA
            with archive.open(member, "w") as file:
                np.lib.format.write_array(file, np.asarray(array, order="C"), allow_pickle=False)


def read_compact(data: Mapping[str, Any], game: PhantomGame, policies: Sequence[Floats]) -> list[Floats]:
    """Return the policies of an opened file at all information states; ``policies`` (of folded states) is filled.

    Raises ``ValueError`` if the file does not fit the game.
    """
    states = folded(game)
    whole = []
    for player, policy in enumerate(policies):
        marked = np.unpackbits(data[f"marked_{player}"])
        if len(marked) != -(-len(policy) // 8) * 8 or marked[len(policy) :].any():
            raise ValueError(f"it does not mark {len(policy)} information states of player {player}")
        probabilities = data[f"probabilities_{player}"]
        rows = np.flatnonzero(marked)
        if probabilities.shape != (game.cells, len(rows)):
            raise ValueError(
                f"it marks {len(rows)} information states of player {player} and has {probabilities.shape}"
            )
        policy[rows] = probabilities.T
        policy[rows] /= policy[rows].sum(axis=1, keepdims=True)
        whole.append(unfold(states, player, policy))
    return whole
