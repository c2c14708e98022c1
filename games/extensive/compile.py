"""Any OpenSpiel game or Gambit file with perfect recall, walked once.

The walk calls the C++ game from Python: about 3 µs a history, most of it the copy of a state for each child. States
are kept only along the branch that is walked. What a game must be is checked while it is walked, on every history:
actions and chance outcomes with numbers of their own (``games.extensive.histories``), perfect recall (an infoset is
reached with one sequence of the player's own actions), the same legal actions at all histories of an infoset, chance
probabilities that sum to 1, and utilities that have a constant sum, where that is wanted. At the first history of each
infoset its children are checked to be what their actions lead to. Simultaneous moves become successive ones that the
second player cannot see (``pyspiel.convert_to_turn_based``), which changes neither values nor equilibria.
"""

from __future__ import annotations

import gc
import hashlib
import math
import os
import random
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from games.arrays import far_middle
from games.extensive.assemble import Collected, Terminals, assemble
from games.extensive.game import ExtensiveGame, GameError, NotTwoPlayerZeroSum
from games.extensive.game_tree import GameTree
from games.extensive.general import GeneralGame, assemble_general
from games.extensive.histories import (
    CHANCE,
    TERMINAL,
    chance_outcomes,
    check_actions,
    check_children,
    checked_returns,
    place,
    sum_tolerance,
)
from games.extensive.open_spiel import is_file, load_open_spiel
from games.extensive.store import cache_file, read_game, write_game

_PHANTOM = ("phantom_ttt", "dark_hex", "dark_hex_ir", "phantom_ttt_ir")
_PIECES = 256  # the walk is cut into about this many, for the progress bar and the guard on memory
_PROBES = 200
_ENDLESS = 1e18
_BYTES_PER_HISTORY = 100  # without infosets
_BYTES_PER_INFOSET = 450  # most of them the string, its entry and its list of actions
_CACHED_FROM = 100_000  # histories: smaller games compile faster than they load

Entry = tuple[Any, int, tuple[int, ...], float]
"""A history to expand: state, player to move, every player's sequence, and the product of chance probabilities."""


def compile_game(
    game: Any, *, progress: bool = False, cache: bool = True, memory_limit: float | None = None
) -> ExtensiveGame:
    """Return an OpenSpiel game or a game file in sequence form.

    Utilities with another constant sum than 0 are made to sum to 0 by taking half of it from each player's
    (``Statistics.constant``): best responses and equilibria stay what they are. Simultaneous moves are made successive.

    Parameters
    ----------
    game : a ``pyspiel.Game``, its string (``"leduc_poker"``, ``"liars_dice(dice_sides=4)"``), or the path of a file:
        Gambit's (``*.efg``, ``*.nfg``) or LiteEFG's (``*.game``).
    progress : show a progress bar on standard error.
    cache : keep games of 100,000 histories and more on disk, if ``game`` is a string. The file is named by the game,
        the contents of the files that it names, OpenSpiel's version and our source; its folder is ``games`` under
        ``$TAMAYA_CACHE_DIR`` or ``~/.cache/tamaya``.
    memory_limit : bytes; by default what the machine has. The walk does not start if the estimate of the number of
        histories (``estimate_histories``) says that it needs more, at 100 bytes each; it stops when histories and
        infosets, at 450 bytes each, get there. How many infosets there will be is not known before.

    Returns
    -------
    ExtensiveGame
        Read-only arrays; solvers, evaluation and policies take it.

    Raises
    ------
    GameError
        A ``ValueError`` with one sentence that says what is wrong: there is no such game, it has not two players, no
        explicit chance probabilities or no information-state strings, its utilities have no constant sum, its recall is
        imperfect, two actions of a history have one number, or it is too large.

    References
    ----------
    von Stengel, "Efficient computation of behavior strategies", Games and Economic Behavior 14 (1996).

    Examples
    --------
    >>> import tamaya
    >>> tamaya.compile_game("leduc_poker")
    <ExtensiveGame leduc_poker(): 9,457 histories, infosets 468 + 468, sequences 1,093 × 1,093, 4,920 payoffs>
    """
    loaded = load_open_spiel(game) if isinstance(game, str) else game
    name = str(loaded)
    _check_type(loaded, name)
    if (players := loaded.num_players()) != 2:
        count = "one player" if players == 1 else f"{players} players"
        raise NotTwoPlayerZeroSum(f"{name} has {count}, but the sequence form here is for two")
    path = cache_file(_identity(game, loaded)) if cache and isinstance(game, str) else None
    if path is not None and (found := read_game(path)) is not None:
        return replace(found, name=name)  # a file may be known under another path
    walk = _Walk(loaded, name, memory_limit or _physical_memory(), constant_sum=True)
    walk.run(progress)
    compiled = _zero_sum(walk)
    if path is not None and compiled.statistics.histories >= _CACHED_FROM:
        with suppress(OSError):  # a full disk or a folder that cannot be written costs time only
            write_game(path, compiled)
    return compiled


