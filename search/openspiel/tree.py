r"""A game small enough to enumerate: all histories as arrays, with exact posteriors, values and compiled rollouts.

Histories are numbered so that parents come before children and the children of a history follow each other. Infosets
are what a player knows, own actions included (perfect recall is therefore built in, for any number of players). For a
policy ``pi`` the posterior of a history ``h`` in an infoset ``I`` of player ``p`` and the value of an action are

.. math:: P(h\,|\,I) = \frac{\pi_{-p}(h)}{\sum_{h' \in I} \pi_{-p}(h')}, \qquad
          q(a) = \sum_{h \in I} P(h\,|\,I)\, u_p(ha),

``pi_{-p}(h)`` being the product of the probabilities of chance and of all others on the way to ``h`` (the player's own
factor is the same for all histories of ``I`` and cancels; without it the posterior is defined also where the blueprint
would not have gone itself) and ``u_p(ha)`` the expected utility when everybody plays ``pi`` after ``ha``. In two-player
games ``q`` is the counterfactual value divided by the reach, the action value of behavioural-form mirror descent.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games._base.jit import kernel
from games._base.numbers import whole
from games._base.rng import draw, fold, uniform
from games.extensive.histories import chance_outcomes, legal_actions
from search.openspiel.blueprints import Blueprint, Table
from search.openspiel.game import CHANCE, TERMINAL, FloatArray, SearchGame, View
from search.planner import Update

IntArray = NDArray[np.int64]

LARGEST = 200_000  # histories that are enumerated without being asked
_CHARACTERS = 250  # of what players see at their decisions, for each history of the limit


class TooManyHistories(ValueError):
    """The game is too large to enumerate."""


@kernel
def _sweep(parent, mover, probability, values, reach):
    """Fill ``values`` [H, players] from the terminal rows up, and ``reach`` [H, players] of all others down."""
    histories, players = values.shape
    for h in range(histories - 1, 0, -1):
        for p in range(players):
            values[parent[h], p] += probability[h] * values[h, p]
    reach[0] = 1.0
    for h in range(1, histories):
        for p in range(players):
            own = mover[parent[h]] == p
            reach[h, p] = reach[parent[h], p] * (1.0 if own else probability[h])


@kernel
def _action_values(mover, infoset, first_child, first, values, reach, q, total):
    """Fill ``q`` [rows] with posterior means, and ``total`` [infosets] with the reach of each infoset."""
    for h in range(mover.shape[0]):
        i = infoset[h]
        if i >= 0:
            weight = reach[h, mover[h]]
            total[i] += weight
            for a in range(first[i + 1] - first[i]):
                q[first[i] + a] += weight * values[first_child[h] + a, mover[h]]
    for i in range(total.shape[0]):
        for row in range(first[i], first[i + 1]):
            q[row] = q[row] / total[i] if total[i] > 0.0 else 0.0


@kernel
def _rollouts(first_child, children, probability, utilities, player, starts, actions, key, start, out):
    """Fill ``out[i, k]`` with the player's utility of sample ``start + i``, which begins at ``starts[i]``.

    Ply ``t`` of sample ``i`` uses the ``t``-th number under the key of that sample, whatever the action.
    """
    for i in range(starts.shape[0]):
        sample = fold(key, start + i)
        for k in range(actions.shape[0]):
            h = first_child[starts[i]] + actions[k]
            ply = 0
            while children[h] > 0:
                left = uniform(draw(sample, ply))
                child = first_child[h]
                last = child + children[h] - 1
                while child < last and left >= probability[child]:
                    left -= probability[child]
                    child += 1
                while probability[child] == 0.0:  # rounding may have gone past the last possible one
                    child -= 1
                h = child
                ply += 1
            out[i, k] = utilities[h, player]


class TreeValues(NamedTuple):
    """A policy's values: ``q`` [rows] in units of utility, ``reach`` [H, players] and ``total`` [infosets]."""

    q: FloatArray
    reach: FloatArray
    total: FloatArray
    probability: FloatArray
    """[H] of each history given its parent, for chance and policy."""


