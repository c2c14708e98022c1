"""Public states against counts made by hand, and against the closure as it is defined."""

from __future__ import annotations

import numpy as np
import pyspiel
import pytest

from games.extensive import GameError, compile_game, from_arrays
from games.extensive.public_states import Knowledge, Subgame, public_states

LIARS_DICE = "liars_dice(dice_sides=3)"


@pytest.mark.parametrize(
    ("name", "knowledge", "count"),
    [
        ("kuhn_poker", "strings", 4),
        ("kuhn_poker", "sequences", 4),
        # 6 ways of betting before the card, 5 of which go on: with 6 cards and 6 ways of betting each.
        ("leduc_poker", "strings", 6 + 5 * 6 * 6),
        # The card is public once the first player has acted on it: one state before, and not even that where this
        # player has just called, for all that the other one knows then is the own raise.
        ("leduc_poker", "sequences", 6 + 5 * (1 + 6 * 5) - 2),
        (LIARS_DICE, "strings", 2**6),  # any increasing sequence of the 6 bids
        (LIARS_DICE, "sequences", 2**6),
    ],
)
def test_how_many_there_are(name: str, knowledge: Knowledge, count: int) -> None:
    game = compile_game(name)
    states = public_states(game, knowledge=knowledge)
    assert len(states) == count
    came_from = np.bincount([after for follows in states.following for after in follows], minlength=count)
    assert (came_from[1:] == 1).all()
    assert came_from[0] == 0
    assert all(after > before for before, follows in enumerate(states.following) for after in follows)


@pytest.mark.parametrize("name", ["kuhn_poker", LIARS_DICE])
def test_they_are_the_classes_of_what_some_player_cannot_tell_apart(name: str) -> None:
    """The transitive closure is written out: a flood over all histories that share a string of either player."""
    game = compile_game(name)
    states = public_states(game)
    seen: dict[tuple[int, str], list[int]] = {}
    found: list[tuple[int, int, list[tuple[int, str]]]] = []
    stack = [pyspiel.load_game(name).new_initial_state()]
    while stack:
        state = stack.pop()
        if not state.is_terminal():
            stack += [state.child(action) for action in state.legal_actions()]
            if not state.is_chance_node():
                keys = [(player, state.information_state_string(player)) for player in (0, 1)]
                mover = state.current_player()
                found.append((mover, game.index[mover][keys[mover][1]], keys))
                for key in keys:
                    seen.setdefault(key, []).append(len(found) - 1)
    classes = [-1] * len(found)
    for begin in range(len(found)):
        pending = [begin] if classes[begin] < 0 else []
        while pending:
            now = pending.pop()
            if classes[now] < 0:
                classes[now] = begin
                pending += [other for key in found[now][2] for other in seen[key]]
    pairs = {(classes[h], int(states.of_infoset[p][i])) for h, (p, i, _) in enumerate(found)}
    assert len(pairs) == len(set(classes)) == len(states)
    assert states.histories.sum() == len(found)


def test_a_subgame_is_what_follows() -> None:
    game = compile_game("kuhn_poker")
    states = public_states(game)
    after_a_pass = next(k for k in range(4) if states.players(k) == (1,) and len(states.reachable(k)) == 2)
    inside = states.subgame(after_a_pass).infosets
    named = [
        sorted(text for text, kept in zip(names.information_states, mask, strict=True) if kept)
        for names, mask in zip(game.names, inside, strict=True)
    ]
    assert named == [["0pb", "1pb", "2pb"], ["0p", "1p", "2p"]]
    with pytest.raises(ValueError, match="must be 0 to 3, not 4"):
        states.subgame(4)


def test_what_is_no_subgame_or_has_no_tree_is_refused() -> None:
    game = compile_game("kuhn_poker")
    top = np.array([text in ("0", "1", "2") for text in game.names[0].information_states])
    with pytest.raises(GameError, match="what follows in a subgame is in it, but player 0's infoset '0pb' is not"):
        Subgame(game, (top, np.ones(6, bool)))
    with pytest.raises(GameError, match="has 6 truth values for player 1"):
        Subgame(game, (np.ones(6, bool), np.ones(5, bool)))
    with pytest.raises(ValueError, match="knowledge must be one of strings, sequences"):
        public_states(game, knowledge="all")  # type: ignore[arg-type]
    made = from_arrays(([0], [0]), ([2], [2]), ([1, 2], [1, 2], [1.0, -1.0]))
    with pytest.raises(GameError, match="OpenSpiel has no game 'a game from arrays'"):
        public_states(made)
    with pytest.raises(GameError, match="has no infoset"):
        public_states(made, pyspiel.load_game("kuhn_poker"))
