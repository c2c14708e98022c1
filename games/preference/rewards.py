"""Preferences that come from rewards: Bradley–Terry, averaged over samples or mixed over reward functions.

One reward function gives transitive preferences. An average over prompts, samples or judges of the *preferences*, not
of the rewards, is what a population of voters shows, and it need not be transitive.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from games.arrays import load_array
from games.preference.game import PreferenceGame
from games.preference.labelled import in_order, labelled
from games.preference.sources import at, json_lines, suffix_of
from games.preference.tables import read_table
from games.preference.validation import as_floats

_BLOCK_ENTRIES = 1 << 20


def reward_preferences(
    rewards: ArrayLike, weights: ArrayLike | None = None, temperature: float = 1.0
) -> NDArray[np.float64]:
    """Return P[i, j] = Σ_k w_k sigmoid((r_ki − r_kj)/temperature). [n, n]

    Parameters
    ----------
    rewards
        Reward of each alternative in each row: a sample, a prompt, or a reward function; finite. [rows, n]
    weights
        Weight of each row, at least 0, divided by their sum; equal by default. Lined up with the rewards where both
        have an index. [rows]
    temperature
        Above 0, in units of the rewards; the smaller, the nearer P is to 0, 1/2 or 1.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a number is not finite or out of its range.
    """
    table, given = labelled(rewards, "the rewards"), labelled(weights, "the weights of the rewards")
    if table.rows is not None:
        weights = in_order(given.values, given.rows, table.rows, 0, "the weights of the rewards")
    scores = as_floats(table.values, "rewards")
    if scores.ndim != 2 or 0 in scores.shape:
        raise ValueError(f"rewards must have the shape (samples, alternatives), not {scores.shape}")
    if not np.isfinite(scores).all():
        row, column = np.argwhere(~np.isfinite(scores))[0]
        raise ValueError(f"the reward of row {row}, alternative {column} is {scores[row, column]}, not a finite number")
    if not (np.isfinite(temperature) and temperature > 0):
        raise ValueError(f"the temperature must be a finite number above 0, not {temperature}")
    rows, n = scores.shape
    shares = np.full(rows, 1.0 / rows) if weights is None else as_floats(weights, "the weights of the rewards")
    if shares.shape != (rows,) or not np.isfinite(shares).all() or (shares < 0).any() or not shares.any():
        raise ValueError("the weights of the rewards must be one finite number of at least 0 for each row, not all 0")
    shares = shares / shares.sum()
    result = np.zeros((n, n))
    step = max(1, _BLOCK_ENTRIES // (n * n))
    for start in range(0, rows, step):
        scaled = scores[start : start + step] / (2.0 * temperature)
        # tanh is odd, so P + Pᵀ = 1 to the last bits, and it does not overflow: sigmoid(2x) = (1 + tanh x)/2.
        result += np.tensordot(shares[start : start + step], np.tanh(scaled[:, :, None] - scaled[:, None, :]), axes=1)
    return 0.5 + 0.5 * result


def read_rewards(path: Path, temperature: float = 1.0) -> PreferenceGame:
    """Return the game of reward samples in a file, rows weighted equally.

    Accepts a table [samples, alternatives] as CSV or TSV (a first row of names gives the labels, a first column of
    names is ignored) or NPY ([n] is one sample), or JSONL with a list of rewards or ``{"rewards": [...]}`` on each
    line.
    """
    values, _, labels = read_reward_rows(path)
    try:
        return PreferenceGame(reward_preferences(values, temperature=temperature), labels)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def read_reward_rows(path: Path) -> tuple[NDArray[np.float64], tuple[str, ...], tuple[str, ...]]:
    """Return the rewards [rows, alternatives] of a file that ``read_rewards`` takes, and the names of both, if any."""
    if suffix_of(path) == ".npy":
        return np.atleast_2d(load_array(path)), (), ()
    if suffix_of(path) in (".jsonl", ".ndjson"):
        return _reward_lines(path), (), ()
    table = read_table(path)
    return table.numbers(), table.rows, table.columns


def _reward_lines(path: Path) -> NDArray[np.float64]:
    rows: list[NDArray[np.float64]] = []
    for line, value in json_lines(path):
        listed = value.get("rewards") if isinstance(value, dict) else value
        if not isinstance(listed, list):
            raise ValueError(f'{at(path, line)}: a list of rewards or {{"rewards": [...]}} is expected')
        try:
            row = as_floats(listed, "rewards")
        except ValueError as error:
            raise ValueError(f"{at(path, line)}: {error}") from None
        if row.ndim != 1 or (rows and row.shape != rows[0].shape):
            expected = f"{len(rows[0])} rewards like the first line" if rows else "a flat list of rewards"
            raise ValueError(f"{at(path, line)}: the shape is {row.shape}, and {expected} is expected")
        rows.append(row)
    return np.stack(rows)
