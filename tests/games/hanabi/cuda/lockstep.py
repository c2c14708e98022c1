"""The same games on the CPU and in CUDA kernels, number for number: ``python -m tests.games.hanabi.cuda.lockstep 2``.

Run it with NUMBA_ENABLE_CUDASIM=1 for numba's simulator, without it on a card. Most moves know the own hand, so that
games last and end in every way there is.
"""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest
from numpy.typing import NDArray

from games.hanabi import layout
from games.hanabi.batch import HanabiBatch
from games.hanabi.cuda.batch import CudaHanabi
from games.hanabi.cuda.device import SIMULATED, NoCardError, card_name
from games.hanabi.game import HanabiGame, seven_card, small, standard

GAMES = {"2": standard(2), "3": standard(3, "keep"), "4": standard(4), "5": standard(5), "small": small(2)}
GAMES |= {"seven-card": seven_card(), "odd": HanabiGame(3, colours=3, ranks=6, hand_size=3, bomb="keep")}
SEED = 11


def rounded(values: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return the bits of the nearest bfloat16, by torch."""
    import torch

    bits: NDArray[np.int16] = torch.from_numpy(values).to(torch.bfloat16).view(torch.int16).numpy()
    return bits


def some_moves(batch: HanabiBatch, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return a legal move for every running slot (0 for others): mostly a playable card, or else no play at all."""
    game, moves = batch.game, np.zeros(batch.size, np.int64)
    for slot in np.flatnonzero(batch.legal.any(axis=1)):
        state, plays = batch.states[slot], game.cards_in_hand + np.arange(game.cards_in_hand)
        first = game.card_offset(int(batch.current_player[slot]), 0)
        cards = state[first : first + game.cards_in_hand * layout.CARD_FIELDS : layout.CARD_FIELDS]
        heights = state[game.rules[layout.FIREWORKS] :][: game.colours]
        legal = batch.legal[slot]
        good = np.zeros_like(legal)
        good[plays] = legal[plays] & (heights[cards // game.ranks] == cards % game.ranks)
        rest = legal & ~np.isin(np.arange(game.moves), plays)
        wanted = good if good.any() else rest if rest.any() else legal
        moves[slot] = generator.choice(np.flatnonzero(wanted if generator.random() < 0.94 else legal))
    return moves


def compare(ours: CudaHanabi, theirs: HanabiBatch, step: int) -> None:
    """Raise ``AssertionError`` unless everything that one can see of both is the same."""
    pairs = {
        "states": (ours.states.copy_to_host().T, theirs.states),
        "decks": (ours.decks.copy_to_host().T, theirs.decks),
        **{
            name: (getattr(ours, name).copy_to_host(), getattr(theirs, name))
            for name in ("numbers", "legal", "current_player", "rewards", "done", "scores")
        },
    }
    rows, seen, size = ours.observations.copy_to_host(), theirs.observations, theirs.game.observation_size
    if ours.encoding == "packed":
        rows = np.unpackbits(rows, axis=1, bitorder="little")
    wanted = rounded(seen.astype(np.float32)) if ours.encoding == "bfloat16" else seen
    pairs["observations"] = rows[:, :size], wanted
    assert not rows[:, size:].any(), "padding"
    for name, (mine, wanted) in pairs.items():
        np.testing.assert_array_equal(mine, wanted, err_msg=f"{name} after step {step}")


def play(game: HanabiGame, size: int, steps: int, version: str, encoding: str, auto_reset: bool = True) -> str:
    """Play ``steps`` moves in every slot of both and return the scores of the games that ended."""
    dtype = np.float32 if version == "v0" else np.uint8
    theirs = HanabiBatch(game, size, SEED, auto_reset=auto_reset, version=version, dtype=dtype, workers=1)  # type: ignore[arg-type]
    ours = CudaHanabi(game, size, SEED, auto_reset=auto_reset, version=version, encoding=encoding)  # type: ignore[arg-type]
    generator = np.random.default_rng(SEED)
    for batch in (ours, theirs):
        batch.reset(3)
    compare(ours, theirs, 0)
    ended: list[int] = []
    for step in range(1, steps + 1):
        moves = some_moves(theirs, generator)
        ours.moves.copy_to_device(moves)
        ours.step()
        theirs.step(moves)
        compare(ours, theirs, step)
        ended += theirs.scores[theirs.done].tolist()
    ours.check()
    return " ".join(map(str, ended))


def ignored(game: HanabiGame) -> None:
    """Check that moves that are not legal change nothing but their marks, and that one is reported."""
    ours = CudaHanabi(game, 3)
    before = ours.states.copy_to_host()
    ours.moves.copy_to_device(np.array([game.cards_in_hand, 0, game.moves]))  # a play, a discard at 8 tokens, no move
    ours.step()
    after = ours.states.copy_to_host()
    assert (after[:, 1:] == before[:, 1:]).all() and (after[:, 0] != before[:, 0]).any()
    assert ours.faults.copy_to_host().tolist() == [0, 1, 1]
    with pytest.raises(ValueError, match="a move was not legal in slot 1"):
        ours.check()


def refused() -> None:
    """Check the sentences for parameters that do not fit."""
    for given, message in (
        ({"size": 0}, "the size of a batch must be at least 1, not 0"),
        ({"encoding": "int8"}, "encoding must be one of float32, bfloat16, packed, not 'int8'"),
        ({"version": "v1"}, "version must be 'canonical' or 'v0', not 'v1'"),
        ({"version": "v0", "encoding": "packed"}, "v0 observations are fractions"),
        ({"game": HanabiGame(2, colours=2, ranks=15)}, "at most 14 colours and 14 ranks"),
    ):
        with pytest.raises(ValueError, match=message):
            CudaHanabi(**{"game": standard(2), "size": 4, **given})  # type: ignore[arg-type]


def main(arguments: list[str]) -> None:
    """Play the games named, each with every version and encoding, and print what was compared."""
    size, steps, few = (2, 80, 8) if SIMULATED else (1000, 150, 150)
    try:
        print(card_name())
    except NoCardError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    for name in arguments:
        game = GAMES[name]
        print(name, "scores:", play(game, size + (name == "small"), steps, "canonical", "packed"))
        play(game, size, few, "v0", "float32")
        if name == "small":
            print(name, "scores without auto-reset:", play(game, 2, 30, "canonical", "packed", False))
        for version, encoding in (("canonical", "float32"), ("canonical", "bfloat16"), ("v0", "bfloat16")):
            play(game, 33 if name == "small" else 2, 1, version, encoding)
        ignored(game)
    refused()
    print("all the same")


if __name__ == "__main__":
    if SIMULATED:
        warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)
    main(sys.argv[1:])
