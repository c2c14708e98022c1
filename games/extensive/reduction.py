r"""Smaller games with the same solutions: forced moves contracted, and what is alike merged.

**Forced moves.** An infoset with one action has nothing to decide: its sequence has the weight of its parent, so its
payoffs and what follows it move to the parent. Every first-order method does the same in the smaller game.

**Merging.** Colour refinement (Weisfeiler and Leman 1968; for linear programs Grohe, Kersting, Mladenov and Selman,
"Dimension reduction via colour refinement", ESA 2014) finds the coarsest partition of infosets and sequences in which

1. infosets of one class have parents of one class and, of every class of sequences, the same number of actions;
2. sequences of one class belong to infosets of one class and are followed by equally many infosets of every class;
3. sequences of one class have the same payoffs, with multiplicity, against every class of the opponent's sequences.

It contains the game's symmetries (suits in poker, reflections of a board) and identical subtrees. If the opponent plays
the same in what is alike, the gradient is the same at sequences of one class by (3), hence by (2) so are the
counterfactual values and best-response values: it costs nothing to play the same too. So one class becomes one
sequence. Of ``mu`` actions of a class at one infoset each takes the share ``1/mu`` of the merged action; with ``w[S]``
the product of the shares along the way to a sequence of class ``S``,

    A'[S, T] = w[S] w[T] Σ over s in S and t in T of A[s, t]

is the payoff matrix of a game in sequence form. Values, best-response values and exploitability of its policies are
those of the policies that play as they do in the original (``Reduction.lift``), and its equilibria are equilibria
there. Equal payoffs may differ by a relative 1e-12, as chance probabilities multiplied in another order do.

**Which solvers agree.** Regret-matching iterates (CFR and its kin) are the original's wherever no two actions of one
infoset have been merged; regularised equilibria (MMD) are not preserved by merging in general, since the entropies of
merged infosets count once instead of once each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from games._base.rng import mix
from games.extensive.assemble import Collected, Terminals, assemble
from games.extensive.game import ExtensiveGame, Floats, Integers, Payoffs, Policy, Treeplex

Words = npt.NDArray[np.uint64]
_SAME = 1e-12  # relative difference of payoffs that count as equal
_SALTS = [np.uint64(salt) for salt in (0x51ED270B7F4A7C15, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB)]


@dataclass(frozen=True)
class Reduction:
    """A smaller game, and the way back to the one it was made from."""

    game: ExtensiveGame
    """The smaller game; its infosets are called as one of those that they stand for."""
    original: ExtensiveGame
    sequences: tuple[Integers, Integers]
    """[S of the original] the sequence that stands for each; 0 for a move that is forced, or given."""
    shares: tuple[Floats, Floats]
    """[S of the original] its part of that sequence's probability: 1, 1/mu where mu actions were merged, or for a move
    that is given (``games.extensive.locking``) its probability."""

    def lift(self, policy: Policy) -> Policy:
        """Return the policy of the original game that plays as ``policy`` does in the smaller one."""
        first, second = (policy[p][self.sequences[p]] * self.shares[p] for p in (0, 1))
        return first, second

    def lower(self, policy: Policy) -> Policy:
        """Return the policy of the smaller game that plays as ``policy``, averaged over what has been merged.

        ``lower(lift(policy))`` is ``policy``; ``lift(lower(policy))`` is if the policy treats alike what is alike.
        """
        lowered = []
        for player, tree in enumerate(self.original.treeplexes):
            numbers = self.sequences[player]
            total: Floats = np.bincount(numbers, policy[player], self.game.sequences[player]).astype(np.float64)
            small = self.game.treeplexes[player]
            chosen = numbers > 0
            infosets = np.unique(np.stack([tree.owner[chosen], small.owner[numbers[chosen]]]), axis=1)
            members = np.bincount(infosets[1], minlength=len(small.parent))
            total[1:] /= np.repeat(members.astype(np.float64), np.diff(small.first))
            total[0] = 1.0
            lowered.append(total)
        return lowered[0], lowered[1]


@dataclass
class Plan:
    """What becomes of one player's sequences."""

    infosets: list[int]
    """Those that stay, in the order of the game."""
    number: Integers
    """[S] the new sequence of each, counted in the order of ``infosets``."""
    weight: Floats
    """[S] the factor of its payoffs."""
    share: Floats
    """[S] as in ``Reduction``: a part of the new sequence's probability, or all of it where nothing is decided."""
    decided: npt.NDArray[np.bool_]
    """[S] False where the policy has nothing to say: the move is forced, or its probability is given."""


