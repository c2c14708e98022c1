"""Kill the commands that resume at random moments, until they finish: ``python -m tests.soak --kills 20 --seed 0``.

Every command is run once undisturbed. Then it is started and killed – by SIGKILL, SIGTERM and SIGINT in turn – and
started again with the same folder, until it finishes before its time is up; then a fresh folder is begun, until there
were enough kills. The time until a kill is drawn uniformly: for every other one from the whole duration of the
undisturbed run, for the rest from what is left of it once it has saved something, because most of so short a run is
imports. Every finished folder must hold what the undisturbed one holds, but for what a clock has measured: keys that
name seconds, timings, logs, pictures and pages of times. Some twenty minutes; ``make soak``. The exit code is 1 if
anything differed, or if no kill of many met something saved. ``agents.train_belief`` keeps no state: it begins again,
and must leave nothing half written.

States are saved ten times a second here (a minute apart, usually), so that kills meet them.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
STUCK = 300.0  # seconds after which a command that should end is called stuck
EVERY = 0.1  # seconds between two states
MANY = 20  # kills, one of which at least must meet something saved
SAVED = ("state.npz", "games.jsonl")
"""Files that a command goes on from."""

_TABLE = "0.5,0.7,0.2,0.9\n0.3,0.5,0.9,0.4\n0.8,0.1,0.5,0.6\n0.1,0.6,0.4,0.5\n"
_PAYOFFS = "0,-2,1\n1,0,-1\n-1,3,0\n"

COMMANDS: dict[str, tuple[str, str]] = {
    "hanabi_search": (
        "agents.hanabi_search",
        "--variant small --blueprint smart --games 24 --rollouts 100 --particles 200 --workers 2 --output run",
    ),
    "tournament": (
        "agents.tournament",
        "--game leduc_poker --agents uniform b=uniform cfr(iterations=20) mmds(rollouts=40) --games 40 --workers 2 "
        "--output run",
    ),
    "train_blueprint": (
        "agents.train_blueprint",
        "--variant small --games 16 --clone 16 --minibatch 200 --hidden 16 16 --quick-games 10 --evaluate-games 20 "
        "--workers 1 --steps 40000 --checkpoint run",
    ),
    "train_belief": (
        "agents.train_belief",
        "--variant small --examples 6000 --hidden 16 16 --depth 16 --output run/belief.safetensors",
    ),
    "solvers.extensive": (
        "solvers.extensive",
        "leduc_poker --algorithm pcfr+ --iterations 4000 --output run",
    ),
    "solvers.extensive, sampled": (
        "solvers.extensive",
        "kuhn_poker --algorithm external-mccfr --iterations 20000 --output run",
    ),
    "solvers.preference": (
        "solvers.preference",
        "preferences.csv --algorithm mmd --beta 0.1 --step-size 1e-7 --iterations 3000000 --tolerance 0 --workers 1 "
        "--output run/solution.json --state run/state.npz",
    ),
    "solvers.matrix": (
        "solvers.matrix",
        "payoffs.csv --algorithm prm+ --iterations 3000000 --tolerance 0 --workers 1 --output run/solution.json "
        "--state run/state.npz",
    ),
    "solvers.phantom": (
        "solvers.phantom",
        "dark_hex_2x2 --algorithm pcfr+ --iterations 3000 --workers 1 --output run",
    ),
}
"""Module and arguments of every command; they run in a folder of their own and write to ``run``."""


def hurried(module: str, arguments: Sequence[str]) -> int:
    """Run a command in this process, its state saved ten times a second."""
    if module.startswith("solvers."):
        from solvers.run import Pace

        Pace.every = property(lambda pace: EVERY, lambda pace, value: None)  # type: ignore[assignment]
        module += ".__main__"
    elif module == "agents.train_blueprint":
        import agents.training.run

        agents.training.run._SAVE_EVERY = EVERY
    elif module == "agents.train_belief":
        import agents.training.belief.command

        agents.training.belief.command._TEST_GAMES = 20
    elif module == "agents.tournament":
        module += ".__main__"
    code: int = importlib.import_module(module).main(list(arguments))
    return code


@dataclass
class Outcome:
    """What a command went through: kills by signal, starts that went on from something saved, and what was wrong.

    ``saving``: seconds until the undisturbed run had saved something, 0 if it never did.
    """

    seconds: float = 0.0
    saving: float = 0.0
    kills: dict[int, int] = field(default_factory=lambda: dict.fromkeys(SIGNALS, 0))
    resumed: int = 0
    finished: int = 0
    faults: list[str] = field(default_factory=list)


def started(name: str, place: Path) -> subprocess.Popen[bytes]:
    """Start a command in a folder."""
    module, arguments = COMMANDS[name]
    for table, text in (("preferences.csv", _TABLE), ("payoffs.csv", _PAYOFFS)):
        (place / table).write_text(text)
    (place / "run").mkdir(exist_ok=True)
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with (place / "errors.txt").open("ab") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.soak", "--run", module, *_words(arguments)],
            cwd=place,
            env=os.environ | {"PYTHONPATH": paths},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            preexec_fn=_heed_interrupts,
        )


def _heed_interrupts() -> None:
    """Undo what a shell does to commands in its background: they ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _words(arguments: str) -> list[str]:
    return arguments.split(" ")


