"""Ctrl-C and requests to terminate: raised at once, at the end of what is abandonable, or noted; never lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from games._base.command_line import run_command
from games._base.interrupts import (
    Interrupted,
    abandonable,
    check_interrupted,
    exit_code,
    interrupts_held,
    terminated_like_interrupted,
)

ROOT = Path(__file__).resolve().parents[3]
SIGNALS = pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])


@SIGNALS
def test_a_command_ends_with_one_sentence(
    number: signal.Signals, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(lambda: signal.raise_signal(number)) == code
    assert capsys.readouterr().err == "interrupted\n"


@SIGNALS
def test_what_follows_an_interrupted_command_in_the_same_process_goes_on(number: signal.Signals, code: int) -> None:
    assert run_command(lambda: signal.raise_signal(number)) == code
    check_interrupted()
    with abandonable():
        check_interrupted()


@SIGNALS
def test_what_is_abandonable_ends_where_it_asks_and_at_its_end(number: signal.Signals, code: int) -> None:
    reached = []

    def work() -> None:
        with abandonable():
            signal.raise_signal(number)
            reached.append("midst")

    with terminated_like_interrupted():
        with pytest.raises(Interrupted):
            work()
        assert exit_code() == code
    with terminated_like_interrupted(), abandonable():
        signal.raise_signal(number)
        with pytest.raises(Interrupted):
            check_interrupted()
        with pytest.raises(Interrupted):  # somebody insists
            signal.raise_signal(number)
        with terminated_like_interrupted():  # forgets it, or this test would end so
            reached.append("end")
    assert reached == ["midst", "end"]


def test_a_held_interrupt_is_noted_and_a_second_raised() -> None:
    with interrupts_held() as came:
        assert not came()
        signal.raise_signal(signal.SIGINT)
        assert came()
        check_interrupted()
        with pytest.raises(Interrupted):
            signal.raise_signal(signal.SIGTERM)


def test_a_held_interrupt_ends_what_is_abandonable_and_is_then_over() -> None:
    with pytest.raises(Interrupted), interrupts_held() as came, abandonable():
        signal.raise_signal(signal.SIGTERM)
    assert not came()
    check_interrupted()


COMPILE = """
import os, signal, sys, tempfile
from contextlib import nullcontext
from games._base import interrupts
from games._base.command_line import run_command
from games._base.jit import jitable, kernel
from numba.core import event

number, at, held = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "held"

class Signals(event.Listener):
    def on_start(self, event):
        if at in event.data["name"]:
            os.kill(os.getpid(), number)
    def on_end(self, event):
        pass

event.register("numba:run_pass", Signals())

@jitable
def inner(x):
    return x * x

@kernel
def outer(x):
    return inner(x) + 1

def work():
    with interrupts.interrupts_held() if held else nullcontext():
        print(outer(3), flush=True)

sys.exit(run_command(work))
"""


@pytest.mark.parametrize(
    ("number", "code", "at", "held"),
    [
        (signal.SIGTERM, 143, "native_lowering [inner]", "raised"),
        (signal.SIGINT, 130, "native_lowering [outer]", "raised"),
        (signal.SIGTERM, 143, "nopython_type_inference [outer]", "held"),
    ],
)
def test_a_first_compilation_ends_with_one_sentence(
    number: signal.Signals, code: int, at: str, held: str, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(COMPILE, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, str(program), str(int(number)), at, held],
        env=os.environ | {"TAMAYA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (code, "", "interrupted\n")


def test_an_interrupt_while_a_library_is_loaded_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    """A library in C turns what is raised while it is loaded into an ImportError."""

    def load() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1.0)
        except KeyboardInterrupt:
            raise ImportError("initialization failed") from None

    assert run_command(load) == 143
    assert "initialization" not in capsys.readouterr().err
