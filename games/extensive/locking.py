r"""Part of a policy held fixed: the game that is left to solve, and the way back.

**Locked infosets.** Where a policy is given in advance – a player's habits, a bot's table, the opening of a game – an
infoset is no decision but an event of chance. Its sequence has the weight of its parent times the given probability,
so payoffs and what follows move to the parent, multiplied by it. What remains is a game in sequence form with the other
infosets, and every solver, certificate and best response works in it as in any other. An infoset below an action of
probability 0 stays, cannot be reached, and may be played in any way.

**Restricted Nash response** (Johanson, Zinkevich and Bowling, "Computing robust counter-strategies", NeurIPS 2007).
Fixing all of an opponent's policy ``f`` and solving the rest gives the best response to it, which gains most from this
opponent and may lose anything to another. If the opponent is ``f`` only with probability ``p``, decided before the
game and seen by nobody else, and free otherwise,

.. math:: x^\top A\,(p f + (1-p)\, y) = x^\top A'\, y, \qquad A' = (1-p)\,A + p\,(A f)\,e_0^\top ,

for ``y[0] = 1`` is the weight of the empty sequence. An equilibrium ``x`` of this zero-sum game gains most from ``f``
among all policies that are not more exploitable: from ``p = 0``, an equilibrium, to ``p = 1``, the best response.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from games.extensive.assemble import payoff_matrices
from games.extensive.game import ExtensiveGame, Floats, GameError, Payoffs, Policy, Treeplex
from games.extensive.policies import Tables, policy_from_table
from games.extensive.reduction import Plan, Reduction, applied

Mask = npt.NDArray[np.bool_]


def lock_policy(game: ExtensiveGame, tables: Tables, players: Collection[int] = (0, 1)) -> Reduction:
    """Return the game in which the infosets that the tables name are played as they say.

    Parameters
    ----------
    tables : for each player information-state string → [(action, probability), ...]; other infosets stay free.
    players : only the infosets of these are locked.

    Returns
    -------
    The game that is left, and the way back: ``lift`` gives the whole policy of a policy of what is left.

    Raises
    ------
    ValueError
        An action is not legal at its infoset, probabilities do not sum to 1, or the tables name no infoset of the game.
        What is left of a game may be nothing; it then has a value and no decision.

    Examples
    --------
    >>> from games.extensive import compile_game
    >>> kuhn = compile_game("kuhn_poker")
    >>> locked = lock_policy(kuhn, ({}, {"0b": [(0, 0.0), (1, 1.0)]}))  # player 1 calls bets with the lowest card
    >>> locked.game.infosets
    (6, 5)
    """
    given = policy_from_table(game, tables, fill=True)
    locked = []
    for player, names in enumerate(game.names):
        table = tables[player] if player in players else {}
        locked.append(np.array([text in table for text in names.information_states], bool))
    if not any(named.any() for named in locked):
        raise ValueError(f"there is no infoset of {game.name} among those that are to be locked")
    return lock_infosets(game, given, (locked[0], locked[1]))


def lock_infosets(game: ExtensiveGame, policy: Policy, locked: tuple[Mask, Mask]) -> Reduction:
    """Return the game in which the infosets marked in ``locked`` ([I] of each player) are played as a policy does."""
    plans = [locking_plan(*player) for player in zip(game.treeplexes, locked, policy, strict=True)]
    sequences = [np.arange(count, dtype=np.int32) for count in game.sequences]
    shares = [np.ones(count) for count in game.sequences]
    return applied(Reduction(game, game, (sequences[0], sequences[1]), (shares[0], shares[1])), plans)


def locking_plan(tree: Treeplex, locked: Mask, given: Floats) -> Plan:
    """Return what becomes of a player's sequences if the infosets marked [I] are played as ``given`` [S] says.

    ``weight`` [S] is then the product of the probabilities of the locked actions of each sequence.
    """
    size, parent, first = len(given), tree.parent.tolist(), tree.first.tolist()
    number, weight, share, decided = np.zeros(size, np.int32), np.ones(size), np.ones(size), np.ones(size, bool)
    kept, following = [], 1
    for i, start in enumerate(first[:-1]):
        own = slice(start, first[i + 1])
        if locked[i]:
            number[own] = number[parent[i]]
            weight[own] = weight[parent[i]] * given[own]
            share[own] = given[own]
            decided[own] = False
            continue
        kept.append(i)
        count = first[i + 1] - start
        number[own] = np.arange(following, following + count)
        weight[own] = weight[parent[i]]
        following += count
    return Plan(kept, number, weight, share, decided)


def restrict_player(game: ExtensiveGame, player: int, weights: Floats, probability: float) -> ExtensiveGame:
    """Return the game in which a player follows a fixed policy with a probability that nobody else sees.

    Parameters
    ----------
    player : whose opponent is to be exploited: the one that is restricted.
    weights : [S] the realisation weights of the fixed policy.
    probability : between 0 and 1, of following it; the policy of the game is what the player does otherwise.

    Raises
    ------
    ValueError
        The probability is not between 0 and 1.
    """
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"the probability of a restricted player must be between 0 and 1, not {probability}")
    if len(weights) != game.sequences[player]:
        raise GameError(f"player {player} of {game.name} has {game.sequences[player]} sequences, not {len(weights)}")
    payoffs = _mixed(game, game.payoffs[0], player, weights, probability)
    chances = None if game.chances is None else _mixed(game, game.chances, player, weights, probability)[0]
    return replace(game, payoffs=payoffs, chances=chances)


def _mixed(
    game: ExtensiveGame, entries: Payoffs, player: int, weights: Floats, probability: float
) -> tuple[Payoffs, Payoffs]:
    """Return a matrix by rows of player 0, and negated by those of player 1, after the restriction."""
    from scipy.sparse import csr_matrix

    matrix = csr_matrix((entries.value, entries.column, entries.start), shape=game.sequences).tocoo()
    fixed = probability * (matrix.tocsr() @ weights if player else matrix.tocsr().T @ weights)
    places = np.flatnonzero(fixed)
    zeros = np.zeros_like(places)
    rows, columns = (places, zeros) if player else (zeros, places)
    return payoff_matrices(
        np.concatenate([matrix.row, rows]).astype(np.int32),
        np.concatenate([matrix.col, columns]).astype(np.int32),
        np.concatenate([(1.0 - probability) * matrix.data, fixed[places]]),
        game.sequences,
    )
