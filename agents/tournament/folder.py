"""The folder of a tournament: what was asked, a line a game, results; resumable, and the same whoever played what.

``run.json`` holds what decides the outcome, so that a second call with the same folder goes on where the first stopped
and a call with other options is refused. Each finished group of games is one appended line of ``journal.jsonl`` (a torn
last line is dropped when the tournament goes on); at the end ``games.jsonl``, ``timings.jsonl`` and ``results.json``
are written whole and in order, and the journal is deleted. Everything that a clock has measured is in
``timings.jsonl``: the other files are byte for byte the same for any number of workers and of interruptions.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agents.tournament.games import Chunk
from agents.tournament.schedule import Match, Piece
from games._base.errors import UsageError
from games._base.files import write_whole
from games._base.output_folder import OutputFolder

Key = tuple[int, int]
"""(unit, deal)."""


class Played:
    """The groups that are finished, in memory: their lines as text, so that hundreds of thousands fit."""

    def __init__(self) -> None:
        self.games: dict[Key, str] = {}
        self.timings: dict[Key, str] = {}

    def add(self, chunk: Chunk) -> None:
        """Take in a finished chunk."""
        for deal, games, timings in zip(chunk.deals, chunk.games, chunk.timings, strict=True):
            self.games[chunk.unit, deal] = games
            self.timings[chunk.unit, deal] = timings

    def missing(self, piece: Piece) -> list[int]:
        """Return the deals of a piece that are not played."""
        return [deal for deal in range(piece.first, piece.stop) if (piece.match.unit, deal) not in self.games]

    def lines(self, pieces: Sequence[Piece]) -> Iterator[dict[str, Any]]:
        """Yield the lines of the pieces in order."""
        for text in self._texts(self.games, pieces):
            yield from (json.loads(line) for line in text.splitlines())

    def timing_lines(self, pieces: Sequence[Piece]) -> Iterator[dict[str, Any]]:
        """Yield the clock's lines of the pieces in order."""
        for text in self._texts(self.timings, pieces):
            yield from (json.loads(line) for line in text.splitlines())

    @staticmethod
    def _texts(of: Mapping[Key, str], pieces: Sequence[Piece]) -> Iterator[str]:
        for piece in pieces:
            for deal in range(piece.first, piece.stop):
                yield of.get((piece.match.unit, deal), "")

    def advantages(self, match: Match, first: int, stop: int) -> list[float]:
        """Return, for each deal, half the first agent's return less the second's, averaged over the seatings."""
        found = []
        for deal in range(first, stop):
            lines = [json.loads(line) for line in self.games[match.unit, deal].splitlines()]
            total = 0.0
            for seating, line in zip(match.seatings, lines, strict=True):
                one, other = (seating.index(agent) for agent in match.agents)
                total += line["returns"][one] - line["returns"][other]
            found.append(total / (2 * len(lines)))
        return found


class TournamentFolder(Played, OutputFolder):
    """The files of a tournament; a context manager, because it keeps other commands off the folder while it is open.

    ``job`` is what decides the outcome, as JSON; ``budget`` is the number of games asked for, which may grow from call
    to call. Raises ``UsageError`` if the folder belongs to another tournament, is in use, or cannot be written.
    """

    def __init__(self, folder: Path, job: Mapping[str, Any], budget: int) -> None:
        super().__init__()
        self._job = json.loads(json.dumps(job))
        self._budget = budget
        self._journal = folder / "journal.jsonl"
        self._open(folder)

    def _resume(self) -> None:
        self._claim()
        self._read()

    def _claim(self) -> None:
        """Check that the folder is this tournament's; if it is new, say so in it."""
        path = self.folder / "run.json"
        if not path.exists():
            if (self.folder / "games.jsonl").exists():
                raise UsageError(f"{self.folder} has a games.jsonl of something else: choose another output folder")
            self._write_claim()
            return
        what = "a tournament's description: choose another output folder"
        found = self._claimed(path, what)
        if not isinstance(found.get("games"), int):
            raise UsageError(f"{path} is not {what}")
        for key, value in self._job.items():
            if found.get(key) != value:
                raise UsageError(
                    f"{self.folder} holds a tournament with {key} = {_plain(found.get(key))}, not {_plain(value)}: "
                    "choose another output folder, or delete that one"
                )
        if found["games"] > self._budget:
            raise UsageError(
                f"{self.folder} holds a tournament with {found['games']} games, so --games must be at least that, "
                f"not {self._budget}: choose another output folder for a shorter one"
            )
        if found["games"] < self._budget:
            self._write_claim()

    def _write_claim(self) -> None:
        text = json.dumps(self._job | {"games": self._budget}, indent=2, ensure_ascii=False)
        write_whole(self.folder / "run.json", text + "\n")

    def _read(self) -> None:
        """Take in what is finished; cut off a torn last line of the journal, so that appending goes on cleanly."""
        self.games = _grouped(self.folder / "games.jsonl")
        self.timings = _grouped(self.folder / "timings.jsonl")
        if not self._journal.exists():
            return
        data = self._journal.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            os.truncate(self._journal, len(whole))
        with _damaged(self._journal):
            for line in whole.splitlines():
                entry = json.loads(line)
                key = int(entry["unit"]), int(entry["deal"])
                self.games[key], self.timings[key] = str(entry["games"]), str(entry["timings"])

    def add(self, chunk: Chunk) -> None:
        super().add(chunk)
        parts = zip(chunk.deals, chunk.games, chunk.timings, strict=True)
        entries = [
            {"unit": chunk.unit, "deal": deal, "games": games, "timings": timings} for deal, games, timings in parts
        ]
        with self._journal.open("ab") as stream:
            stream.write("".join(json.dumps(entry) + "\n" for entry in entries).encode())

    def finish(self, results: Mapping[str, Any], pieces: Sequence[Piece]) -> None:
        """Put the files in order and write the results."""
        for name, of in (("timings.jsonl", self.timings), ("games.jsonl", self.games)):
            write_whole(self.folder / name, "".join(self._texts(of, pieces)))
        text = json.dumps(results, indent=2, ensure_ascii=False)
        write_whole(self.folder / "results.json", text + "\n")
        self._journal.unlink(missing_ok=True)


@contextmanager
def _damaged(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{path} is damaged: choose another output folder, or delete that one") from None


def _grouped(path: Path) -> dict[Key, str]:
    """Return the lines of a file by (unit, deal)."""
    if not path.exists():
        return {}
    groups: dict[Key, str] = {}
    with _damaged(path):
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
            found = json.loads(line)
            key = int(found["unit"]), int(found["deal"])
            groups[key] = groups.get(key, "") + line
    return groups


def _plain(value: Any) -> str:
    """Return a value of ``run.json`` as people read it."""
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(item) for item in value) or "none"
    return "none" if value is None else str(value)
