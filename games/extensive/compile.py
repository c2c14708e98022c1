"""Any two-player zero-sum OpenSpiel game with perfect recall, walked once.

The walk calls the C++ game from Python: about 2.5 µs a history, most of it the copy of a state for each child. States
are kept only along the branch that is walked. What a game must be is checked while it is walked, on every history:
perfect recall (an infoset is reached with one sequence of the player's own actions), the same legal actions at all
histories of an infoset, and utilities that sum to zero. Simultaneous moves become successive ones that the second
player cannot see (``pyspiel.convert_to_turn_based``), which changes neither values nor equilibria.
"""

from __future__ import annotations

import difflib
import gc
import hashlib
import os
import random
import re
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from games.extensive.assemble import Collected, Terminals, assemble
from games.extensive.game import ExtensiveGame, GameError, NotTwoPlayerZeroSum
from games.extensive.store import cache_file, read_game, write_game

_TERMINAL = -4  # pyspiel.PlayerId.TERMINAL
_TOLERANCE = 1e-9  # of utilities that sum to 0
_PIECES = 256  # the walk is cut into about this many, for the progress bar and the guard on memory
_PROBES = 200
_ENDLESS = 1e18
_BYTES_PER_HISTORY = 100  # without infosets
_BYTES_PER_INFOSET = 450  # most of them the string, its entry and its list of actions
_CACHED_FROM = 100_000  # histories: smaller games compile faster than they load

Entry = tuple[Any, int, int, int, float]
"""A history to expand: state, player to move, the two players' sequences, and the product of chance probabilities."""


def compile_game(
    game: Any, *, progress: bool = False, cache: bool = True, memory_limit: float | None = None
) -> ExtensiveGame:
    """Return an OpenSpiel game in sequence form.

    Args:
        game: a ``pyspiel.Game``, its string (``"leduc_poker"``, ``"liars_dice(dice_sides=4)"``), or the path of a
            Gambit file (``*.efg``). Simultaneous moves are made successive.
        progress: show a progress bar on standard error.
        cache: keep games of 100,000 histories and more on disk, if ``game`` is a string. The file is named by the game,
            the contents of the files that it names, OpenSpiel's version and our source; its folder is ``games`` under
            ``$TAMAYA_CACHE_DIR`` or ``~/.cache/tamaya``.
        memory_limit: bytes; by default what the machine has. The walk does not start if the estimate of the number of
            histories (``estimate_histories``) says that it needs more, at 100 bytes each; it stops when histories and
            infosets, at 450 bytes each, get there. How many infosets there will be is not known before.

    Raises ``GameError``, with one sentence that says what is wrong: there is no such game, it has not two players, no
    explicit chance probabilities or no information-state strings, its utilities do not sum to zero, its recall is
    imperfect, or it is too large.
    """
    loaded = load_open_spiel(game) if isinstance(game, str) else game
    name = game if isinstance(game, str) and _is_file(game) else str(loaded)
    _check_type(loaded, name)
    path = cache_file(_identity(game, loaded)) if cache and isinstance(game, str) else None
    if path is not None and (found := read_game(path)) is not None:
        return replace(found, name=name)  # a file may be known under another path
    if str(loaded.get_type().dynamics) == "Dynamics.SIMULTANEOUS":
        import pyspiel

        loaded = pyspiel.convert_to_turn_based(loaded)
    compiled = _Walk(loaded, name, memory_limit or _physical_memory()).run(progress)
    if path is not None and compiled.statistics.histories >= _CACHED_FROM:
        with suppress(OSError):  # a full disk or a folder that cannot be written costs time only
            write_game(path, compiled)
    return compiled


def load_open_spiel(text: str) -> Any:
    """Return the ``pyspiel.Game`` of a string or of a Gambit file's path; raise ``GameError`` with one sentence."""
    import pyspiel

    short_name = text.split("(")[0].strip()
    if short_name.startswith("python_"):
        import_module("open_spiel.python.games")  # registers them
    if not _is_file(text) and short_name not in pyspiel.registered_names():
        nearest = difflib.get_close_matches(short_name, pyspiel.registered_names(), n=1)
        hint = f": did you mean {nearest[0]}?" if nearest else " (pyspiel.registered_names() lists what there is)"
        raise GameError(f"OpenSpiel has no game {short_name!r}{hint}")
    if _is_file(text) and not Path(text).is_file():
        raise GameError(f"there is no file {text}")
    try:
        with _quiet():
            return pyspiel.load_efg_game(Path(text).read_text()) if _is_file(text) else pyspiel.load_game(text)
    except IndexError:
        raise GameError(f"OpenSpiel cannot load {text}: what it needs is missing, or a file ends too early") from None
    except (pyspiel.SpielError, UnicodeDecodeError) as error:
        raise GameError(f"OpenSpiel cannot load {text}: {_first_line(error)}") from None


def estimate_histories(game: Any, probes: int = _PROBES, seed: int = 0) -> float:
    """Return an unbiased estimate of the number of histories of a sequential ``pyspiel`` game.

    Each probe walks to a terminal history by uniformly random moves; the product of the branching factors on the way
    estimates the number of histories at each depth (Knuth, "Estimating the efficiency of backtrack programs",
    Mathematics of Computation 1975). Its spread is wide where the tree is uneven; it does not go on from 1e18.
    """
    generator = random.Random(seed)
    total = 0.0
    for _ in range(probes):
        state, width = game.new_initial_state(), 1.0
        while width < _ENDLESS:
            total += width
            if state.is_terminal():
                break
            actions = state.legal_actions()
            width *= len(actions)
            state.apply_action(generator.choice(actions))
    return total / probes


