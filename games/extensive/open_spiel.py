"""Games of OpenSpiel, and of Gambit files, by the text that people type: loaded, or refused in one sentence.

OpenSpiel complains of most faults, but some parameters end the process: a failed assertion of an engine beneath it, a
division by zero, a recursion that fills the stack; and some let a move go on without end. Whatever has parameters is
therefore loaded, and played for some moves, in a fork of this process first: if that one dies, or does not come back
from a move, this one says so. It costs some 20 ms, once for each text.
"""

from __future__ import annotations

import difflib
import faulthandler
import os
import re
import resource
import select
import signal
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from io import FileIO
from random import Random
from typing import Any, NoReturn

from games.arrays import available_memory
from games.extensive.gambit import read_gambit
from games.extensive.game import GameError
from games.extensive.game_text import read_game_text
from games.extensive.histories import check_by_play
from games.extensive.nfg import read_nfg
from games.hanabi.game import open_spiel_fault

_LONGEST, _DEEPEST = 10_000, 20  # characters and nested parentheses of a game's text: OpenSpiel's parser recurses
_MOVES = 40  # of the game that is tried
_PATIENCE = 10.0  # seconds after which a trial that goes on is believed, unless a single move takes as long again
_BEGUN, _ENDED = b"\x01", b"\x02"  # what a trial writes around a move
_REFUSED = 3  # exit code of a trial that has ended well, but for an error that comes again


TREE_SUFFIXES = (".efg", ".nfg", ".game")
"""Files of game trees: Gambit's, its tables, and LiteEFG's text."""


def is_file(text: str) -> bool:
    """Return whether a game is the path of a file of a game tree."""
    return text.endswith(TREE_SUFFIXES)


def load_open_spiel(text: str) -> Any:
    """Return the game of an OpenSpiel string, or of a file's path; raise ``GameError`` with one sentence.

    The game of a file is a ``games.extensive.game_tree.GameTree``, which has the face of a ``pyspiel.Game``.
    """
    if text.endswith(".efg"):
        return read_gambit(text)
    if text.endswith(".nfg"):
        return read_nfg(text).tree()
    if text.endswith(".game"):
        return read_game_text(text)
    import pyspiel

    short_name = text.split("(")[0].strip()
    if short_name.startswith("python_"):
        import_module("open_spiel.python.games")  # registers them
    if short_name not in pyspiel.registered_names():
        nearest = difflib.get_close_matches(short_name, pyspiel.registered_names(), n=1)
        hint = f": did you mean {nearest[0]}?" if nearest else " (pyspiel.registered_names() lists what there is)"
        raise GameError(f"OpenSpiel has no game {short_name[:60]!r}{hint}")
    _check_text(text)
    try:
        with quiet():
            _refuse(text, pyspiel.game_parameters_from_string(text))
            if "(" in text and (fault := _fault_of(text)):
                raise GameError(f"OpenSpiel cannot load {text}: {fault}")
            game = pyspiel.load_game(text)
    except GameError:
        raise
    except IndexError:
        raise GameError(f"OpenSpiel cannot load {text}: what it needs is missing, or a file ends too early") from None
    except MemoryError:
        raise GameError(f"OpenSpiel cannot load {text}: there is not enough memory for a game of this size") from None
    except (pyspiel.SpielError, ValueError, OverflowError) as error:
        raise GameError(f"OpenSpiel cannot load {text}: {first_line(error)}") from None
    if short_name == "efg_game":  # its actions are numbered by label: refused here, before anything plays it
        check_by_play(game)
    return game


def _check_text(text: str) -> None:
    """Raise ``GameError`` for a text that no game has, and that OpenSpiel's parser might not come back from."""
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    if depth == 0 and "(" in text and not text.rstrip().endswith(")"):
        raise GameError(f"the text of a game ends with its closing parenthesis, which {text[:60]!r} does not")
    if len(text) > _LONGEST or deepest > _DEEPEST:
        raise GameError(f"{text[:40]}... is not the text of a game: it is too long, or nested too deeply")


def _refuse(text: str, parameters: Mapping[str, Any]) -> None:
    """Raise ``GameError`` for a missing file, and for Hanabi that would end the process, be they inside others."""
    if parameters.get("name") == "hanabi" and (fault := open_spiel_fault(parameters)):
        raise GameError(f"OpenSpiel cannot load {text}: {fault}")
    file = parameters.get("filename")
    if isinstance(file, str) and not os.path.isfile(file):
        raise GameError(f"OpenSpiel cannot load {text}: there is no file {file}")
    for inner in parameters.values():
        if isinstance(inner, dict):
            _refuse(text, inner)


@lru_cache(maxsize=256)
def _fault_of(text: str) -> str:
    """Return why loading and playing this game ends the process, an empty string if it does not."""
    begin, end = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads, which the child never joins
        child = os.fork()
    if child == 0:
        _try(text, end)
    os.close(end)
    with open(begin, "rb", buffering=0) as pipe:
        said, ended = _heard(pipe, _PATIENCE)
        stuck = not ended and said.endswith(_BEGUN) and _heard(pipe, _PATIENCE) == (b"", False)
    if not ended:
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    if stuck:
        return f"a move of it does not end within {_PATIENCE:g} s"
    if not ended or not os.WIFSIGNALED(status):
        return ""
    told = said.replace(_BEGUN, b"").replace(_ENDED, b"").decode(errors="replace")
    reason = re.sub(r"\s+", " ", told).strip(" .")[-200:]
    return f"it ends the process with {signal.Signals(os.WTERMSIG(status)).name}" + (f" ({reason})" if reason else "")


def _heard(pipe: FileIO, seconds: float) -> tuple[bytes, bool]:
    """Return the last that the trial writes until it ends, or for so long, and whether it has ended."""
    said, until = b"", time.monotonic() + seconds
    while select.select([pipe], [], [], max(0.0, until - time.monotonic()))[0]:
        more = pipe.read(65536)
        if not more:
            return said, True
        said = (said + more)[-65536:]
    return said, False


def _try(text: str, end: int) -> NoReturn:
    """Load a game and play it at random for some moves, in a process of its own, with the memory that is free.

    Errors that Python hears of come again where the game is used, and are not reported from here.
    """
    try:
        faulthandler.disable()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(end, 1)
        os.dup2(end, 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _limit_memory()
        import pyspiel

        state, generator = pyspiel.load_game(text).new_initial_state(), Random(0)
        for _ in range(_MOVES):
            if state.is_terminal() or state.is_mean_field_node():
                break
            os.write(end, _BEGUN)
            if state.is_simultaneous_node():
                players = range(state.num_players())
                state.apply_actions([generator.choice(state.legal_actions(player) or [0]) for player in players])
            else:
                state.apply_action(generator.choice(state.legal_actions()))
            os.write(end, _ENDED)
        os._exit(0)
    except BaseException:
        os._exit(_REFUSED)


def _limit_memory() -> None:
    """Let this process take no more memory than is free, so that a game which wants it ends with ``MemoryError``."""
    free = available_memory()
    if free is None:
        return
    with open("/proc/self/statm", encoding="ascii") as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + free, held + free))


def first_line(error: Exception) -> str:
    """Return what OpenSpiel says, as a part of a sentence and without the place in its source."""
    lines = str(error).strip().splitlines() or ["it does not say why"]
    said = re.sub(r"^\S+\.(cc|h):\d+ ", "", lines[0]).partition(". Available ")[0]
    return said.rstrip(" .:").replace(". ", ", ")[:200]


@contextmanager
def quiet() -> Iterator[None]:
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
