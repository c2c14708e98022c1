"""The forms of a vote: which columns name its two sides, which one says who won, and what the words there mean.

One table, ``FORMS``, from the names of columns to the two sides and the reading of their verdict; one normaliser of
verdicts, ``left_share``. A new form is a line of the table.

A verdict is the share of the vote that goes to the left side: 1 or 0 for a win, 1/2 for a tie, anything between for a
judge that gives a probability. What is no verdict – empty, null, ``error`` – is no vote.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

Fields = Mapping[str, str]
Shares = tuple[float, ...]

_TIES = {"tie", "draw", "both", "equal", "same", "bothbad", "tie(bothbad)", "bothgood"}
_TRUE = {"1", "1.0", "true", "yes"} | _TIES
_FALSE = {"", "0", "0.0", "false", "no", "none", "null", "nan"}
_NOTHING = {"", "none", "null", "nan", "error", "n/a"}
_WEIGHTS = ("weight", "count", "votes")
_SYMBOLS = re.compile(r"\[{0,2}([ab])(>{1,2}|<{1,2}|=+)([ab])\]{0,2}")
UNNAMED = "baseline"
"""What the other side is called where a file compares every model with one that it does not name."""


class Vote(NamedTuple):
    """One comparison: the left side gets ``share`` of ``weight``, the right side the rest."""

    left: str
    right: str
    share: float
    weight: float


class Form(NamedTuple):
    """Columns of the two sides and of the verdict (all must be there), and how the verdict is read.

    ``shares`` gives one share for each game that a line holds; nothing where there is no verdict. It raises
    ``ValueError`` for what is no verdict and not empty.
    """

    left: str
    right: str
    verdict: tuple[str, ...]
    shares: Callable[[Fields, Form], Shares]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that must be there."""
        return tuple(name for name in (self.left, self.right, *self.verdict) if name)


def _decided(fields: Fields, form: Form) -> Shares:
    """The columns themselves say who won; ``tie``, or a weight that says so, makes it a tie."""
    tie = _flag(fields.get("tie", ""), "tie")
    return (0.5 if tie or any(_plain(fields.get(name, "")) in ("tie", "draw") for name in _WEIGHTS) else 1.0,)


def _named(fields: Fields, form: Form) -> Shares:
    return _one(fields, form, form.verdict[0])


def _one(fields: Fields, form: Form, column: str) -> Shares:
    share = left_share(fields.get(column, ""), form, fields, column)
    return () if share is None else (share,)


def _one_hot(fields: Fields, form: Form) -> Shares:
    columns = (*form.verdict, "winner_tie")
    first, second, tie = (_flag(fields.get(name, ""), name) for name in columns)
    if first + second + tie != 1:
        raise ValueError(f"exactly one of {', '.join(columns)} must be 1")
    return (0.5 if tie else float(first),)


def _both_orders(fields: Fields, form: Form) -> Shares:
    """A pair shown in both orders is one vote: a win where both games agree, else a tie (FastChat's MT-bench)."""
    games = [*_one(fields, form, "g1_winner"), *(_one(fields, form, "g2_winner") if "g2_winner" in fields else ())]
    if len(games) < 1 + ("g2_winner" in fields):
        return ()
    return (games[0] if len(set(games)) == 1 else 0.5,)


def _graded(fields: Fields, form: Form) -> Shares:
    """1 is the left side, 2 the right one, 1.5 (or 0) a tie; 1.99 gives the right one .99 of a vote (AlpacaEval)."""
    text = fields.get(form.verdict[0], "")
    try:
        grade = float(text)
    except ValueError:
        return _named(fields, form)
    if math.isnan(grade):
        return ()
    if grade == 0.0:
        return (0.5,)
    if not 1.0 <= grade <= 2.0:
        raise ValueError(f"the preference must be between 1 ({form.left}) and 2 ({form.right}), not {text[:40]}")
    return (2.0 - grade,)


def _games(fields: Fields, form: Form) -> Shares:
    """Scores A>>B, A>B, A=B of one or two games, the second with the sides exchanged (Arena-Hard); >> counts as >."""
    found = []
    for place, score in enumerate(fields[form.verdict[0]].split(";")):
        share = left_share(score, form, fields, "score")
        if share is not None:
            found.append(1.0 - share if place % 2 else share)
    return tuple(found)


