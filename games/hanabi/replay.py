"""A game of Hanabi to keep: who played what, what a search thought of it, and how to read it again.

A ``GameRecord`` holds the configuration, the deck and the moves; everything else – hands, touched cards, the score –
follows by replaying the rules, so a record that exists is a game that can happen. Files are JSON with cards and moves
in words. ``text()`` is the game as a person reads it; ``hanab_live.py`` sends it to where people watch games.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

from games._base.numbers import whole
from games.hanabi.game import HanabiGame
from games.hanabi.moves import card_text, move_from_id, move_text, parse_card, parse_move
from games.hanabi.state import HanabiState, check_deck, game_from_json, game_to_json

FORMAT = "tamaya-hanabi-replay"
VERSION = 1
DEFAULT_NAMES = ("Alice", "Bob", "Cathy", "Donald", "Emily")


@dataclass(frozen=True)
class Annotation:
    """What a planner thought before a move.

    Attributes
    ----------
    blueprint_move : id of the move that the blueprint would have made.
    planner_move : id of the move that the planner chose (the move made, unless someone overruled it).
    values : estimated final score after each move id; moves without a finite estimate are left out.
    rollouts : of the decision, where a clock decided how many: it takes them to make the decision again.
    """

    blueprint_move: int | None = None
    planner_move: int | None = None
    values: Mapping[int, float] = field(default_factory=dict)
    rollouts: int | None = None

    def __post_init__(self) -> None:
        for name in ("blueprint_move", "planner_move"):
            if (move := getattr(self, name)) is not None:
                object.__setattr__(self, name, whole(move, f"the {name.replace('_', ' ')} of an annotation"))
        finite = {
            whole(move, "a move that has a value"): float(value)
            for move, value in self.values.items()
            if math.isfinite(value)
        }
        object.__setattr__(self, "values", finite)
        if self.rollouts is not None:
            object.__setattr__(self, "rollouts", whole(self.rollouts, "the number of rollouts of an annotation"))


class Step(NamedTuple):
    """One move of a replay: the positions around it (the replay's own copies), and what was thought of it."""

    turn: int  # from 0
    before: HanabiState
    move: int
    after: HanabiState
    annotation: Annotation | None


@dataclass(frozen=True)
class GameRecord:
    """A game of Hanabi, finished or not.

    Parameters
    ----------
    game : the configuration.
    deck : every card of the game as a type, in deal order.
    moves : move ids, in order.
    seed, number : where the deck came from, if it came from a seeded run.
    players : a name for each seat; by default Alice, Bob ...
    annotations : for each move, what a planner thought, or ``None``; by default nothing.

    Raises
    ------
    ValueError
        One sentence, if the deck is not this game's or a move is not legal.

    Examples
    --------
    >>> import tamaya
    >>> small = tamaya.hanabi.small(2)
    >>> state = tamaya.HanabiState.from_seed(small, 0)
    >>> record = tamaya.GameRecord(small, tuple(map(int, state.deck)), moves=(int(state.legal_moves()[0]),))
    >>> record.is_over, len(record.moves)
    (False, 1)
    """

    game: HanabiGame
    deck: tuple[int, ...]
    moves: tuple[int, ...]
    seed: int | None = None
    number: int | None = None
    players: tuple[str, ...] = ()
    annotations: tuple[Annotation | None, ...] = ()

    def __post_init__(self) -> None:
        seats, length = self.game.players, len(self.moves)
        settled = {
            "deck": tuple(int(card) for card in check_deck(self.game, self.deck)),
            "moves": tuple(whole(move, "a move of the record") for move in self.moves),
            "seed": None if self.seed is None else whole(self.seed, "seed"),
            "number": None if self.number is None else whole(self.number, "the number of a game"),
            "players": tuple(self.players) or DEFAULT_NAMES[:seats],
            "annotations": tuple(self.annotations) or (None,) * length,
        }
        for name, value in settled.items():
            object.__setattr__(self, name, value)
        if len(self.players) != seats:
            raise ValueError(f"the record names {len(self.players)} players, but the game has {seats}")
        if len(self.annotations) != length:
            raise ValueError(f"the record has {len(self.annotations)} annotations for {length} moves")
        for annotation in self.annotations:
            if annotation is not None:
                self._check_annotation(annotation)
        _ = self.final  # replays the game once, so that an illegal move is found here

    def _check_annotation(self, annotation: Annotation) -> None:
        named = [annotation.blueprint_move, annotation.planner_move, *annotation.values]
        for move in named:
            if move is not None:
                move_from_id(self.game, move)

    @classmethod
    def from_state(
        cls,
        state: HanabiState,
        *,
        seed: int | None = None,
        number: int | None = None,
        players: Sequence[str] = (),
        annotations: Sequence[Annotation | None] = (),
    ) -> Self:
        """Return the record of the game that led to ``state``."""
        if not isinstance(state, HanabiState):
            raise ValueError("a record needs the whole game, hidden cards and moves included: give a HanabiState")
        deck = tuple(int(card) for card in state.deck)
        return cls(state.game, deck, tuple(state.history), seed, number, tuple(players), tuple(annotations))

    @classmethod
    def from_seed(
        cls,
        game: HanabiGame,
        seed: int,
        number: int,
        moves: Sequence[int],
        *,
        players: Sequence[str] = (),
        annotations: Sequence[Annotation | None] = (),
    ) -> Self:
        """Return the record of ``moves`` on the deck of game ``number`` under ``seed``."""
        deck = tuple(int(card) for card in HanabiState.from_seed(game, seed, number).deck)
        return cls(game, deck, tuple(moves), seed, number, tuple(players), tuple(annotations))

    @cached_property
    def final(self) -> HanabiState:
        """The position after the last move."""
        state = HanabiState(self.game, self.deck)
        for number, move in enumerate(self.moves, start=1):
            try:
                state.apply(move)
            except ValueError as error:
                raise ValueError(f"move {number} of the game: {error}") from None
        return state

    @property
    def score(self) -> int:
        """Score of the last position (the final score if the game is over)."""
        return self.final.score

    @property
    def is_over(self) -> bool:
        """True if the game was played to its end."""
        return self.final.is_terminal

    @property
    def deviations(self) -> tuple[int, ...]:
        """Turns (from 0) whose move is not the one that the blueprint would have made."""
        return tuple(
            turn
            for turn, (move, note) in enumerate(zip(self.moves, self.annotations, strict=True))
            if note is not None and note.blueprint_move is not None and note.blueprint_move != move
        )

    def replay(self) -> Iterator[Step]:
        """Play the game again, move by move; positions are copies and may be kept."""
        before = HanabiState(self.game, self.deck)
        for turn, (move, annotation) in enumerate(zip(self.moves, self.annotations, strict=True)):
            after = before.copy()
            after.apply(move)
            yield Step(turn, before, move, after, annotation)
            before = after

    def to_json(self) -> dict[str, Any]:
        """Return the record as a JSON object, cards and moves in words."""
        notes = [note and _annotation_to_json(self.game, note) for note in self.annotations]
        return {
            "format": FORMAT,
            "version": VERSION,
            "game": game_to_json(self.game),
            "seed": self.seed,
            "number": self.number,
            "players": list(self.players),
            "deck": [card_text(self.game, card) for card in self.deck],
            "moves": [move_text(self.game, move) for move in self.moves],
            "annotations": notes if any(note is not None for note in notes) else [],
            "score": self.score,
        }

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Return the record in an object made by ``to_json``; raises ``ValueError`` saying what is wrong with it.

        The score is checked against the rules.
        """
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise ValueError(f"not a replay: the 'format' entry must be {FORMAT!r}")
        if data.get("version") != VERSION:
            raise ValueError(f"the replay has version {data.get('version')!r}; this program reads version {VERSION}")
        game = game_from_json(data.get("game"))
        notes = [_annotation_from_json(game, note) for note in _items(data, "annotations", (dict, type(None)), [])]
        record = cls(
            game,
            tuple(parse_card(game, card) for card in _items(data, "deck", (str, int))),
            tuple(_parse_move(game, move) for move in _items(data, "moves", (str, int))),
            _optional_integer(data, "seed"),
            _optional_integer(data, "number"),
            tuple(_items(data, "players", (str,), [])),
            tuple(notes),
        )
        score = _optional_integer(data, "score")
        if score is not None and score != record.score:
            raise ValueError(f"the replay claims a score of {score}, but its moves score {record.score}")
        return record

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write ``to_json`` to a file, which appears whole or not at all."""
        target = Path(path)
        temporary = target.with_name(target.name + ".part")
        temporary.write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8")
        temporary.replace(target)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file written by ``save``; raises ``ValueError`` naming the file if it is not one."""
        try:
            return cls.from_json(json.loads(Path(path).read_text(encoding="utf-8")))
        except RecursionError:
            raise ValueError(f"{path}: it is nested too deeply to be a replay") from None
        except OSError as error:
            raise ValueError(f"{path}: cannot be read: {error.strerror}") from None
        except ValueError as error:  # includes malformed JSON and UTF-8
            raise ValueError(f"{path}: {error}") from None


def _items(data: dict[str, Any], key: str, types: tuple[type, ...], default: list[Any] | None = None) -> list[Any]:
    """Return the list under ``key``, every item of one of ``types`` (booleans are not integers)."""
    items = data.get(key, default)
    if not isinstance(items, list) or not all(type(item) in types for item in items):
        names = " or ".join({str: "text", int: "number", dict: "object"}.get(kind, "null") for kind in types)
        raise ValueError(f"the {key!r} entry of a replay must be a list, each item {names}")
    return items


def _optional_integer(data: dict[str, Any], key: str) -> int | None:
    value = data.get(key)
    if value is not None and type(value) is not int:
        raise ValueError(f"the {key!r} entry of a replay must be an integer or null, not {value!r}")
    return value


def _parse_move(game: HanabiGame, move: str | int) -> int:
    return parse_move(game, move) if isinstance(move, str) else move


def _annotation_to_json(game: HanabiGame, note: Annotation) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if note.blueprint_move is not None:
        data["blueprint_move"] = move_text(game, note.blueprint_move)
    if note.planner_move is not None:
        data["planner_move"] = move_text(game, note.planner_move)
    if note.values:
        data["values"] = {move_text(game, move): value for move, value in note.values.items()}
    if note.rollouts is not None:
        data["rollouts"] = note.rollouts
    return data


def _annotation_from_json(game: HanabiGame, data: dict[str, Any] | None) -> Annotation | None:
    if data is None:
        return None

    def move(key: str) -> int | None:
        text = data.get(key)
        if text is not None and not isinstance(text, str):
            raise ValueError(f"the {key!r} of an annotation must be a move in words, not {text!r}")
        return None if text is None else parse_move(game, text)

    values = data.get("values", {})
    if not isinstance(values, dict) or not all(type(value) in (int, float) for value in values.values()):
        raise ValueError("the 'values' of an annotation must be an object from moves in words to numbers")
    return Annotation(
        move("blueprint_move"),
        move("planner_move"),
        {parse_move(game, text): value for text, value in values.items()},
        _optional_integer(data, "rollouts"),
    )
