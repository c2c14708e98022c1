r"""Games in which a subgame is solved again without harm: the opponent may have what the old policy gave, instead.

A player ``p`` has a policy of the whole game (the *blueprint*) and looks for a better one in a subgame only. Solving
the subgame against the opponent's blueprint there (``games.extensive.locking``: everything outside is locked) finds a
best answer to one distribution of the opponent's hands, and nothing keeps the opponent from coming with another one.

**In the sequence form.** Let ``t`` be the opponent's sequences outside the subgame that lead into it (the opponent's
augmented information sets at its root), ``x`` the player's weights, and ``G_t`` what the opponent gets in the subgame
after ``t``, all with utilities weighted by the probability of chance and the player:

.. math:: G_t(x) = \sum_{s \text{ inside}} A_{ts}\, x_s + \sum_{i \text{ inside, after } t} V_i(x) ,

``V_i`` the counterfactual best-response value of the opponent's infoset ``i`` (``solvers.extensive.evaluation``). All
that the subgame adds to the opponent's best response is in the ``G_t``, with weights in [0, 1]. So if no ``G_t`` gets
larger than it was, no best response does.

- **Re-solving** (Burch, Johanson and Bowling, "Solving imperfect information games using decomposition", AAAI 2014):
  after every ``t`` the opponent may *terminate* and get ``G_t(blueprint)``, or *follow* into the subgame. The blueprint
  holds the opponent to the sum of all ``G_t(blueprint)``; a policy that does so, too, lets no ``G_t`` be larger.
- **Maximal margin** (Moravčík, Schmid, Ha, Hladík and Gaukrodger, "Refining subgames in large imperfect information
  games", AAAI 2016): the opponent chooses the ``t`` and gets ``(G_t(x) - G_t(blueprint)) / w_t``, with ``w_t`` the
  probability that chance and the player come there. The player makes the smallest *margin* large: where there is one
  to gain everywhere, it is gained, while re-solving is content with none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_matrix

from games.extensive.assemble import from_arrays
from games.extensive.game import ExtensiveGame, Floats, GameError, Integers, Payoffs, Policy
from games.extensive.locking import locking_plan
from games.extensive.public_states import Mask, Subgame

Kind = Literal["resolving", "margin"]


@dataclass(frozen=True, eq=False)
class Gadget:
    """A gadget game; ``T`` sequences of the opponent lead into the subgame."""

    game: ExtensiveGame
    subgame: Subgame
    player: int
    """Who looks for a policy."""
    infosets: Integers
    """The player's infosets in the subgame, as they are numbered in the whole game; in the gadget they are called
    ``"0", "1", ...``."""
    decided: Mask
    """[I] of the player in the whole game: those in the subgame that the player's own policy may come to."""
    roots: Integers
    """[T] the opponent's sequences in the whole game."""
    alternatives: Floats
    """[T] ``G_t(blueprint)``, in the opponent's utility."""

    def lift(self, policy: Policy, blueprint: Policy) -> Policy:
        """Return the blueprint with the player's policy of the gadget where it decides anything."""
        whole, own = self.subgame.game, np.array(blueprint[self.player])
        first, small = whole.treeplexes[self.player].first, self.game.treeplexes[self.player].first
        index = self.game.index[self.player]
        for number, infoset in enumerate(self.infosets.tolist()):
            if self.decided[infoset]:
                place, start, stop = small[index[str(number)]], first[infoset], first[infoset + 1]
                own[start:stop] = policy[self.player][place : place + stop - start]
        return (own, blueprint[1]) if self.player == 0 else (blueprint[0], own)


