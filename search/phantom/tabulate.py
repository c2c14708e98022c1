"""The search policy at every information state: the planner's update, compiled, on tables of action values.

The updates are those of ``search.planner``, which says what each planner is called: ``MagneticMirrorDescent`` (MMDS),
``MirrorDescent`` (MDS), ``PolicyIteration`` (Monte Carlo search). Utilities lie in [-1, 1], as the returns of
``search.openspiel`` are normalised, so that ``eta`` and ``alpha`` mean the same there, here and in ``solvers``. As
there, what the blueprint never plays is never played, and where the belief does not exist the blueprint is played.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from games._base.jit import jitable, kernel
from games._base.threads import run_ranges
from games.phantom.game import PhantomGame
from games.phantom.information_states import DECIDING, InformationStates, information_states
from games.phantom.policies import Policies, checked_policies
from search.phantom.values import ActionValues, values_of_states
from search.planner import MagneticMirrorDescent, MirrorDescent, PolicyIteration
from solvers.updates import magnetic_mirror_descent_update, policy_iteration_update

TabulatedUpdate = MirrorDescent | MagneticMirrorDescent | PolicyIteration

_ROUNDING = 2.0**40  # values that differ by rounding errors are equally good


@jitable
def _update_row(probabilities, q, legal, count, greedy, eta, alpha, to_blueprint, scratch, out):
    log_policy, values, magnet = scratch[0, :count], scratch[1, :count], scratch[2, :count]
    for i in range(count):
        probability = probabilities[legal[i]]
        log_policy[i] = np.log(probability) if probability > 0.0 else -np.inf
        values[i] = q[legal[i]]
        magnet[i] = log_policy[i] if to_blueprint else 0.0
    if greedy:
        for i in range(count):
            values[i] = np.floor(values[i] * _ROUNDING + 0.5)
        policy_iteration_update(log_policy, values, eta * _ROUNDING, log_policy)
    else:
        magnetic_mirror_descent_update(log_policy, values, magnet, eta, alpha, log_policy)
    for i in range(count):
        out[legal[i]] = np.exp(log_policy[i])


@kernel
def _update_blocks(blocks, cells, numbering, greedy, eta, alpha, to_blueprint, policy, q, reached, out):
    legal = np.empty(cells, np.int64)
    scratch = np.empty((3, cells))
    for code in blocks:
        count = 0
        for cell in range(cells):
            if ((code >> cells) | code) >> cell & 1 == 0:
                legal[count] = cell
                count += 1
        for row in range(numbering.first[code], numbering.first[code] + numbering.size[code]):
            if count > 1 and reached[row]:
                _update_row(policy[row], q[row], legal, count, greedy, eta, alpha, to_blueprint, scratch, out[row])
            else:
                out[row] = policy[row]


def search_policies(
    game: str | PhantomGame,
    blueprint: Sequence[npt.ArrayLike],
    values: ActionValues,
    update: TabulatedUpdate,
    workers: int | None = None,
) -> Policies:
    """Return what both players' searches play at every information state, as policies [rows, cells].

    blueprint : what ``values`` assume everybody to play, and what the update starts from.
    update : MDS, MMDS or Monte Carlo search; of equally good attempts the last one plays that of the blueprint's mode,
        else the lowest cell.

    Raises ``ValueError`` for wrong policies, and for a magnet that is neither uniform nor the blueprint.
    """
    return search_states(information_states(game), checked_policies(game, blueprint), values, update, workers)


def search_states(
    states: InformationStates,
    blueprint: Policies,
    values: ActionValues,
    update: TabulatedUpdate,
    workers: int | None = None,
) -> Policies:
    """Return what the searches play at states as they are numbered; the blueprint is known to be right.

    Raises ``ValueError`` for a wrong magnet, and for Monte Carlo search on folded states (``games.phantom.symmetry``):
    the lowest of equally good cells is another one after a motion of the board.
    """
    greedy, eta, alpha, to_blueprint = _settings(update)
    if greedy and states.numberings[0][DECIDING].image.shape[0]:
        raise ValueError("Monte Carlo search breaks ties by cells: tabulate it at all information states")
    out = np.zeros_like(blueprint[0]), np.zeros_like(blueprint[1])
    for player in range(2):
        numbering = states.numberings[player][DECIDING]
        arrays = blueprint[player], values.q[player], values.reached[player], out[player]

        def work(start: int, stop: int) -> None:
            part = numbering.blocks[start:stop]  # noqa: B023
            _update_blocks(part, states.game.cells, numbering, greedy, eta, alpha, to_blueprint, *arrays)  # noqa: B023

        run_ranges(work, len(numbering.blocks), workers)
    return out


def _settings(update: TabulatedUpdate) -> tuple[bool, float, float, bool]:
    """Return (greedy, eta or threshold, alpha, whether the magnet is the blueprint)."""
    if isinstance(update, PolicyIteration):
        return True, float(update.threshold), 0.0, False
    if isinstance(update, MirrorDescent):
        return False, float(update.eta), 0.0, False
    if isinstance(update.log_magnet, np.ndarray):
        raise ValueError("the magnet of a tabulated search is uniform (None) or 'blueprint', not an array")
    return False, float(update.eta), float(update.alpha), update.log_magnet is not None


def iterated_search(
    game: str | PhantomGame,
    blueprint: Sequence[npt.ArrayLike],
    update: TabulatedUpdate,
    count: int,
    workers: int | None = None,
) -> Policies:
    """Return the policies of a search whose blueprint is a search, ``count`` deep, all with exact posteriors.

    With magnetic mirror descent it is ``count`` iterations of the tabular learner. Raises ``ValueError`` as
    ``search_policies`` does, and if ``count`` is not at least 1.
    """
    if count < 1:
        raise ValueError(f"search is iterated at least once, not {count} times")
    states, policies = information_states(game), checked_policies(game, blueprint)
    for _ in range(count):
        policies = search_states(states, policies, values_of_states(states, policies, workers), update, workers)
    return policies
