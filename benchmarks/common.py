"""What every benchmark says about itself, and how its figures get into files and documents."""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from games._base.command_line import parse, run_command
from games._base.errors import UsageError
from games._base.files import write_whole
from games._base.threads import available_cores
from games.version import __version__

if TYPE_CHECKING:
    from agents.blueprints.neural.weights import Network


def processor() -> str:
    """Return the name of the processor, as far as the system tells it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _without_places(arguments: Sequence[str]) -> list[str]:
    """Leave out where results went: that is a folder of this machine, and no part of what was measured."""
    kept, places = list[str](), ("--output", "--folder", "--results", "--rows")
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if before not in places and argument.partition("=")[0] not in places:
            kept.append(argument)
    return kept


def conditions(module: str) -> dict[str, Any]:
    """Return what a reader needs to judge or repeat the figures of ``python -m module``."""
    packages = ("numba", "numpy", "open_spiel", "hanabi_learning_environment")
    installed = {name: _version(name) for name in packages}
    return {
        "command": shlex.join(["python", "-m", module, *_without_places(sys.argv[1:])]),
        "date": date.today().isoformat(),
        "version": __version__,
        "python": platform.python_version(),
        "packages": {name: version for name, version in installed.items() if version},
        "processor": processor(),
        "cores": available_cores(),
        "load_before": round(os.getloadavg()[0], 1),
    }


def conditions_text(facts: dict[str, Any]) -> str:
    """Return the conditions as one line of Markdown."""
    return (
        f"`{facts['command']}`, {facts['date']}, version {facts['version']}, numba {facts['packages']['numba']}, "
        f"{facts['cores']} cores of {facts['processor']}."
    )


def network_of(path: Path) -> Network:
    """Return the network of a file of weights; raises ``UsageError`` with one sentence if there is none in it."""
    from agents.blueprints.neural.weights import load

    try:
        return load(path)
    except ValueError as error:
        raise UsageError(f"--weights {path}: {error}") from None


def publish(
    name: str, text: str, facts: Mapping[str, Any], output: Path | None = None, documents: Iterable[Path] = ()
) -> None:
    """Print a table, write the figures as JSON, and put the table into the section ``name`` of documents."""
    print(text)
    if output is not None:
        write_whole(output, json.dumps(facts, indent=1) + "\n")
    for document in documents:
        replace_section(document, name, text)


def run_benchmark(run: Callable[[Any], None], options: type, module: str) -> int:
    """Run ``python -m module`` with options from the command line and return its exit code.

    What is wrong with them is said in one sentence.
    """

    def work() -> None:
        try:
            run(parse(options, sys.argv[1:], f"python -m {module}"))
        except ValueError as error:
            raise UsageError(str(error)) from None

    return run_command(work)


def table_head(columns: str, texts: int = 1) -> list[str]:
    """Return the first two lines of a Markdown table; the first ``texts`` columns are words, the others figures."""
    cells = columns.split(" | ")
    return [f"| {columns} |", f"|{'---|' * texts}{'--:|' * (len(cells) - texts)}"]


def replace_section(path: Path, name: str, text: str) -> None:
    """Put ``text`` between the lines ``<!-- name -->`` and ``<!-- /name -->`` of a document.

    Raises ``ValueError`` if the document has no such section.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    document = path.read_text(encoding="utf-8")
    if document.count(begin) != 1 or document.count(end) != 1:
        raise ValueError(f"{path} has no section between {begin} and {end}")
    head, rest = document.split(begin)
    tail = rest.split(end)[1]
    write_whole(path, f"{head}{begin}\n{text}\n{end}{tail}")
