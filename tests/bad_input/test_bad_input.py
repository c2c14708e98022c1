"""Bad input of every command and reader: one sentence, exit code 2, nothing left behind and nothing executed.

The commands run in this process, by the door that the console script opens; those that may end a process run in one of
their own. What is wrong, and what the sentence has to say of it, stands in the tables beside this file.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tamaya.command import main
from tests.bad_input import agent_commands, preference_commands, solver_commands, training_commands
from tests.bad_input.files import prepare
from tests.bad_input.readers import READERS

ROOT = Path(__file__).resolve().parents[2]
MODULES = (solver_commands, preference_commands, agent_commands, training_commands)
LONGEST = 600  # characters of a message


def cases(tables: dict[str, str]) -> list[tuple[str, str]]:
    """Return command lines, and what the sentences must contain; the keys of a table begin its lines."""
    found = []
    for begin, table in tables.items():
        for line in filter(str.strip, table.splitlines()):
            rest, _, says = line.partition(" | ")
            found.append((f"{begin} {rest.strip()}".strip(), says.strip()))
    return found


COMMANDS = [case for module in MODULES for case in cases(module.TABLES)]
PROCESSES = cases({**solver_commands.PROCESSES, **agent_commands.PROCESSES})


def words(line: str) -> list[str]:
    """Return the arguments of a command line, as a shell does that knows ``""`` and no other quotes."""
    return ["" if word == '""' else word for word in line.split(" ")]


def tree(folder: Path) -> dict[str, bytes | str | None]:
    """Return what is in a folder: contents of files, targets of links, ``None`` for what is neither."""
    return {
        str(path.relative_to(folder)): os.readlink(path)
        if path.is_symlink()
        else path.read_bytes()
        if path.is_file()
        else None
        for path in folder.rglob("*")
    }


def check_sentence(error: str, says: str) -> None:
    assert error.startswith("error: ")
    assert error.endswith("\n")
    sentence = error.removeprefix("error: ").removesuffix("\n")
    assert says in sentence
    assert sentence.strip()
    assert "\n" not in sentence
    assert not re.search(r"[.!?] [A-Z]|\.$|Traceback|<class|0x[0-9a-f]{6}", sentence)
    assert len(sentence) < LONGEST


def folders(within: Path) -> Path:
    """Make a folder to stand in, with a folder for temporary files beside it."""
    folder, temporary = within / "work", within / "temporary"
    folder.mkdir()
    temporary.mkdir()
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all lines that name no files."""
    return folders(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: Path) -> Path:
    """A folder to stand in, with the files that a line names.

    Lines without files stand in the same folder: the process in which agents play that are not ours serves them all
    there, while in another folder a new one would be started, which takes a second.
    """
    given = request.node.callspec.params
    folder = folders(tmp_path)
    prepare(folder, given["line"] if "line" in given else READERS[given["name"]][1])
    if not any(folder.iterdir()):
        folder = shared
    monkeypatch.chdir(folder)
    monkeypatch.setattr(tempfile, "tempdir", str(folder.parent / "temporary"))
    monkeypatch.setattr(sys, "path", list(sys.path))  # to which tournaments add the folder
    return folder


def left(place: Path) -> dict[str, Any]:
    return {**tree(place), "temporary files": sorted(os.listdir(place.parent / "temporary"))}


@pytest.mark.parametrize(("line", "says"), COMMANDS, ids=[line for line, _ in COMMANDS])
def test_commands(line: str, says: str, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = left(place)
    assert main(words(line)) == 2
    check_sentence(capfd.readouterr().err, says)
    assert left(place) == before
    assert not (place / "executed").exists()


@pytest.mark.parametrize(("line", "says"), PROCESSES, ids=[line for line, _ in PROCESSES])
def test_processes(line: str, says: str, place: Path) -> None:
    before = left(place)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "tamaya", *words(line)]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    check_sentence(done.stderr, says)
    assert left(place) == before


def sentence_of(read: Callable[[], object]) -> str:
    """Return what a command would say of what a reader raises."""
    try:
        read()
    except OSError as error:
        return f"{error.strerror}: {error.filename}"
    except ValueError as error:
        return str(error)
    raise AssertionError("nothing was wrong")


@pytest.mark.parametrize("name", READERS)
def test_readers(name: str, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A reader raises ``ValueError`` with a sentence, or ``OSError`` as the disk does."""
    read, _, says = READERS[name]
    before = left(place)
    check_sentence(f"error: {sentence_of(read)}\n", says)
    assert capfd.readouterr().err == ""
    assert left(place) == before


def test_there_are_enough_of_them() -> None:
    lines = [line for line, _ in (*COMMANDS, *PROCESSES)]
    assert len(set(lines)) == len(lines)
    assert len(lines) + len(READERS) >= 250
    assert all(says for _, says in (*COMMANDS, *PROCESSES))