def compile_general_game(game: Any, *, progress: bool = False, memory_limit: float | None = None) -> GeneralGame:
    """Return a game of any number of players and any utilities in sequence form; arguments as of ``compile_game``.

    Raises ``GameError`` as ``compile_game`` does, but for the number of players and the sum of their utilities.
    """
    loaded = load_open_spiel(game) if isinstance(game, str) else game
    name = str(loaded)
    _check_type(loaded, name)
    walk = _Walk(loaded, name, memory_limit or _physical_memory(), constant_sum=False)
    walk.run(progress)
    at_end = np.frombuffer(walk.sequences, np.int32).reshape(-1, len(walk.players))
    utilities = np.frombuffer(walk.utilities).reshape(at_end.shape)
    return assemble_general(
        name, walk.players, at_end, np.frombuffer(walk.chances), utilities, walk.histories, walk.chance_nodes
    )


def _zero_sum(walk: _Walk) -> ExtensiveGame:
    """Return the game of two players that a walk has collected."""
    at_end, utilities = np.frombuffer(walk.sequences, np.int32), np.frombuffer(walk.utilities)
    chances = np.frombuffer(walk.chances)
    constant = 0.0 if walk.sum is None else walk.sum.constant
    own = utilities[::2] if not constant else 0.5 * (utilities[::2] - utilities[1::2])
    offset = float(far_middle(own.min(), own.max()))
    own = own - offset
    rows, columns = (array("i", at_end[player::2].tobytes()) for player in (0, 1))
    values = array("d", (chances * own).tobytes())
    terminals = Terminals(rows, columns, values, {float(own.min()), float(own.max())}, walk.chances)
    players = walk.players[0], walk.players[1]
    return assemble(walk.name, players, terminals, walk.histories, walk.chance_nodes, constant, offset)


def estimate_histories(game: Any, probes: int = _PROBES, seed: int = 0, enough: float = math.inf) -> float:
    """Return an unbiased estimate of the number of histories of a sequential ``pyspiel`` game.

    Each probe walks to a terminal history by uniformly random moves; the product of the branching factors on the way
    estimates the number of histories at each depth (Knuth, "Estimating the efficiency of backtrack programs",
    Mathematics of Computation 1975). Its spread is wide where the tree is uneven; it does not go on from 1e18. The
    number of a tree read from a file is known. It ends early, with what it has counted by then, when that is certain to
    be more than ``enough``: few steps tell that a large game is large.
    """
    if isinstance(game, GameTree):
        return float(game.histories)
    generator = random.Random(seed)
    total = 0.0
    for _ in range(probes):
        state, width = game.new_initial_state(), 1.0
        while width < _ENDLESS:
            total += width
            if total > enough * probes:
                return total / probes
            if state.is_terminal():
                break
            actions = state.legal_actions()
            if not actions:
                check_actions(state, actions)
            width *= len(actions)
            state.apply_action(generator.choice(actions))
    return total / probes


def _physical_memory() -> float:
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def _identity(text: str, game: Any) -> str:
    """Return what decides the compiled game: its string, and the contents of the files that the string names."""
    parts = [Path(text).suffix if is_file(text) else str(game), version("open_spiel")]
    named = [text] if is_file(text) else [v for v in game.get_parameters().values() if isinstance(v, str)]
    for value in named:
        if Path(value).is_file():
            parts.append(hashlib.sha256(Path(value).read_bytes()).hexdigest())
    return "\n".join(parts)


def turn_based(game: Any) -> Any:
    """Return a game in which simultaneous moves are made one after the other."""
    if str(game.get_type().dynamics) != "Dynamics.SIMULTANEOUS":
        return game
    import pyspiel

    return pyspiel.convert_to_turn_based(game)