def _is_file(text: str) -> bool:
    return text.endswith(".efg")


def _first_line(error: Exception) -> str:
    """Return what OpenSpiel says, without the place in its source."""
    return re.sub(r"^\S+\.(cc|h):\d+ ", "", str(error).strip().splitlines()[0]).rstrip(".")


def _physical_memory() -> float:
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep OpenSpiel's own report of an error, which goes to the file behind standard error, off the screen."""
    sys.stderr.flush()
    saved = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


def _identity(text: str, game: Any) -> str:
    """Return what decides the compiled game: its string, and the contents of the files that the string names."""
    parts = ["efg" if _is_file(text) else str(game), version("open_spiel")]
    named = [text] if _is_file(text) else [v for v in game.get_parameters().values() if isinstance(v, str)]
    for value in named:
        if Path(value).is_file():
            parts.append(hashlib.sha256(Path(value).read_bytes()).hexdigest())
    return "\n".join(parts)


def _check_type(game: Any, name: str) -> None:
    """Raise ``GameError`` for what is known of a game before it is walked."""
    kind = game.get_type()
    if str(kind.dynamics) == "Dynamics.MEAN_FIELD":
        raise GameError(f"{name} is a mean-field game, which has no tree of two players")
    if (players := game.num_players()) != 2:
        count = "one player" if players == 1 else f"{players} players"
        raise NotTwoPlayerZeroSum(f"{name} has {count}, but the sequence form here is for two")
    if str(kind.chance_mode) == "ChanceMode.SAMPLED_STOCHASTIC":
        raise GameError(f"{name} samples its chance events and does not give their probabilities")
    if not kind.provides_information_state_string:
        raise GameError(f"{name} gives no information-state strings, by which infosets are told apart")


class _Walk:
    """One walk over a game: ``run`` returns the compiled game."""

    def __init__(self, game: Any, name: str, memory_limit: float) -> None:
        self.game = game
        self.name = name
        self.limit = memory_limit / _BYTES_PER_HISTORY
        self.players = (Collected(0), Collected(1))
        self.terminals = Terminals()
        self.histories = 1
        self.chance_nodes = 0

    def run(self, progress: bool) -> ExtensiveGame:
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
        return assemble(self.name, self.players, self.terminals, self.histories, self.chance_nodes)

    def _too_large(self, count: str, infosets: str = "") -> None:
        raise GameError(
            f"{self.name} has {count} histories{infosets}, and {self.limit * _BYTES_PER_HISTORY / 2**30:.1f} GiB of "
            f"memory are enough for {self.limit:.1g}"
        )

    def _walk(self, advance: Callable[[float, int], None]) -> None:
        """Walk the tree; ``advance`` is told the part that is done, and the histories so far."""
        root = self.game.new_initial_state()
        if root.is_terminal():
            raise GameError(f"{self.name} is over before it begins")
        pending: deque[Entry] = deque([(root, root.current_player(), 0, 0, 1.0)])
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
        state, player, row, column, chance = entry
        if player < 0:
            return self._expand_chance(entry)
        text = state.information_state_string()
        actions = state.legal_actions()
        collected = self.players[player]
        own = column if player else row
        known = collected.known.get(text)
        if known is None:
            names = [state.action_to_string(player, action) for action in actions]
            first = collected.add(text, own, actions, names)
        elif known[0] == own and known[2] == actions:
            first = known[1]
        else:
            first = collected.check(text, own, actions)
        children = [state.child(action) for action in actions[:-1]]
        state.apply_action(actions[-1])  # the last child takes the place of the parent: one copy less
        children.append(state)
        self.histories += len(children)
        following = []
        sequence = first
        for child in children:
            mover = child.current_player()
            if player:
                column = sequence
            else:
                row = sequence
            sequence += 1
            if mover == _TERMINAL:
                self._finish(child, row, column, chance)
            else:
                following.append((child, mover, row, column, chance))
        return following

    def _expand_chance(self, entry: Entry) -> list[Entry]:
        state, _, row, column, chance = entry
        outcomes = state.chance_outcomes()
        if abs(sum(probability for _, probability in outcomes) - 1) > _TOLERANCE:
            raise GameError(f"the chance probabilities after {state.history_str() or 'the root'} do not sum to 1")
        self.chance_nodes += 1
        self.histories += len(outcomes)
        following = []
        for action, probability in outcomes:
            child = state.child(action)
            mover = child.current_player()
            if mover == _TERMINAL:
                self._finish(child, row, column, chance * probability)
            else:
                following.append((child, mover, row, column, chance * probability))
        return following

    def _finish(self, state: Any, row: int, column: int, chance: float) -> None:
        utility, opposed = state.returns()
        if not -_TOLERANCE < utility + opposed < _TOLERANCE:
            raise NotTwoPlayerZeroSum(
                f"{self.name} is not zero-sum: the utilities after {state.history()} are {utility:g} and {opposed:g}"
            )
        terminals = self.terminals
        terminals.rows.append(row)
        terminals.columns.append(column)
        terminals.values.append(chance * utility)
        terminals.chances.append(chance)
        terminals.utilities.add(utility)


@contextmanager
def _bar(name: str, estimate: float) -> Iterator[Callable[[float, int], None]]:
    """Show a progress bar on standard error, and give what moves it: the part that is done, the histories so far."""
    from rich.console import Console

    from games._base.progress import progress_bar

    memory = estimate * _BYTES_PER_HISTORY / 2**20
    expected = f"of about {estimate:,.0f} histories, {memory:,.0f} MiB"
    with progress_bar(Console(stderr=True), f"compiling {name}", 1.0) as bar:
        yield lambda done, histories: bar.update(done, f"{histories:,} {expected}")
