"""How probable chance and the opponent make each infoset: what turns counterfactual values into action values.

The counterfactual value of an action counts every history of its infoset with the probability that chance and the
opponent play to it. Divided by the sum of these probabilities, the *reach* of the infoset, it is the expected utility
of the action given that the infoset has been reached (Sokota et al., ICLR 2023, for behavioural-form mirror descent).

In a game in which every utility were 1 the counterfactual value of each action would be the reach of its infoset,
whatever the player does next. So with ``C[s, t]`` the sum of the chance probabilities of the terminal histories of a
pair of sequences, and *any* action ``a`` chosen at each infoset,

    reach[i] = Σ over t of C[a, t] y[t]  +  Σ over infosets j with parent a of reach[j].

Only the rows of the chosen actions are needed; those with the fewest entries are chosen. Where there is one action its
value means nothing, so the reach of such an infoset is left out (0) unless others need it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from games._base.jit import jitable
from games.extensive.game import ExtensiveGame, Floats, GameError, Integers

_index = np.uint64  # of a signed index compiled code asks each time whether it counts from the end


class Reach(NamedTuple):
    """The sums of the module for one player's ``I`` infosets: compressed sparse rows, like ``Payoffs``, and a tree.

    The product with the opponent's realisation weights, then ``add_reach_that_follows``, give the reaches.
    """

    start: Integers
    """[I+1]; without any entry where reaches are not wanted."""
    column: Integers
    """[entries] the opponent's sequence."""
    value: Floats
    """[entries] the sum of chance probabilities."""
    into: Integers
    """[I] the infoset whose reach that of this one is added to; I if none."""


def no_reach() -> Reach:
    """Return what stands for reaches that are not wanted."""
    none = np.empty(0, np.int32)
    return Reach(none, none, np.empty(0), none)


def reach_of(game: ExtensiveGame) -> tuple[Reach, Reach]:
    """Return both players' reaches; raises ``GameError`` if the game's chance probabilities are not known."""
    if game.chances is None:
        raise GameError(
            f"the chance probabilities of {game.name} are not known, and with them how probable an infoset is: give "
            "`chances` to from_arrays"
        )
    from scipy.sparse import csr_matrix, diags

    rows = csr_matrix((game.chances.value, game.chances.column, game.chances.start), shape=game.sequences)
    reaches = []
    for player, matrix in enumerate((rows, rows.T.tocsr())):
        tree = game.treeplexes[player]
        infosets = len(tree.parent)
        counts = np.diff(matrix.indptr)
        chosen = np.lexsort((counts, tree.owner))[tree.first[:-1]]
        feeds = np.zeros(len(tree.owner), bool)
        feeds[chosen] = True
        into = np.where(feeds[tree.parent], tree.owner[tree.parent], infosets).astype(np.int32)
        needed = np.append(np.diff(tree.first) > 1, False)
        for begin, end in pairwise(tree.level.tolist()):
            needed[begin:end] |= needed[into[begin:end]]
        part = diags(needed[:-1].astype(np.float64)).tocsr() @ matrix[chosen]
        part.eliminate_zeros()
        part.sort_indices()
        reaches.append(Reach(part.indptr.astype(np.int32), part.indices.astype(np.int32), part.data, into))
    return reaches[0], reaches[1]


@jitable
def add_reach_that_follows(into, reach):
    """Add to each reach [I or more], from the leaves up, those of the infosets that follow the chosen action."""
    infosets = into.shape[0]
    reach[infosets] = 0.0
    for i in range(infosets - 1, -1, -1):
        reach[_index(into[i])] += reach[i]