def _check_type(game: Any, name: str) -> None:
    """Raise ``GameError`` for what is known of a game before it is walked."""
    kind = game.get_type()
    if str(kind.dynamics) == "Dynamics.MEAN_FIELD":
        raise GameError(f"{name} is a mean-field game, which has no tree of players")
    if str(kind.chance_mode) == "ChanceMode.SAMPLED_STOCHASTIC":
        raise GameError(f"{name} samples its chance events and does not give their probabilities")
    if not kind.provides_information_state_string:
        raise GameError(f"{name} gives no information-state strings, by which infosets are told apart")


class _ConstantSum:
    """Whether the utilities of two players have a constant sum, whatever order the outcomes are met in.

    Every outcome says that the constant is near its own sum (``sum_tolerance``): of these intervals the last that began
    and the first that ended are kept, with the outcomes that said so, and the first of all, which is rather named.
    """

    def __init__(self, name: str, largest: float, exact: bool) -> None:
        self.name, self.largest, self.exact = name, largest, exact
        self.low, self.high = -math.inf, math.inf
        self.sum, self.least = 0.0, math.inf  # of the outcome with the least tolerance: its sum, and that
        self.kept: list[tuple[float, float, str]] = []  # where an interval begins and ends, and of which outcome

    def add(self, state: Any, one: float, other: float) -> None:
        """Take in an outcome; raises ``NotTwoPlayerZeroSum`` if none is constant with it."""
        total, tolerance = one + other, float(sum_tolerance(max(abs(one), abs(other)), self.largest, exact=self.exact))
        low, high = total - tolerance, total + tolerance
        if not (high >= self.low and low <= self.high):
            before = next((text for first, last, text in self.kept if not (high >= first and low <= last)), "")
            raise NotTwoPlayerZeroSum(
                f"{self.name} is not zero-sum: the utilities {before}, and "
                f"{place(state)} {one:g} and {other:g}, which is no constant sum"
            )
        if low > self.low or high < self.high:
            self.kept.append((low, high, f"{place(state)} are {one:g} and {other:g}"))
            self.low, self.high = max(low, self.low), min(high, self.high)
        if tolerance < self.least:
            self.sum, self.least = total, tolerance

    @property
    def constant(self) -> float:
        """The sum, 0 if it may be 0."""
        return 0.0 if self.low <= 0.0 <= self.high else self.sum


