"""Many games on a CUDA card: ``HanabiBatch`` with every array in the card's memory.

Slot ``i`` of ``n`` plays the games ``i``, ``i + n``, ``i + 2n`` ... of a seed, on the decks of every other command: a
batch here and one on the CPU that get the same moves stay in step, number for number.

Nothing is copied to the host, and no call waits for the card. Moves are written to ``moves`` (by torch, say, through
``__cuda_array_interface__``), then ``step`` launches kernels on the stream that it is given. Nobody can be told at once
of a move that was not legal: the slot ignores it and remembers, and ``check`` – which does wait – raises.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numba import cuda

from games._base.numbers import whole
from games.hanabi.cuda.device import SIMULATED, require_card, stream_of, synchronise
from games.hanabi.cuda.kernels import BYTE, GROUP, looking_kernels, packing_kernel, playing_kernels, turning_kernel
from games.hanabi.game import HanabiGame

THREADS = 2 if SIMULATED else 128  # of a block; the simulator starts a thread of Python for each

Encoding = Literal["float32", "bfloat16", "packed"]
_STORED = {"float32": np.float32, "bfloat16": np.int16, "packed": np.uint8}


def observation_width(game: HanabiGame, encoding: Encoding) -> int:
    """Return the columns of ``observations``: the size rounded up to a multiple of 16, or to whole bytes."""
    return -(-game.observation_size // BYTE) if encoding == "packed" else -(-game.observation_size // 16) * 16


class CudaHanabi:
    """``size`` games side by side on the current card.

    Parameters
    ----------
    game : the configuration; states are 16-bit, so colours and ranks may each be at most 14.
    size : number of slots, n.
    seed : which decks.
    auto_reset : start a slot's next game in the step that ends one; otherwise the slot waits for ``reset``, without
        legal moves, and moves given for it are ignored.
    version : ``"canonical"`` or ``"v0"`` observations; see ``games.hanabi.observation``.
    encoding : how ``observations`` are stored: ``"float32"``, ``"bfloat16"`` (as int16: look at the tensor with
        ``.view(torch.bfloat16)``) or ``"packed"`` (canonical only: bit ``b`` of byte ``k`` is element ``8 k + b``).

    Attributes: arrays on the card, all overwritten by ``step`` and ``reset`` but for ``moves``
    ----------
    moves : int64 [n], to be written by the player.
    observations : [n, ``observation_width``], what the players to move see; zeros after ``observation_size``.
    legal : bool [n, moves].  current_player : int32 [n].
    rewards : int32 [n], change of the score in the last step.  done : bool [n], the last step ended a game.
    scores : int32 [n], final score of the last game that ended in the slot, -1 before the first.
    faults : int32 [n], 1 where a move was not legal since the last ``reset``.
    states : int16 [state_size, n].  decks : int8 [deck_size, n].  numbers : int64 [n], number of the game in each slot.

    Raises ``ValueError`` with one sentence for parameters that do not fit, ``NoCardError`` without a card.
    """

    def __init__(
        self,
        game: HanabiGame,
        size: int,
        seed: int = 0,
        *,
        auto_reset: bool = True,
        version: Literal["canonical", "v0"] = "canonical",
        encoding: Encoding = "float32",
    ) -> None:
        size, seed = whole(size, "the size of a batch", 1, 2**31 - 1), whole(seed, "seed")
        if version not in ("canonical", "v0"):
            raise ValueError(f"version must be 'canonical' or 'v0', not {version!r}")
        if encoding not in _STORED:
            raise ValueError(f"encoding must be one of {', '.join(_STORED)}, not {encoding!r}")
        if version == "v0" and encoding == "packed":
            raise ValueError("v0 observations are fractions: encoding must be 'float32' or 'bfloat16', not 'packed'")
        if max(game.colours, game.ranks) > 14:
            raise ValueError("a game on the card has at most 14 colours and 14 ranks (its states are 16-bit)")
        require_card()
        self.game, self.size, self.seed, self.auto_reset = game, size, seed, auto_reset
        self.version, self.encoding = version, encoding
        self.moves = cuda.device_array(size, np.int64)
        self.states = cuda.device_array((game.state_size, size), np.int16)
        self.decks = cuda.device_array((game.deck_size, size), np.int8)
        self.numbers = cuda.device_array(size, np.int64)
        self.legal = cuda.device_array((size, game.moves), np.bool_)
        self.current_player = cuda.device_array(size, np.int32)
        self.rewards = cuda.device_array(size, np.int32)
        self.done = cuda.device_array(size, np.bool_)
        self.scores = cuda.device_array(size, np.int32)
        self.faults = cuda.device_array(size, np.int32)
        self.observations = cuda.device_array((size, observation_width(game, encoding)), _STORED[encoding])
        columns = np.float32 if version == "v0" else np.int8
        self._columns = cuda.device_array((game.observation_size, size), columns)
        self._bits = self._columns.view(np.int32) if version == "v0" else self._columns
        self._rows = self.observations.view(np.int32) if encoding == "float32" else self.observations
        self._playing, self._looking = playing_kernels(game), looking_kernels(game)
        self.reset()

    def reset(self, first_game: int = 0, stream: int = 0) -> None:
        """Start the games ``first_game + i`` in all slots; ``stream`` is a ``cudaStream_t``, 0 the default one."""
        on, first = stream_of(stream), whole(first_game, "the number of the first game")
        self._playing.start[self._grid(on)](self.seed, first, *self._changing())
        self._look(on)

    def step(self, stream: int = 0) -> None:
        """Make ``moves`` in all slots and look at what follows, on a ``cudaStream_t``; returns at once."""
        on = stream_of(stream)
        self._playing.step[self._grid(on)](self.seed, self.auto_reset, *self._changing())
        self._look(on)

    def look(self, stream: int = 0) -> None:
        """Write legal moves, players and observations anew, after ``states`` were changed from outside."""
        self._look(stream_of(stream))

    def check(self) -> None:
        """Wait for the card; raise ``ValueError`` naming the first slot that was given a move that was not legal."""
        synchronise()
        faults = self.faults.copy_to_host()
        if faults.any():
            raise ValueError(f"a move was not legal in slot {int(np.argmax(faults))}")

    def _changing(self) -> tuple[Any, ...]:
        """Return the arrays that a move may change."""
        results = self.rewards, self.done, self.scores, self.faults
        return self.moves, self.numbers, self.states, self.decks, *results

    def _grid(self, on: Any) -> tuple[int, int, Any]:
        """Return the launch of a kernel with a thread for each slot."""
        return -(-self.size // THREADS), THREADS, on

    def _look(self, on: Any) -> None:
        grid = self._grid(on)
        self._looking.look[grid](self.states, self.legal, self.current_player)
        encode = self._looking.encode_v0 if self.version == "v0" else self._looking.encode
        encode[grid](self.states, self._columns)
        width = self.observations.shape[1]
        if self.encoding == "packed":
            packing_kernel()[grid](self._columns, self._rows)
            return
        turn = turning_kernel(self.version == "v0", self.encoding == "bfloat16")
        blocks = 1 if SIMULATED else -(-width // THREADS), -(-self.size // GROUP)
        turn[blocks, THREADS, on](self._bits, self._rows)