_SIDES = (
    ("model_a", "model_b"),
    ("left", "right"),
    ("model_1", "model_2"),
    ("generator_1", "generator_2"),
    ("baseline", "model"),
)
_VERDICTS: tuple[tuple[str, Callable[[Fields, Form], Shares]], ...] = (
    ("winner", _named),
    ("preference", _graded),
    ("g1_winner", _both_orders),
    ("games", _games),
)
FORMS: tuple[Form, ...] = (
    Form("winner", "loser", (), _decided),
    Form("chosen_model", "rejected_model", (), _decided),
    Form("chosen", "rejected", (), _decided),
    *(Form(left, right, (verdict,), read) for left, right in _SIDES for verdict, read in _VERDICTS),
    Form("model_a", "model_b", ("winner_model_a", "winner_model_b"), _one_hot),
    Form("", "model", ("games",), _games),
)
OPTIONAL = frozenset({"winner_tie", "tie", "g2_winner", *_WEIGHTS})
"""Columns that a form may have, and need not."""
KNOWN = "winner,loser[,weight] or model_a,model_b,winner"
"""The forms that errors name; ``docs/preference_games.md`` lists all."""


def form_of(names: Collection[str]) -> Form | None:
    """Return the form of a vote list with these columns, the first that fits, if any does."""
    return next((form for form in FORMS if all(name in names for name in form.columns)), None)


def columns_of(names: Collection[str]) -> frozenset[str]:
    """Return which columns say something of a vote: those of the form, or of any where none fits."""
    form = form_of(names)
    return OPTIONAL.union(*([form.columns] if form else [one.columns for one in FORMS]))


def nearly(names: Collection[str]) -> str:
    """Return a sentence on what columns lack to be those of a vote list; nothing if they are not nearly so."""
    if form_of(names) is not None:
        return ""
    for left, right in _SIDES:
        if left in names and right in names:
            verdicts = ", ".join(verdict for verdict, _ in _VERDICTS)
            return (
                f"it looks like a vote log of {left} and {right}, and lacks the column that says who won ({verdicts}): "
                f"winner is one of {left}, {right}, tie"
            )
    if "winner" in names:
        sides = ", ".join(f"{left} and {right}" for left, right in (("loser", ""), *_SIDES)).replace(" and ,", ",")
        return f"it looks like a vote log with a winner, and lacks the columns of the two sides: {sides}"
    return ""


def vote_of(fields: Fields) -> list[Vote]:
    """Return the votes of one line, none where it has no verdict; raises ``ValueError`` for what is wrong with it."""
    form = form_of(fields)
    if form is None:
        raise ValueError(nearly(fields) or f"the keys of a vote are {KNOWN}, not {','.join(fields)[:80]!r}")
    left, right = _pair(fields[form.left] if form.left else UNNAMED, fields[form.right])
    shares = form.shares(fields, form)
    weight = _weight(fields, decided=not form.verdict) if shares else 1.0
    return [Vote(left, right, share, weight) for share in shares]


def left_share(text: str, form: Form, fields: Fields, column: str) -> float | None:
    """Return what the left side gets of a vote whose verdict is this text; ``None`` where it is no verdict.

    Known are the alternatives' own names, the names of the two columns and their last words (``model_a``, ``a``), left
    and right, ties in all their spellings, and the symbols A>>B, A>B, A=B, with or without brackets.
    """
    if form.left and text and text in (fields[form.left], fields[form.right]):
        return float(text == fields[form.left])
    plain = _plain(text)
    if plain in _NOTHING:
        return None
    if plain in _TIES:
        return 0.5
    for share, name, words in ((1.0, form.left, ("a", "left")), (0.0, form.right, ("b", "right"))):
        if name and plain in (name, name.rpartition("_")[2], *words):
            return share
    if (found := _SYMBOLS.fullmatch(plain)) and found[1] != found[3]:
        if found[2][0] == "=":
            return 0.5
        return float((found[1] == "a") == (found[2][0] == ">"))
    choices = f"{form.left}, {form.right}, tie or tie (bothbad)" if form.left else "A>>B, A>B, A=B, B>A or B>>A"
    raise ValueError(f"the {column.removeprefix('g1_').removeprefix('g2_')} must be {choices}, not {text[:40]!r}")


def _pair(one: str, other: str) -> tuple[str, str]:
    if not one or not other:
        raise ValueError("a vote needs the labels of two alternatives, and one is empty")
    if one == other:
        raise ValueError(f"{one!r} is compared with itself")
    return one, other


def _plain(text: str) -> str:
    return text.lower().replace(" ", "").replace("both_bad", "bothbad")


def _flag(text: str, name: str) -> bool:
    plain = _plain(text)
    if plain not in _TRUE and plain not in _FALSE:
        raise ValueError(f"{name} must be 1 or 0, not {text[:40]!r}")
    return plain in _TRUE


def _weight(fields: Fields, decided: bool) -> float:
    """Return the weight; where the columns say who won, it may say ``tie`` instead, and is 1."""
    text = next((fields[name] for name in _WEIGHTS if fields.get(name)), "1")
    if decided and _plain(text) in ("tie", "draw"):
        return 1.0
    try:
        weight = float(text)
    except ValueError:
        raise ValueError(f"the weight {text[:40]!r} is not a number") from None
    if not (math.isfinite(weight) and weight > 0):
        raise ValueError(f"the weight must be a finite number above 0, not {text[:40]}")
    return weight
