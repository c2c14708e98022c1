"""The folder of a Hanabi search run: what was asked, a line a game, a summary; resumable and never half-written.

``run.json`` holds the job, so that a second call with the same folder goes on where the first stopped, and a call with
other options is refused. Each finished game is one appended line of ``games.jsonl`` (a torn last line is dropped when
the run goes on); ``summary.json`` and replays are written whole, to a temporary file that is then renamed.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agents.hanabi.job import HanabiJob, HanabiResult
from games._base.errors import UsageError
from games._base.files import write_whole
from games._base.output_folder import OutputFolder
from games.version import __version__


class RunFolder(OutputFolder):
    """The files of one run; a context manager, because it keeps other commands off the folder while it is open.

    ``lines`` maps the number of each finished game to its line of ``games.jsonl``.

    Raises ``UsageError`` if the folder belongs to a run with other options, is in use, or cannot be written.
    """

    def __init__(self, folder: Path, job: HanabiJob) -> None:
        self.job = job
        self._games = folder / "games.jsonl"
        self._open(folder)

    def _resume(self) -> None:
        self._claim()
        self.lines = {int(line["game"]): line for line in self._read()}

    def _claim(self) -> None:
        """Check that the folder is this job's; if it is new, write the job to it."""
        asked = json.loads(json.dumps({"version": __version__} | asdict(self.job)))
        path = self.folder / "run.json"
        if not path.exists():
            if self._games.exists():
                raise UsageError(f"{self._games} is not from this command: choose another output folder")
            write_whole(path, json.dumps(asked, indent=2) + "\n")
            return
        found = self._claimed(path, "a run's description: choose another output folder")
        for key, value in asked.items():
            held = found.get(key)
            if held != value:
                raise UsageError(
                    f"{self.folder} holds a run with {key} = {_plain(held)}, not {_plain(value)}: "
                    "choose another output folder, or delete that one"
                )

    def _read(self) -> list[dict[str, Any]]:
        """Return the lines of ``games.jsonl``; cut off a torn last line, so that appending goes on cleanly."""
        if not self._games.exists():
            return []
        data = self._games.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            os.truncate(self._games, len(whole))
        try:
            return [json.loads(line) for line in whole.splitlines()]
        except ValueError:
            raise UsageError(f"{self._games} is damaged: choose another output folder, or delete that one") from None

    def add(self, result: HanabiResult) -> None:
        """Append a finished game."""
        line = result.line(self.job.seed)
        with self._games.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
        self.lines[result.number] = line

    def finish(self, summary: dict[str, Any]) -> None:
        """Put the games in order and write the summary."""
        ordered = [json.dumps(self.lines[number]) + "\n" for number in sorted(self.lines)]
        write_whole(self._games, "".join(ordered))
        write_whole(self.folder / "summary.json", json.dumps(summary, indent=2) + "\n")


def _plain(value: Any) -> str:
    """Return a value of ``run.json`` as people read it."""
    if isinstance(value, dict):
        return "(" + ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items()) + ")"
    return str(value)