class HistoryTree:
    """All histories of a game; ``H`` of them, ``I`` infosets, one *row* for each infoset and action.

    Raises ``TooManyHistories`` if there are more than ``limit``, or if what players see at them is longer, all
    together, than 250 characters each for so many: a few deep histories with long texts take as long as many.
    """

    def __init__(self, game: SearchGame, limit: int = LARGEST) -> None:
        self.game = game
        walk = _Walk(game, limit)
        self.parent = np.array(walk.parent, np.int64)
        self.mover = np.array(walk.mover, np.int64)
        """[H] the player to move; -1 chance, -4 nobody."""
        self.infoset = np.array(walk.infoset, np.int64)
        self.first_child = np.array(walk.first_child, np.int64)
        self.children = np.array(walk.children, np.int64)
        self.row = np.array(walk.row, np.int64)
        """[H] the row of the action that leads here; -1 if chance does."""
        self.action = np.array(walk.action, np.int64)
        """[H] OpenSpiel's number of it."""
        self.chance = np.array(walk.chance)
        self.utilities = np.array(walk.utilities).reshape(-1, game.players)
        self.first = np.array(walk.first, np.int64)
        """[I+1] the first row of each infoset."""
        self.row_action = np.array(walk.row_action, np.int64)
        self.texts = walk.texts
        self.owner = np.array(walk.owner, np.int64)
        """[I] whose infoset it is."""
        self.index = walk.index
        self.representatives = walk.representatives
        """[I] a state of each infoset."""
        inside = np.flatnonzero(self.infoset >= 0)
        self._members = inside[np.argsort(self.infoset[inside], kind="stable")]
        self._member_start = np.searchsorted(self.infoset[self._members], np.arange(len(self.texts) + 1))

    def find(self, view: View) -> int:
        """Return the infoset of a view."""
        row = -1
        for text, action in zip(view.texts[:-1], view.actions, strict=True):
            infoset = self.index[view.player, row, text]
            row = int(self.first[infoset]) + self.legal(infoset).tolist().index(action)
        return self.index[view.player, row, view.texts[-1]]

    def legal(self, infoset: int) -> IntArray:
        """Return OpenSpiel's numbers of an infoset's actions."""
        start = whole(infoset, "the number of an infoset", 0, len(self.texts) - 1)
        return self.row_action[self.first[start] : self.first[start + 1]]

    def members(self, infoset: int) -> IntArray:
        """Return the histories of an infoset."""
        start = whole(infoset, "the number of an infoset", 0, len(self.texts) - 1)
        return self._members[self._member_start[start] : self._member_start[start + 1]]

    def state(self, history: int) -> Any:
        """Return the state of a numbered history."""
        history = whole(history, "the number of a history", 0, len(self.parent) - 1)
        path = []
        while history:
            path.append(int(self.action[history]))
            history = int(self.parent[history])
        return self.game.at(path[::-1])

    def policy(self, blueprint: Blueprint) -> FloatArray:
        """Return a blueprint's probabilities [rows], asked once for each infoset."""
        answers = blueprint.probabilities(self.representatives)
        return np.concatenate(answers) if answers else np.empty(0)

    def tables(self, policy: FloatArray) -> list[Table]:
        """Return a policy [rows] as a table for each player, by information-state strings."""
        tables: list[dict[str, list[tuple[int, float]]]] = [{} for _ in range(self.game.players)]
        for i, text in enumerate(self.texts):
            rows = slice(self.first[i], self.first[i + 1])
            pairs = zip(self.row_action[rows].tolist(), policy[rows].tolist(), strict=True)
            tables[self.owner[i]][text] = list(pairs)
        return list(tables)

    def evaluate(self, policy: FloatArray) -> TreeValues:
        """Return the exact action values of a policy [rows], and the weights they come from."""
        infosets, rows = len(self.texts), len(self.row_action)
        probability = np.where(self.row >= 0, policy[self.row], self.chance) if rows else self.chance
        values, reach = self.utilities.copy(), np.empty_like(self.utilities)
        q, total = np.zeros(rows), np.zeros(infosets)
        _sweep(self.parent, self.mover, probability, values, reach)
        _action_values(self.mover, self.infoset, self.first_child, self.first, values, reach, q, total)
        return TreeValues(q, reach, total, probability)

    def rollouts(
        self, values: TreeValues, player: int, starts: IntArray, actions: IntArray, key: int, start: int
    ) -> FloatArray:
        """Return a player's utilities [samples, actions] of rollouts from histories ``starts`` (see ``_rollouts``).

        ``actions`` are positions among the legal ones; ``start`` is the number of the first sample.
        """
        out = np.empty((len(starts), len(actions)))
        tree = (self.first_child, self.children, values.probability, self.utilities)
        _rollouts(*tree, player, starts, actions, np.uint64(key), start, out)
        return out

    def updated(self, policy: FloatArray, update: Update) -> FloatArray:
        """Return what exact search plays at every infoset when the blueprint is ``policy`` [rows].

        Infosets that chance and the others never reach keep the blueprint.
        """
        values = self.evaluate(policy)
        q = self.game.normalised(values.q)
        result = policy.copy()
        with np.errstate(divide="ignore"):
            log_policy = np.log(policy)
        for i in np.flatnonzero(values.total > 0.0):
            rows = slice(self.first[i], self.first[i + 1])
            result[rows] = np.exp(update(log_policy[rows], q[rows]))
        return result


