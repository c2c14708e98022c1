"""JSON that comes from a disk, checked: lines of journals and descriptions of runs mean what they say, or are refused.

A *check* is a function that raises ``Fault`` for a value that is not what it should be; checks of parts make checks of
wholes (``rows``, ``fields``). Reading never trusts: NaN and infinities, numbers out of range, texts without end and
values nested without end are faults, whatever Python's parser makes of them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from games._base.errors import UsageError
from games._base.files import present

Check = Callable[[Any], None]

LARGEST = 2**63 - 1
_DEEPEST = 12  # of values that no check describes
_LONGEST = 10_000  # of a text


class Fault(ValueError):
    """What is wrong with a value, beginning with where in it."""


def whole(least: int = 0, most: int = LARGEST) -> Check:
    """Return the check of a whole number from ``least`` to ``most``."""

    def check(value: Any) -> None:
        if type(value) is not int or not least <= value <= most:
            raise Fault(f" must be a whole number from {least} to {most}, not {_shown(value)}")

    return check


def number(least: float = -math.inf, most: float = math.inf) -> Check:
    """Return the check of a finite number from ``least`` to ``most``."""
    kinds = (float, int)

    def check(value: Any) -> None:
        if type(value) not in kinds or not least <= value <= most or not math.isfinite(value):
            bounds = "" if math.isinf(least) else f" of at least {least:g}"
            bounds += "" if math.isinf(most) else f" and at most {most:g}"
            raise Fault(f" must be a finite number{bounds}, not {_shown(value)}")

    return check


def text(longest: int = _LONGEST) -> Check:
    """Return the check of a text of at most ``longest`` characters."""

    def check(value: Any) -> None:
        if type(value) is not str or len(value) > longest:
            raise Fault(f" must be a text of at most {longest} characters, not {_shown(value)}")

    return check


def among(choices: Collection[Any]) -> Check:
    """Return the check of one of some values (hashable ones)."""
    known = frozenset(choices)

    def check(value: Any) -> None:
        if isinstance(value, (list, dict)) or value not in known:
            raise Fault(f" must not be {_shown(value)}")

    return check


def optional(inner: Check) -> Check:
    """Return the check of a value that may be null."""

    def check(value: Any) -> None:
        if value is not None:
            inner(value)

    return check


def rows(inner: Check, least: int = 0, most: int = LARGEST) -> Check:
    """Return the check of a list of ``least`` to ``most`` values."""

    def check(value: Any) -> None:
        if type(value) is not list or not least <= len(value) <= most:
            raise Fault(f" must be a list of {least} to {most} values, not {_shown(value)}")
        place = 0
        try:
            for place, part in enumerate(value):  # noqa: B007
                inner(part)
        except Fault as fault:
            raise Fault(f"[{place}]{fault}") from None

    return check


def plain(value: Any, depth: int = _DEEPEST) -> None:
    """Check a value that nothing else describes: finite numbers, and not nested without end."""
    if isinstance(value, (list, dict)):
        if depth == 0:
            raise Fault(" is nested too deeply")
        for part in value.values() if isinstance(value, dict) else value:
            plain(part, depth - 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Fault(" must be finite")


def unknown(value: Any) -> None:
    """Refuse a value under whatever key: the check of what else an object has, where it has nothing else."""
    raise Fault(" does not belong there")


def fields(required: Mapping[str, Check], others: Mapping[str, Check] | None = None, rest: Check = plain) -> Check:
    """Return the check of an object: it has ``required``, may have ``others``, and ``rest`` checks what else it has."""
    known = {**(others or {}), **required}

    def check(value: Any) -> None:
        if type(value) is not dict:
            raise Fault(f" must be an object, not {_shown(value)}")
        for name in required:
            if name not in value:
                raise Fault(f" lacks {name}")
        name = ""
        try:
            for name, part in value.items():
                known.get(name, rest)(part)
        except Fault as fault:
            raise Fault(f".{name[:40]}{fault}") from None

    return check


def _shown(value: Any) -> str:
    """Return a value in a few characters."""
    if isinstance(value, (list, dict)):
        return f"{len(value)} values"
    if isinstance(value, int) and abs(value) > LARGEST:
        return "a number beyond 64 bits"
    shown = json.dumps(value)
    return shown if len(shown) <= 40 else f"{shown[:40]} ..."


def _refuse(constant: str) -> Any:
    raise Fault(f" holds {constant}, which is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Fault(" has a key twice")
    return found


_DECODER = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_object)


def parse(data: bytes | str, check: Check = plain) -> Any:
    """Return the value of a JSON text that passes a check; raises ``Fault`` for anything else."""
    try:
        value = _DECODER.decode(data.decode("utf-8") if isinstance(data, bytes) else data)
    except Fault:
        raise
    except RecursionError:
        raise Fault(" is nested too deeply") from None
    except ValueError:
        raise Fault(" is not JSON") from None
    check(value)
    return value


class Line(NamedTuple):
    """A line of a file: its value, where it begins and where the next one does, in bytes."""

    value: Any
    start: int
    stop: int


def read_lines(path: Path, check: Check, remedy: str) -> Iterator[Line]:
    """Yield the whole lines of a file of JSON lines (none if there is no file); a torn last line is left out.

    Raises ``UsageError`` with the number of the first line that does not pass the check, and what to do about it.
    """
    if not present(path):
        return
    start = 0
    with path.open("rb") as stream:
        for count, data in enumerate(stream, start=1):
            if not data.endswith(b"\n"):
                return
            try:
                if data.endswith(b"\r\n"):
                    raise Fault(" ends as a line on another system")
                value = parse(data, check)
            except Fault as fault:
                raise UsageError(f"{path} is damaged, line {count}{fault}: {remedy}") from None
            yield Line(value, start, start + len(data))
            start += len(data)