def ended(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """Return the exit code of a process that ends within some seconds, otherwise None."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def put_an_end_to(process: subprocess.Popen[bytes]) -> None:
    """Kill a command and the workers that it has left."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def saved(place: Path) -> bool:
    """Return whether a command has left something in its folder that it goes on from."""
    with suppress(FileNotFoundError):
        return any(path.stat().st_size for path in (place / "run").iterdir() if path.name in SAVED)
    return False


def undisturbed(name: str, place: Path, outcome: Outcome) -> bool:
    """Run a command to its end, note how long it took and when it first saved; return whether it finished."""
    process, began = started(name, place), time.monotonic()
    try:
        while process.poll() is None and not saved(place) and time.monotonic() - began < STUCK:
            time.sleep(0.01)
        saving = time.monotonic() - began
        code = ended(process, STUCK)
        outcome.seconds = time.monotonic() - began
        outcome.saving = saving if saved(place) else 0.0
        if code != 0:
            outcome.faults.append(f"undisturbed: exit code {code}: {_last_words(place)}")
        return code == 0
    finally:
        put_an_end_to(process)


def attempt(name: str, place: Path, seconds: float | None, number: int, outcome: Outcome) -> bool:
    """Run a command, and send it a signal after some seconds unless that is None; return whether it finished."""
    outcome.resumed += saved(place)
    (place / "errors.txt").unlink(missing_ok=True)
    process = started(name, place)
    try:
        code = ended(process, STUCK if seconds is None else seconds)
        if code is None and seconds is not None:
            process.send_signal(number)
            outcome.kills[number] += 1
            code = ended(process, STUCK)
            if code == 0:
                return True
            # Before a command is under way a signal ends Python itself.
            if code not in {-number, 128 + number} and not (code == 1 and _hardly_started(place)):
                outcome.faults.append(f"{signal.Signals(number).name}: exit code {code}: {_last_words(place)}")
            return False
        if code != 0:
            outcome.faults.append(f"exit code {code}: {_last_words(place)}")
        return code == 0
    finally:
        put_an_end_to(process)


def _hardly_started(place: Path) -> bool:
    """Return whether Ctrl-C met Python while it still imported ``site``: it then ends with exit code 1, by itself."""
    return "init_import_site" in (place / "errors.txt").read_text(errors="replace")


def _last_words(place: Path) -> str:
    lines = (place / "errors.txt").read_text(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else ""


def soak(name: str, kills: int, seed: int, tell: Callable[[str], None]) -> Outcome:
    """Kill a command so many times, and compare all that it finishes with an undisturbed run."""
    outcome, generator = Outcome(), random.Random(f"{seed} {name}")
    with tempfile.TemporaryDirectory(prefix="tamaya-soak-") as folder:
        place = new_place(folder, "warm")
        undisturbed(name, place, outcome)  # compiles, if need be
        place = new_place(folder, "undisturbed")
        if outcome.faults or not undisturbed(name, place, outcome):
            return outcome
        expected = content(place / "run")
        tell(f"{name}: {outcome.seconds:.1f} s undisturbed, saves at {outcome.saving:.1f} s, {len(expected)} files")
        while sum(outcome.kills.values()) < kills and not outcome.faults:
            place = new_place(folder, f"disturbed-{outcome.finished}")
            done = False
            while not done and not outcome.faults:
                count = sum(outcome.kills.values())
                least = outcome.saving if count % 2 else 0.0
                after = generator.uniform(least, outcome.seconds) if count < kills else None
                done = attempt(name, place, after, SIGNALS[count % len(SIGNALS)], outcome)
            if done:
                outcome.finished += 1
                outcome.faults += differences(expected, content(place / "run"))
    if kills >= MANY and outcome.saving and not outcome.resumed:
        outcome.faults.append("no kill met anything saved")
    return outcome


def new_place(folder: str, name: str) -> Path:
    """Return a new folder."""
    place = Path(folder) / name
    place.mkdir()
    return place


CLOCKED = {"timings.jsonl", "log.jsonl", "report.html"}
"""Files that say when and how long."""
_PLAIN = (".txt", ".json", ".jsonl", ".npz", ".safetensors", ".csv", ".part")


def content(folder: Path) -> dict[str, Any]:
    """Return what a finished folder says, by file, without what a clock has measured."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in _PLAIN and path.name not in CLOCKED:
            found[str(path.relative_to(folder))] = _read(path)
    return found


def _read(path: Path) -> Any:
    if path.suffix == ".npz":
        return _arrays(path)
    if path.suffix == ".safetensors":
        from safetensors.numpy import load_file

        return {name: array.tobytes() for name, array in load_file(path).items()}
    if path.suffix == ".json":
        return timeless(json.loads(path.read_text()))
    if path.suffix == ".jsonl":
        return [timeless(json.loads(line)) for line in path.read_text().splitlines()]
    return path.read_bytes()


def _arrays(path: Path) -> dict[str, Any]:
    import numpy as np

    with np.load(io.BytesIO(path.read_bytes())) as file:
        arrays = {name: file[name] for name in file.files}
    header = arrays.pop("header", None)
    found: dict[str, Any] = {name: (array.dtype.str, array.shape, array.tobytes()) for name, array in arrays.items()}
    if header is not None:
        found["header"] = timeless(json.loads(header.tobytes()))
    return found


def timeless(value: Any) -> Any:
    """Return a value of JSON without keys that name seconds, clocks, or seals of what holds such."""
    if isinstance(value, dict):
        kept = {key: part for key, part in value.items() if "seconds" not in key and key not in ("clock", "seal")}
        return {key: timeless(part) for key, part in kept.items()}
    return [timeless(part) for part in value] if isinstance(value, list) else value


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Return the files that differ, in words."""
    names = sorted({*expected, *found})
    missing = object()
    return [f"{name} differs" for name in names if expected.get(name, missing) != found.get(name, missing)]


def table(outcomes: dict[str, Outcome]) -> str:
    """Return what came of it as Markdown."""
    lines = [
        "| command | seconds undisturbed | SIGKILL | SIGTERM | SIGINT | resumed | finished | identical |",
        "|---|--:|--:|--:|--:|--:|--:|---|",
    ]
    for name, one in outcomes.items():
        counts = " | ".join(str(one.kills[number]) for number in SIGNALS)
        verdict = "; ".join(one.faults) or "yes"
        lines.append(f"| {name} | {one.seconds:.1f} | {counts} | {one.resumed} | {one.finished} | {verdict} |")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Run the soak; the exit code is 1 if a command did not do what it should."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="of each command, at least")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--only", nargs="*", choices=COMMANDS, default=list(COMMANDS), help="commands")
    options = parser.parse_args(arguments)

    def tell(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    outcomes = {}
    for name in options.only:
        outcomes[name] = soak(name, options.kills, options.seed, tell)
        tell(table({name: outcomes[name]}).splitlines()[-1])
    print(table(outcomes))
    return int(any(one.faults or not one.finished for one in outcomes.values()))


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(hurried(given[1], given[2:]) if given[:1] == ["--run"] else main(given))