def reduce_game(game: ExtensiveGame, *, forced_moves: bool = True, merge: bool = True) -> Reduction:
    """Return a smaller game with the same value and equilibria, and the way back.

    ``forced_moves`` contracts infosets with one action (those that merging leaves, too); ``merge`` merges what is alike
    (see the module, also for which solvers give the same iterates). If there is nothing to do, the game is ``game``.
    """
    identity = tuple(np.arange(count, dtype=np.int32) for count in game.sequences)
    shares = tuple(np.ones(count) for count in game.sequences)
    reduction = Reduction(game, game, (identity[0], identity[1]), (shares[0], shares[1]))
    while True:
        before = reduction.game
        if forced_moves:
            reduction = applied(reduction, [_forced(tree) for tree in before.treeplexes])
        if merge:
            trees = reduction.game.treeplexes
            colours = refine(reduction.game)
            plans = [_merged(tree, *pair) for tree, pair in zip(trees, colours, strict=True)]
            reduction = applied(reduction, plans)
        if reduction.game is before:
            return reduction


def _forced(tree: Treeplex) -> Plan:
    """Return the plan that contracts the infosets with one action."""
    parent, first = tree.parent.tolist(), tree.first.tolist()
    number, decided, kept, following = [0] * len(tree.owner), np.ones(len(tree.owner), bool), [], 1
    for i, start in enumerate(first[:-1]):
        if first[i + 1] - start == 1:
            number[start] = number[parent[i]]
            decided[start] = False
            continue
        kept.append(i)
        for s in range(start, first[i + 1]):
            number[s] = following
            following += 1
    return Plan(kept, np.array(number, np.int32), np.ones(len(number)), np.ones(len(number)), decided)


def _merged(tree: Treeplex, infoset_colour: Words, sequence_colour: Words) -> Plan:
    """Return the plan that keeps the first infoset of each colour."""
    _, kept, which = np.unique(infoset_colour, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(kept))
    kept = np.sort(kept)
    which = rank[which]
    _, colour = np.unique(sequence_colour, return_inverse=True)
    parent, first, colours = tree.parent.tolist(), tree.first.tolist(), colour.tolist()
    number_of: dict[int, int] = {colours[0]: 0}
    weight_of, multiplicity_of = [1.0], [1]
    for i in kept.tolist():
        own = colours[first[i] : first[i + 1]]
        before = weight_of[number_of[colours[parent[i]]]]
        for c in dict.fromkeys(own):
            number_of[c] = len(weight_of)
            multiplicity_of.append(own.count(c))
            weight_of.append(before / own.count(c))
    lookup = np.zeros(colour.max() + 1, np.int32)
    lookup[list(number_of)] = list(number_of.values())
    number = lookup[colour]
    share = 1.0 / np.array(multiplicity_of)[number]
    return Plan(kept.tolist(), number, np.array(weight_of)[number], share, np.ones(len(number), bool))


def applied(reduction: Reduction, plans: Sequence[Plan]) -> Reduction:
    """Return the reduction followed by one plan for each player."""
    game = reduction.game
    if all(len(plan.infosets) == len(tree.parent) for plan, tree in zip(plans, game.treeplexes, strict=True)) and all(
        (plan.share == 1.0).all() for plan in plans
    ):
        return reduction
    players = (_collected(game, 0, plans[0]), _collected(game, 1, plans[1]))
    terminals = _terminals(game, plans)
    counts = game.statistics
    small = assemble(game.name, players, terminals, counts.histories, counts.chance_nodes)
    small = replace(small, statistics=counts)
    sequences, shares = [], []
    for player, plan in enumerate(plans):
        final = _final_numbers(small, player, players[player])
        decided = reduction.sequences[player]
        sequences.append(np.where(plan.decided[decided], final[plan.number[decided]], 0).astype(np.int32))
        shares.append(plan.share[decided] * reduction.shares[player])
    return Reduction(small, reduction.original, (sequences[0], sequences[1]), (shares[0], shares[1]))


