"""Every long phase of every command shows in a pipe that the work goes on: a line every few seconds.

The clock of the progress lines goes on by seconds whenever it is looked at (``time_flies``): what lasts milliseconds in
these small runs says what it would say if it lasted. Trainers are looked at where they are tested anyway.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tamaya.command import COMMANDS, main

ROOT = Path(__file__).resolve().parent.parent
VOTES = str(ROOT / "examples" / "data" / "votes.csv")
GAMES = str(ROOT / "examples" / "data" / "games.npz")
HANABI = "--variant small --rollouts 40 --particles 100 --workers 1"
KERNELS = "loading the compiled kernels"
BLUEPRINT = "loading the blueprint"

PHASES = {
    f"hanabi-search {HANABI} --games 1 --output run": [BLUEPRINT, KERNELS, "games 1/1"],
    f"hanabi-search {HANABI} --show": [BLUEPRINT, KERNELS, "playing game 0"],
    f"hanabi-search {HANABI} --games 1 --output run --verify": ["games 1/1"],
    "hanabi-analysis run --rollouts 10 --turns 1-2 --workers 1": ["reading the game", BLUEPRINT, "decisions 2/2"],
    "hanabi-analysis run --agreement --workers 1 --blueprint smart": ["reading the games", BLUEPRINT, "games 1/1"],
    "tournament --game kuhn_poker --agents uniform cfr(iterations=10) --games 10 --workers 1 --output kuhn": [
        "loading the agents",
        "deals 5/5",
        "working out the results",
        "writing report and replays",
    ],
    f"preference {VOTES} --by judge --bootstrap 3 --iterations 10 --workers 1": [
        "reading votes.csv",
        "drawing tables",
        "lp ",
        "3 tables, bootstrap",
        "judge ",
    ],
    f"preference {VOTES} --ensemble worst --beta 0.1 --iterations 10 --compare nash-mp --workers 1": [
        "reading votes.csv",
        "finding the equilibrium to all digits",
        "nash-mp (1 of 1)",
    ],
    f"preference {GAMES} --beta 0.1 --iterations 10 --output solved.json --workers 1": [
        "reading ",
        "writing solved.npz",
    ],
    "matrix matrix_rps --workers 1": ["reading the game", "lp "],
    "extensive kuhn_poker --iterations 10 --output solved": [
        "loading the algorithms",
        "compiling kuhn_poker",
        "sapcfr+ ",
        "writing the policy",
    ],
    "extensive kuhn_poker --algorithm lp": ["solving the linear program"],
    "extensive matrix_pd --algorithm lcp": ["solving the linear complementarity problem"],
    "extensive kuhn_poker --export kuhn.efg": ["writing kuhn.efg"],
    "phantom abrupt_dark_hex_2x2 --iterations 3 --workers 1 --output phantom": [
        "abrupt_dark_hex_2x2, pcfr+ ",
        "writing the policy",
    ],
    "exploitability kuhn_poker solved/policy.npz": ["compiling kuhn_poker", "evaluating the policy"],
    "exploitability abrupt_dark_hex_2x2 uniform": ["evaluating the policy"],
    "exploitability matrix_pd uniform": ["evaluating the policy"],
    "exploitability kuhn_poker uniform --approximate --games 2 --simulations 5": ["games "],
    "agent-exploitability kuhn_poker uniform --games 2 --simulations 5": ["loading the agent", "games "],
}
"""A small run of each kind, in an order in which one may read what another wrote, and how its phases begin."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.mark.usefixtures("time_flies")
@pytest.mark.parametrize("command", PHASES)
def test_every_phase_is_told(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert main(command.split(" ")) == 0
    told = "".join(capfd.readouterr()).splitlines()
    for phase in PHASES[command]:
        assert any(re.match(rf"{re.escape(phase)}.*\d:\d\d", line) for line in told), (phase, told)


def test_every_command_has_its_row() -> None:
    """But for ``solve``, which is one of the others, ``play``, whose person looks at the screen, and the trainers
    (``tests/agents/training``)."""
    elsewhere = {"solve", "play", "train-blueprint", "train-belief"}
    assert {command.split()[0] for command in PHASES} == COMMANDS.keys() - elsewhere


def test_nothing_is_told_to_terminals_alone() -> None:
    """A spinner of rich says nothing in a pipe, and neither does what asks first whether there is a terminal."""
    sources = [path for name in ("games", "solvers", "search", "agents") for path in (ROOT / name).rglob("*.py")]
    assert len(sources) > 300
    spinning = [path.relative_to(ROOT) for path in sources if ".status(" in path.read_text(encoding="utf-8")]
    assert spinning == [Path("games/_base/progress.py")]
