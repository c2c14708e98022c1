"""The games of a run on disk: the lines of finished groups, appended as they come and put in order at the end.

A group (``agents.runs.schedule``) has one line or several in a file, as many in each other. They are appended file by
file, so a group counts when it is whole in all of them; what a killed process left of one is dropped. In memory there
is only where the lines are, so that millions of games fit; a run without a folder has a temporary one.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from agents.runs.schedule import Piece
from games._base.files import whole_file
from games._base.records import Check, read_lines
from games._base.run_folder import Claim, RunFolder

Key = tuple[int, int]
"""(unit, deal)."""


class Chunk(NamedTuple):
    """Finished groups of a unit.

    texts : for each file of the folder, the lines of each deal. seconds : of playing.
    """

    unit: int
    deals: list[int]
    texts: dict[str, list[str]]
    seconds: float


class Lines:
    """Lines that are read anew whenever they are gone through, so that none stays in memory."""

    def __init__(self, read: Callable[[], Iterator[dict[str, Any]]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._read()


class GamesFolder(RunFolder):
    """A run folder with the lines of its games.

    Parameters
    ----------
    folder : where; ``None``: a temporary one, which goes when it is closed (``kept`` tells).
    claim : whose it is. files : their names, with what a line must be; the last one is written last.
    key : the group that a line belongs to.
    """

    def __init__(
        self, folder: Path | None, claim: Claim, files: Mapping[str, Check], key: Callable[[Mapping[str, Any]], Key]
    ) -> None:
        self.kept = folder is not None
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="tamaya-")
        self._files, self._key = files, key
        self._spans: dict[Key, tuple[int, ...]] = {}  # where its lines begin and end in each file
        self._ends = [0] * len(files)
        super().__init__(folder or Path(self._temporary.name), claim)  # type: ignore[union-attr]

    def _unused(self) -> bool:
        """Return whether the folder has a claim and nothing else, as a run leaves it that failed in its first game."""
        return {path.name for path in self.folder.iterdir()} == {self.claim.file}

    def _read(self) -> None:
        found = [self._read_file(name, check) for name, check in self._files.items()]
        for key, (_, _, count) in found[0].items():
            spans = [file.get(key, (0, 0, 0)) for file in found]
            if all(span[2] == count for span in spans):
                self._spans[key] = tuple(place for span in spans for place in span[:2])
        self._find_ends()

    def _find_ends(self) -> None:
        places = range(1, 2 * len(self._files), 2)
        self._ends = [max((span[place] for span in self._spans.values()), default=0) for place in places]

    def _read_file(self, name: str, check: Check) -> dict[Key, tuple[int, int, int]]:
        """Return start, end and number of the lines of each group that stand together."""
        spans: dict[Key, tuple[int, int, int]] = {}
        for line in read_lines(self.folder / name, check, self.claim.remedy):
            key = self._key(line.value)
            start, stop, count = spans.get(key, (0, -1, 0))
            spans[key] = (start, line.stop, count + 1) if stop == line.start else (line.start, line.stop, 1)
        return spans

    def close(self) -> None:
        super().close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __contains__(self, key: Key) -> bool:
        return key in self._spans

    def __len__(self) -> int:
        return len(self._spans)

    def keys(self) -> list[Key]:
        """Return (unit, deal) of all groups, in order."""
        return sorted(self._spans)

    def missing(self, piece: Piece) -> list[int]:
        """Return the deals of a piece that are not played."""
        return [deal for unit, deal in piece.keys if (unit, deal) not in self._spans]

    def forget_last(self, key: Key) -> bool:
        """Forget a torn group, if it is the last one of every file; return whether it is."""
        last = list(self._spans[key][1::2]) == self._ends
        if last:
            del self._spans[key]
            self._find_ends()
        return last

    def add(self, chunk: Chunk) -> None:
        """Append finished groups; raises ``OSError`` as the disk does."""
        keys = [(chunk.unit, deal) for deal in chunk.deals]
        spans: dict[Key, tuple[int, ...]] = dict.fromkeys(keys, ())
        for file, name in enumerate(self._files):
            with (self.folder / name).open("ab") as stream:
                stream.truncate(self._ends[file])
                self._write(stream, file, zip(keys, chunk.texts[name], strict=True), spans)
        self._spans.update(spans)

    def _write(
        self, stream: BinaryIO, file: int, texts: Iterable[tuple[Key, str]], spans: dict[Key, tuple[int, ...]]
    ) -> None:
        """Write groups to the end of a file, and note where they are."""
        for key, text in texts:
            start = self._ends[file]
            self._ends[file] += stream.write(text.encode())
            spans[key] += (start, self._ends[file])

    def texts(self, name: str, keys: Iterable[Key]) -> Iterator[str]:
        """Yield the lines of groups in a file, as one text a group, in the order of the keys."""
        place = 2 * list(self._files).index(name)
        if not self._spans:
            return
        with (self.folder / name).open("rb") as stream:
            for key in keys:
                if (span := self._spans.get(key)) is not None:
                    stream.seek(span[place])
                    yield stream.read(span[place + 1] - span[place]).decode()

    def lines(self, name: str, keys: Iterable[Key]) -> Iterator[dict[str, Any]]:
        """Yield the lines of groups in a file, in the order of the keys."""
        for text in self.texts(name, keys):
            yield from map(json.loads, text.splitlines())

    def all_lines(self, name: str, keys: Sequence[Key]) -> Lines:
        """Return what can be gone through several times: the lines of groups in a file, read anew each time."""
        return Lines(lambda: self.lines(name, keys))

    def put_in_order(self, keys: Iterable[Key] | None = None) -> None:
        """Write the files anew, each whole, with the groups in the order of the keys; ``None``: all, in their order."""
        ordered = self.keys() if keys is None else [key for key in keys if key in self._spans]
        spans: dict[Key, tuple[int, ...]] = dict.fromkeys(ordered, ())
        for file, name in enumerate(self._files):
            texts = zip(ordered, self.texts(name, ordered), strict=True)
            with whole_file(self.folder / name) as temporary, temporary.open("wb") as stream:
                self._ends[file] = 0
                self._write(stream, file, texts, spans)
        self._spans = spans