def _terminals(game: ExtensiveGame, plans: Sequence[Plan]) -> Terminals:
    """Return the payoffs, and the chance probabilities where they are known, at their new places."""
    terminals = Terminals()
    for known, entries in enumerate((game.payoffs[0], game.chances)):
        if entries is None:
            continue
        row = np.repeat(np.arange(len(entries.start) - 1), np.diff(entries.start))
        weighted = entries.value * plans[0].weight[row] * plans[1].weight[entries.column]
        terminals.rows.frombytes(plans[0].number[row].tobytes())
        terminals.columns.frombytes(plans[1].number[entries.column].tobytes())
        terminals.values.frombytes((np.zeros_like(weighted) if known else weighted).tobytes())
        if game.chances is not None:
            terminals.chances.frombytes((weighted if known else np.zeros_like(weighted)).tobytes())
    terminals.utilities.update((game.statistics.minimum_utility, game.statistics.maximum_utility))
    return terminals


def _collected(game: ExtensiveGame, player: int, plan: Plan) -> Collected:
    """Return the infosets that stay, each with the first of its merged actions."""
    tree, names, collected = game.treeplexes[player], game.names[player], Collected(player)
    texts, actions = list(names.action_texts), names.actions.tolist()
    numbers, action_text = plan.number.tolist(), names.action_text.tolist()
    states = list(names.information_states)
    for i in plan.infosets:
        first_of: dict[int, int] = {}
        for s in range(tree.first[i], tree.first[i + 1]):
            first_of.setdefault(numbers[s], s)
        chosen = first_of.values()
        collected.add(
            states[i], numbers[tree.parent[i]], [actions[s] for s in chosen], [texts[action_text[s]] for s in chosen]
        )
    return collected


def _final_numbers(game: ExtensiveGame, player: int, collected: Collected) -> Integers:
    """Return where ``assemble`` has put each of the collected sequences."""
    final, first = np.zeros(collected.sequences, np.int32), game.treeplexes[player].first
    for text, (_, start, actions) in collected.known.items():
        place = first[game.index[player][text]]
        final[start : start + len(actions)] = np.arange(place, place + len(actions))
    return final


def refine(game: ExtensiveGame) -> list[tuple[Words, Words]]:
    """Return for each player the colour of every infoset [I] and of every sequence [S] (see the module).

    Colours are 64-bit hashes: two of n classes share one with a probability below n² / 2⁶⁴.
    """
    trees, payoffs = game.treeplexes, game.payoffs
    kinds = _kinds(payoffs[0].value)
    equal = [kinds, _transposed(payoffs[0], kinds)]
    infosets = [np.zeros(len(tree.parent), np.uint64) for tree in trees]
    sequences = [(tree.owner < 0).astype(np.uint64) for tree in trees]
    found = 0
    while True:
        fresh = []
        for p, tree in enumerate(trees):
            met = mix(sequences[1 - p] ^ _SALTS[0])[payoffs[p].column] + equal[p]
            payoff = _segment_sums(mix(met), payoffs[p].start)
            stops = np.searchsorted(tree.parent, np.arange(len(tree.owner) + 1)).astype(np.int64)
            below = _segment_sums(mix(infosets[p] ^ _SALTS[1]), stops)
            own = np.zeros(len(tree.owner), np.uint64)
            own[1:] = infosets[p][tree.owner[1:]]
            colours = mix(mix(mix(mix(sequences[p]) + payoff) + below) + own)
            moves = _segment_sums(mix(sequences[p] ^ _SALTS[2]), tree.first)
            fresh.append((mix(mix(mix(infosets[p]) + moves) + mix(sequences[p])[tree.parent]), colours))
        infosets, sequences = [pair[0] for pair in fresh], [pair[1] for pair in fresh]
        classes = sum(len(np.unique(part)) for part in (*infosets, *sequences))
        if classes == found:
            return fresh
        found = classes


def _kinds(values: Floats) -> Words:
    """Return a hash of each payoff [entries], the same for those that count as equal."""
    different, which = np.unique(values, return_inverse=True)
    if not len(different):
        return np.empty(0, np.uint64)
    gaps = np.diff(different) > _SAME * np.maximum(np.abs(different[1:]), np.abs(different[:-1]))
    kinds: Words = mix(np.concatenate([[0], np.cumsum(gaps)]).astype(np.uint64) + _SALTS[0])
    return kinds[which]


def _transposed(rows: Payoffs, kinds: Words) -> Words:
    """Return what belongs to the entries by rows in their order by columns."""
    return kinds[np.argsort(rows.column, kind="stable")]


def _segment_sums(values: Words, bounds: npt.NDArray[np.signedinteger]) -> Words:
    """Return the sums, modulo 2⁶⁴, over ``bounds[k] .. bounds[k+1]-1``."""
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(values, dtype=np.uint64)])
    differences: Words = sums[bounds[1:]] - sums[bounds[:-1]]
    return differences
