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

from agents.hanabi_job import HanabiJob, HanabiResult


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that it appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


class RunFolder:
    """The files of one run.

    Raises ``ValueError`` if the folder belongs to a run with other options, or cannot be used.
    """

    def __init__(self, folder: Path, job: HanabiJob) -> None:
        self.folder = folder
        self.job = job
        self._games = folder / "games.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(f"cannot make the output folder {folder}: {error.strerror}") from None
        self._claim()
        self.lines = {int(line["game"]): line for line in self._read(self._games)}

    def _claim(self) -> None:
        """Check that the folder is this job's; if it is new, write the job to it."""
        asked = json.loads(json.dumps(asdict(self.job)))
        path = self.folder / "run.json"
        if not path.exists():
            write_whole(path, json.dumps(asked, indent=2) + "\n")
            return
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise ValueError(f"{path} is not a run's description: choose another output folder") from None
        different = [key for key in asked if found.get(key) != asked[key]]
        if different:
            key = different[0]
            raise ValueError(
                f"{self.folder} holds a run with {key} = {found.get(key)}, not {asked[key]}: "
                "choose another output folder, or delete that one"
            )

    @staticmethod
    def _read(path: Path) -> list[dict[str, Any]]:
        """Return the lines of a file of JSON lines; cut off a torn last line, so that appending goes on cleanly."""
        if not path.exists():
            return []
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            os.truncate(path, len(whole))
        try:
            return [json.loads(line) for line in whole.splitlines()]
        except ValueError:
            raise ValueError(f"{path} is damaged: choose another output folder, or delete that one") from None

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
