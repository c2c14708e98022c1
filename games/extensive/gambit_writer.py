"""Games as Gambit's files: what ``games.extensive.gambit`` reads, written; and the tree of any OpenSpiel game.

What is written is what the format means at its plainest, so that other readers take it: every node with its actions,
every outcome with its payoffs, one at every terminal node, numbers whole or rational and exact. Chance probabilities of
OpenSpiel, which are floating-point numbers, become the simple fractions that they stand for where these sum to 1;
utilities become the shortest decimals that give the same number. Labels of nodes and names of outcomes, which mean
nothing, are left empty.

A file that is read, written and read again is the same tree; a tree from OpenSpiel keeps its information-state strings
as labels, and information sets are numbered for each player in the order in which the file meets them – the order in
which Gambit lists the probabilities of a behaviour profile.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from games._base.files import write_whole
from games.extensive.compile import turn_based
from games.extensive.gambit_tokens import quoted
from games.extensive.game import GameError
from games.extensive.game_tree import Exact, GameTree, TreeInfoset
from games.extensive.histories import CHANCE, TERMINAL, chance_outcomes, checked_returns, legal_actions
from games.extensive.open_spiel import load_open_spiel

LARGEST_TREE = 5_000_000
"""Nodes up to which a game is written out: some hundred bytes each."""
_DENOMINATOR = 10**6  # up to which chance probabilities are recognised
_NEAR = 1e-14


def load_tree(game: Any) -> GameTree:
    """Return the tree of a game: an OpenSpiel game or its string, a Gambit file's path, or a tree.

    Raises ``GameError`` if there is no such game, or it is not one that a tree can be written of.
    """
    loaded = load_open_spiel(game) if isinstance(game, str) else game
    return loaded if isinstance(loaded, GameTree) else tree_of(loaded)


def tree_of(game: Any) -> GameTree:
    """Return an OpenSpiel game as a tree; simultaneous moves are made one after the other.

    Parameters
    ----------
    game : a ``pyspiel.Game`` with explicit chance probabilities and information-state strings.

    Raises
    ------
    GameError
        What walks refuse (``games.extensive.histories``), another kind of game, or more than ``LARGEST_TREE`` nodes.
    """
    kind = game.get_type()
    if str(kind.chance_mode) == "ChanceMode.SAMPLED_STOCHASTIC" or not kind.provides_information_state_string:
        raise GameError(f"{game} gives no chance probabilities or no information-state strings: it has no tree")
    players = game.num_players()
    tree = GameTree(str(game), kind.long_name, tuple(f"Player {player + 1}" for player in range(players)))
    nothing: Exact = (Fraction(0),) * players
    known: dict[tuple[int, str], int] = {}
    counts = dict.fromkeys((CHANCE, *range(players)), 0)
    stack = [(turn_based(game).new_initial_state(), -1)]
    while stack:
        state, parent = stack.pop()
        node, mover = tree.histories, state.current_player()
        if node >= LARGEST_TREE:
            raise GameError(f"{game} has more than {LARGEST_TREE:,} histories, too many to be written out as a file")
        if mover == TERMINAL:
            tree.add(parent, -1, tuple(Fraction(repr(utility)) for utility in checked_returns(state, players)))
            continue
        key = mover, "" if mover == CHANCE else state.information_state_string()
        actions = [a for a, _ in chance_outcomes(state)] if mover == CHANCE else legal_actions(state)
        if mover == CHANCE or key not in known:
            counts[mover] += 1
            known[key] = len(tree.infosets)
            tree.infosets.append(_infoset(state, mover, key[1], actions, counts[mover]))
        tree.add(parent, known[key], nothing)
        stack += [(state.child(action), node) for action in reversed(actions)]
    return tree


def _infoset(state: Any, mover: int, text: str, actions: list[int], number: int) -> TreeInfoset:
    labels = tuple(state.action_to_string(mover, action) for action in actions)
    if mover != CHANCE:
        return TreeInfoset(mover, text, labels, (), number, text, tuple(actions))
    return TreeInfoset(mover, str(number), labels, _simple([p for _, p in chance_outcomes(state)]), number)


def _simple(probabilities: list[float]) -> Exact:
    """Return probabilities as fractions that sum to 1."""
    found = [Fraction(p).limit_denominator(_DENOMINATOR) for p in probabilities]
    if sum(found) == 1 and all(abs(float(q) - p) <= _NEAR for p, q in zip(probabilities, found, strict=True)):
        return tuple(found)
    exact = [Fraction(p) for p in probabilities]
    total = sum(exact, Fraction(0))
    return tuple(p / total for p in exact)


def gambit_lines(tree: GameTree) -> Iterator[str]:
    """Give the lines of a tree's file."""
    yield f"EFG 2 R {quoted(tree.title)} {{ {' '.join(map(quoted, tree.players))} }}"
    yield '""'
    yield ""
    outcomes: dict[Exact, int] = {}
    nothing: Exact = (Fraction(0),) * len(tree.players)
    for node in range(tree.histories):
        above = tree.parent[node]
        before = nothing if above < 0 else tree.payoffs[above]
        got = tuple(after - already for after, already in zip(tree.payoffs[node], before, strict=True))
        empty = not any(got) and tree.infoset[node] >= 0
        yield f"{_head(tree, node)} {'0' if empty else _outcome(got, outcomes)}"


def _head(tree: GameTree, node: int) -> str:
    """Return what stands of a node before its outcome."""
    if tree.infoset[node] < 0:
        return 't ""'
    infoset = tree.infosets[tree.infoset[node]]
    if infoset.player == CHANCE:
        pairs = zip(infoset.actions, infoset.probabilities, strict=True)
        actions = " ".join(f"{quoted(label)} {probability}" for label, probability in pairs)
        return f'c "" {infoset.number} {quoted(infoset.label)} {{ {actions} }}'
    actions = " ".join(map(quoted, infoset.actions))
    return f'p "" {infoset.player + 1} {infoset.number} {quoted(infoset.label)} {{ {actions} }}'


def _outcome(got: Exact, outcomes: dict[Exact, int]) -> str:
    number = outcomes.setdefault(got, len(outcomes) + 1)
    return f'{number} "" {{ {", ".join(map(str, got))} }}'


def write_gambit(path: Path, game: Any) -> GameTree:
    """Write a game to a file, ``*.efg``, and return its tree; arguments and errors are those of ``load_tree``."""
    tree = load_tree(game)
    write_whole(path, "\n".join(gambit_lines(tree)) + "\n")
    return tree