class _Walk:
    """One walk over the game; lists that become the arrays of the tree."""

    def __init__(self, game: SearchGame, limit: int) -> None:
        self.game = game
        self.limit, self._characters = limit, 0
        self.parent, self.row, self.action, self.chance = [0], [-1], [-1], [1.0]
        self.mover, self.infoset, self.first_child, self.children = [TERMINAL], [-1], [0], [0]
        self.utilities: list[list[float]] = [[0.0] * game.players]
        self.texts: list[str] = []
        self.first, self.owner, self.row_action = [0], list[int](), list[int]()
        self.index: dict[tuple[int, int, str], int] = {}
        self.representatives: list[Any] = []
        stack: list[tuple[int, Any, tuple[int, ...]]] = [(0, game.game.new_initial_state(), (-1,) * game.players)]
        while stack:
            stack += self._expand(*stack.pop())

    def _expand(self, h: int, state: Any, own: tuple[int, ...]) -> list[tuple[int, Any, tuple[int, ...]]]:
        """Enter a history and make room for its children; ``own`` [players] are the rows of everybody's last action."""
        mover = state.current_player()
        self.mover[h] = mover
        if mover == TERMINAL:
            self.utilities[h] = state.returns()
            return []
        first_row = -1
        if mover == CHANCE:
            actions, chances = map(list, zip(*chance_outcomes(state), strict=True))
        else:
            actions = legal_actions(state)
            chances = [1.0] * len(actions)
            self.infoset[h] = self._infoset(mover, own[mover], state, actions)
            first_row = self.first[self.infoset[h]]
        self.first_child[h], self.children[h] = len(self.parent), len(actions)
        self._make_room(h, actions, chances, first_row)
        following = []
        for a, action in enumerate(actions):
            after = own if mover == CHANCE else (*own[:mover], first_row + a, *own[mover + 1 :])
            following.append((self.first_child[h] + a, state.child(action), after))
        return following

    def _make_room(self, h: int, actions: list[int], chances: list[float], first_row: int) -> None:
        count = len(actions)
        if len(self.parent) + count > self.limit:
            raise TooManyHistories(
                f"{self.game.name} has more than {self.limit:,} histories: too many for an exact belief"
            )
        self.parent += [h] * count
        self.row += [-1] * count if first_row < 0 else range(first_row, first_row + count)
        self.action += actions
        self.chance += chances
        self.mover += [TERMINAL] * count
        self.infoset += [-1] * count
        self.first_child += [0] * count
        self.children += [0] * count
        self.utilities += [[0.0] * self.game.players for _ in range(count)]

    def _infoset(self, player: int, own_row: int, state: Any, actions: list[int]) -> int:
        key = (player, own_row, self.game.seen(state, player))
        self._characters += len(key[2])
        if self._characters > _CHARACTERS * self.limit:
            raise TooManyHistories(
                f"what the players of {self.game.name} see has more than {_CHARACTERS * self.limit:,} characters: too "
                "many for an exact belief"
            )
        found = self.index.get(key)
        if found is None:
            found = self.index[key] = len(self.texts)
            self.texts.append(key[2])
            self.owner.append(player)
            self.row_action += actions
            self.first.append(len(self.row_action))
            self.representatives.append(state.clone())
        elif self.row_action[self.first[found] : self.first[found + 1]] != actions:
            raise ValueError(
                f"player {player} of {self.game.name} has different legal actions at two histories of the infoset "
                f"{key[2]!r}"
            )
        return found