class _Walk:
    """One walk over a game; ``run`` fills the lists.

    ``sequences`` and ``utilities`` have one entry for each terminal history and player, ``chances`` one for each
    terminal history. ``constant_sum``: of two players, whose utilities must have a constant sum (``sum``).
    """

    def __init__(self, game: Any, name: str, memory_limit: float, *, constant_sum: bool) -> None:
        self.game = turn_based(game)
        self.name = name
        self.limit = memory_limit / _BYTES_PER_HISTORY
        self.checked = isinstance(game, GameTree)  # its children are right by construction
        self.players = tuple(Collected(player) for player in range(game.num_players()))
        self.sequences, self.utilities, self.chances = array("i"), array("d"), array("d")
        largest = max(abs(game.min_utility()), abs(game.max_utility()))
        self.sum = _ConstantSum(name, largest, exact=self.checked) if constant_sum else None
        self.histories = 1
        self.chance_nodes = 0

    def run(self, progress: bool) -> None:
        """Walk the tree; raises ``GameError``."""
        estimate = estimate_histories(self.game)
        if estimate > self.limit:
            self._too_large(f"about {estimate:.1g}")
        collecting = gc.isenabled()
        gc.disable()  # nothing here makes cycles, and the collector would go through every infoset again and again
        try:
            with _bar(self.name, estimate) if progress else nullcontext(lambda *_: None) as advance:
                self._walk(advance)
        finally:
            if collecting:
                gc.enable()

    def _too_large(self, count: str, infosets: str = "") -> None:
        raise GameError(
            f"{self.name} has {count} histories{infosets}, and {self.limit * _BYTES_PER_HISTORY / 2**30:.1f} GiB of "
            f"memory are enough for {self.limit:.1g}: {_remedy(self.game, len(self.players))}"
        )

    def _walk(self, advance: Callable[[float, int], None]) -> None:
        """Walk the tree; ``advance`` is told the part that is done, and the histories so far."""
        root = self.game.new_initial_state()
        if root.is_terminal():
            raise GameError(f"{self.name} is over before it begins")
        pending: deque[Entry] = deque([(root, root.current_player(), (0,) * len(self.players), 1.0)])
        while pending and len(pending) < _PIECES:
            pending.extend(self._expand(pending.popleft()))
        pieces = len(pending)
        while pending:
            stack = [pending.popleft()]
            while stack:
                stack += self._expand(stack.pop())[::-1]
            infosets = sum(len(collected.known) for collected in self.players)
            if self.histories + infosets * _BYTES_PER_INFOSET / _BYTES_PER_HISTORY > self.limit:
                self._too_large(f"more than {self.histories:,}", f", {infosets:,} infosets among them")
            advance(1.0 - len(pending) / pieces, self.histories)

    def _expand(self, entry: Entry) -> list[Entry]:
        """Enter what follows one history, and return those of its children that are not terminal."""
        state, player, sequences, chance = entry
        if player < 0:
            return self._expand_chance(entry)
        text = state.information_state_string()
        actions = state.legal_actions()
        collected = self.players[player]
        own = sequences[player]
        known = collected.known.get(text)
        if known is not None and known[0] == own and known[2] == actions:
            first = known[1]
            children = [state.child(action) for action in actions[:-1]]
            state.apply_action(actions[-1])  # the last child takes the place of the parent: one copy less
            children.append(state)
        else:
            first, children = self._new_infoset(state, player, text, actions, own)
        self.histories += len(children)
        before, after = sequences[:player], sequences[player + 1 :]
        following = []
        for sequence, child in enumerate(children, start=first):
            mover = child.current_player()
            if mover == TERMINAL:
                self._finish(child, (*before, sequence, *after), chance)
            else:
                following.append((child, mover, (*before, sequence, *after), chance))
        return following

    def _new_infoset(self, state: Any, player: int, text: str, actions: list[int], own: int) -> tuple[int, list[Any]]:
        """Return the first sequence of an infoset, and the children of its first history, all of it checked."""
        check_actions(state, actions)
        collected = self.players[player]
        if text in collected.known:
            first = collected.check(text, own, actions)
        else:
            names = [state.action_to_string(player, action) for action in actions]
            first = collected.add(text, own, actions, names)
        children = [state.child(action) for action in actions]
        if not self.checked:
            check_children(state, actions, children)
        return first, children

    def _expand_chance(self, entry: Entry) -> list[Entry]:
        state, player, sequences, chance = entry
        if player != CHANCE:
            raise GameError(f"{self.name} has neither a player nor chance to move {place(state)}, and is not over")
        outcomes = chance_outcomes(state)
        self.chance_nodes += 1
        self.histories += len(outcomes)
        following = []
        for action, probability in outcomes:
            child = state.child(action)
            mover = child.current_player()
            if mover == TERMINAL:
                self._finish(child, sequences, chance * probability)
            else:
                following.append((child, mover, sequences, chance * probability))
        return following

    def _finish(self, state: Any, sequences: tuple[int, ...], chance: float) -> None:
        utilities = checked_returns(state, len(self.players))
        if self.sum is not None:
            self.sum.add(state, *utilities)
        self.sequences.extend(sequences)
        self.utilities.extend(utilities)
        self.chances.append(chance)


def _remedy(game: Any, players: int) -> str:
    """Return what would work for a game that is too large."""
    if game.get_type().short_name in _PHANTOM:
        return "python -m solvers.phantom has kernels of its own for some such games (its --help names them)"
    if players == 2 and game.utility_sum() is not None:
        return "--algorithm outcome-mccfr of python -m solvers.extensive plays it without a table"
    return "take a smaller one"


@contextmanager
def _bar(name: str, estimate: float) -> Iterator[Callable[[float, int], None]]:
    """Show a progress bar on standard error, and give what moves it: the part that is done, the histories so far.

    A pipe gets lines while it takes long, and none for what is short.
    """
    from games._base.progress import progress_bar

    memory = estimate * _BYTES_PER_HISTORY / 2**20
    expected = f"of about {estimate:,.0f} histories, {memory:,.0f} MiB"
    with progress_bar(None, f"compiling {name}", 1.0, transient=not sys.stderr.isatty()) as bar:
        yield lambda done, histories: bar.update(done, f"{histories:,} {expected}")
