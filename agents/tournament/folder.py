"""The folder of a tournament: what was asked, a line a game, results; resumable, and the same whoever played what.

``run.json`` holds what decides the outcome (``games._base.run_folder``). Everything that a clock has measured is in
``timings.jsonl``: at the end the other files are byte for byte the same for any number of workers and of interruptions,
if all agents repeat (``agents.registry``). ``histories.jsonl`` has all actions of every game, those of chance included.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agents.game import Game
from agents.runs.folder import GamesFolder, Key
from agents.runs.schedule import Match, Piece, keys_of
from games._base.errors import UsageError
from games._base.files import write_whole
from games._base.records import Check, fields, number, optional, rows, text, unknown, whole
from games._base.run_folder import Claim

GAMES, TIMINGS, HISTORIES = "games.jsonl", "timings.jsonl", "histories.jsonl"
_UNFINISHED = "journal.jsonl"  # of the first edition


def _key(line: Mapping[str, Any]) -> Key:
    return line["unit"], line["deal"]


def _lines(game: Game) -> dict[str, Check]:
    """Return what the lines of a game's files must be."""
    place: dict[str, Check] = {"unit": whole(), "deal": whole()}
    room = 1e-9 * max(1.0, abs(game.lowest), abs(game.highest))

    def seats(inner: Check) -> Check:
        return rows(inner, game.players, game.players)

    forfeit = fields({"seat": whole(0, game.players - 1), "reason": text()}, rest=unknown)
    played: dict[str, Check] = {
        "seats": seats(text()),
        "returns": seats(number(game.lowest - room, game.highest + room)),
        "moves": whole(),
        "forfeit": optional(forfeit),
    }
    timed: dict[str, Check] = {"game": whole(), "seconds": seats(number(0.0)), "moves": seats(whole())}
    further: dict[str, Check] = {
        "adjustment": optional(seats(number())),
        "beliefs": optional(seats(optional(rows(whole(), 3, 3)))),
    }
    history: dict[str, Check] = {"game": whole(), "actions": rows(whole())}
    return {
        TIMINGS: fields(place | timed, rest=unknown),
        HISTORIES: fields(place | history, rest=unknown),
        GAMES: fields(place | played, further, unknown),
    }


class TournamentFolder(GamesFolder):
    """The files of a tournament.

    Parameters
    ----------
    folder : where, or ``None``. game, labels : what is played by whom.
    identity : what decides the outcome, as JSON; budget : the number of games, which may grow from call to call.

    Raises ``UsageError`` if the folder belongs to another tournament, is in use, damaged, or cannot be written.
    """

    def __init__(
        self, folder: Path | None, game: Game, labels: Sequence[str], identity: Mapping[str, Any], budget: int
    ) -> None:
        self._labels = labels
        self._checked: set[tuple[int, int, int]] = set()
        claim = Claim(
            {**identity, "games": budget},
            "a tournament",
            grows=("games",),
            strangers=(GAMES, TIMINGS, HISTORIES, _UNFINISHED),
        )
        super().__init__(folder, claim, _lines(game), _key)

    def _read(self) -> None:
        if (self.folder / _UNFINISHED).exists():
            raise UsageError(f"{self.folder} holds a tournament that an older version began: {self.claim.remedy}")
        super()._read()

    def missing(self, piece: Piece) -> list[int]:
        match, first, stop = piece
        if (match.unit, first, stop) not in self._checked:
            self._check(piece)
            self._checked.add((match.unit, first, stop))
        return super().missing(piece)

    def _check(self, piece: Piece) -> None:
        """Raise ``UsageError`` unless the groups that were found are those of the match."""
        wanted = [([self._labels[agent] for agent in seating], i) for i, seating in enumerate(piece.match.seatings)]
        for key in piece.keys:
            if key in self:
                numbers = [[line["game"] for line in self.lines(name, [key])] for name in (TIMINGS, HISTORIES)]
                found = list(zip((line["seats"] for line in self.lines(GAMES, [key])), numbers[0], strict=True))
                if (found != wanted or numbers[0] != numbers[1]) and not (
                    found == wanted[: len(found)] and self.forget_last(key)
                ):
                    place = f"unit {key[0]}, deal {key[1]}"
                    raise UsageError(
                        f"{self.folder / GAMES} is damaged, {place} is no group of the tournament: {self.claim.remedy}"
                    )

    def advantages(self, match: Match, first: int, stop: int) -> list[float]:
        """Return, for each deal, half the first agent's return less the second's, averaged over the seatings."""
        found = []
        for deal in range(first, stop):
            total = 0.0
            for seating, line in zip(match.seatings, self.lines(GAMES, [(match.unit, deal)]), strict=True):
                one, other = (seating.index(agent) for agent in match.agents)
                total += line["returns"][one] - line["returns"][other]
            found.append(total / (2 * len(match.seatings)))
        return found

    def finish(self, results: Mapping[str, Any], pieces: Sequence[Piece]) -> None:
        """Put the files in order and write the results."""
        self.put_in_order(keys_of(pieces))
        write_whole(self.folder / "results.json", json.dumps(results, indent=2, ensure_ascii=False) + "\n")