def gadget(subgame: Subgame, blueprint: Policy, player: int, kind: Kind = "resolving") -> Gadget | None:
    """Return the gadget in which ``player`` looks for a policy of a subgame; None if there is nothing to decide.

    ``blueprint`` is a policy of the whole game (``games.extensive.policies.checked_policy``). There is nothing to
    decide where the player has no infoset, or only such as its own blueprint never comes to; for ``"margin"``, also
    where no opponent ever meets them. Raises ``GameError`` for ``"margin"`` if the game's chance probabilities are not
    known.
    """
    game, opponent = subgame.game, 1 - player
    tree = game.treeplexes[player]
    plan = locking_plan(tree, ~subgame.infosets[player], blueprint[player])
    decided = subgame.infosets[player] & (plan.weight[tree.first[:-1]] > 0.0)
    matrix = _inside(subgame, game.payoffs[opponent], opponent)
    weights = locking_plan(tree, np.ones_like(decided), blueprint[player]).weight
    values = _with_best_that_follows(subgame, opponent, matrix @ weights)
    roots, shares = _roots(subgame, matrix, opponent), np.ones(len(values))
    if kind == "margin":
        chances = _inside(subgame, _chances(game, opponent), opponent)
        shares = _with_best_that_follows(subgame, opponent, chances @ weights)
        own = chances @ np.where(subgame.sequences[player], weights, 0.0)
        roots = roots[_with_best_that_follows(subgame, opponent, own)[roots] > 0.0]
    if not decided.any() or not len(roots):
        return None
    parents, counts, number, scale = _opponent(subgame, opponent, roots, shares, kind)
    entries = matrix.tocoo()
    kept = number[entries.row] >= 0
    row, column = entries.row[kept], entries.col[kept]
    ends = number[roots] + (1 if kind == "resolving" else 0)
    offsets = values[roots] if kind == "resolving" else -values[roots] * scale[roots]
    places = np.concatenate([number[row], ends]), np.concatenate([plan.number[column], np.zeros_like(roots)])
    paid = np.concatenate([entries.data[kept] * plan.weight[column] * scale[row], offsets])
    own_form = plan.number[tree.parent[plan.infosets]], np.diff(tree.first)[plan.infosets]
    pairs = list(zip(own_form, (parents, counts), strict=True))
    name = f"a subgame of {game.name}"
    if player == 0:
        made = from_arrays(pairs[0], pairs[1], (places[1], places[0], -paid), name=name)
    else:
        made = from_arrays(pairs[0][::-1], pairs[1][::-1], (*places, paid), name=name)
    return Gadget(made, subgame, player, np.array(plan.infosets, np.int32), decided, roots, values[roots])


def _chances(game: ExtensiveGame, player: int) -> Payoffs:
    """Return the chance probabilities by rows of a player's sequences."""
    if game.chances is None:
        raise GameError(f"the chance probabilities of {game.name} are not known, and margins need them")
    if player == 0:
        return game.chances
    matrix = csr_matrix((game.chances.value, game.chances.column, game.chances.start), shape=game.sequences)
    turned = matrix.T.tocsr()
    return Payoffs(turned.indptr, turned.indices, turned.data)


def _inside(subgame: Subgame, entries: Payoffs, player: int) -> csr_matrix:
    """Return what ends in the subgame of a matrix by rows of a player's sequences."""
    sequences, game = subgame.sequences, subgame.game
    shape = game.sequences[player], game.sequences[1 - player]
    row = np.repeat(np.arange(shape[0]), np.diff(entries.start))
    kept = sequences[player][row] | sequences[1 - player][entries.column]
    return csr_matrix((entries.value[kept], (row[kept], entries.column[kept])), shape=shape)


def _with_best_that_follows(subgame: Subgame, player: int, values: Floats) -> Floats:
    """Return, at sequences that lead into the subgame, what a player gets in it with best responses [S]."""
    tree = subgame.game.treeplexes[player]
    first, parent = tree.first.tolist(), tree.parent.tolist()
    for infoset in np.flatnonzero(subgame.infosets[player])[::-1].tolist():
        values[parent[infoset]] += values[first[infoset] : first[infoset + 1]].max()
    return values


def _roots(subgame: Subgame, matrix: csr_matrix, player: int) -> Integers:
    """Return the player's sequences outside of the subgame that lead into it."""
    leading = np.diff(matrix.indptr) > 0
    leading[subgame.game.treeplexes[player].parent[subgame.infosets[player]]] = True
    return np.flatnonzero(leading & ~subgame.sequences[player]).astype(np.int32)


def _opponent(
    subgame: Subgame, opponent: int, roots: Integers, shares: Floats, kind: Kind
) -> tuple[list[int], list[int], Integers, Floats]:
    """Return the parents and numbers of actions of the opponent's infosets in the gadget, and for each sequence [S] of
    the whole game its number there, -1 for those that are not, and the factor of its payoffs."""
    tree = subgame.game.treeplexes[opponent]
    number, scale = np.full(len(tree.owner), -1, np.int32), np.ones(len(tree.owner))
    if kind == "resolving":
        parents, counts = [0] * len(roots), [2] * len(roots)
        number[roots] = 1 + 2 * np.arange(len(roots))
    else:
        parents, counts = [0], [len(roots)]
        number[roots] = 1 + np.arange(len(roots))
        scale[roots] = 1.0 / shares[roots]
    following = 1 + sum(counts)
    for infoset in np.flatnonzero(subgame.infosets[opponent]).tolist():
        above, start, stop = tree.parent[infoset], tree.first[infoset], tree.first[infoset + 1]
        if number[above] >= 0:
            parents.append(int(number[above]))
            counts.append(int(stop - start))
            number[start:stop] = np.arange(following, following + counts[-1])
            scale[start:stop] = scale[above]
            following += counts[-1]
    return parents, counts, number, scale
