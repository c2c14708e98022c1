"""Agents and games as people type them: ``mds(blueprint=information, rollouts=200)``, ``strong=policy:solution.npz``.

    specification = [label "="] name [":" rest] ["(" key "=" value ("," key "=" value)* ")"]
    value         = number | true | false | none | 'text' | "text" | specification

A value that is none of the others is a specification itself, kept as text: a word, a path, or an agent with options
of its own. A path that ends in ``.safetensors`` is read as ``neural:`` and the path. A name may be the path of a file
``.py``.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin, get_type_hints

Value = int | float | bool | str | None

_LABEL = re.compile(r"([A-Za-z0-9_.+ -]+)=(?!=)")
_NAME = re.compile(r"[A-Za-z0-9_.+-]+")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST = 5000  # characters of a specification
_WEIGHTS = ".safetensors"
_WORDS: dict[str, Value] = {"true": True, "false": False, "none": None}
_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


@dataclass(frozen=True)
class Specification:
    """A parsed specification: ``name[:rest](arguments)`` under a label (by default, the text itself)."""

    text: str
    label: str
    name: str
    rest: str = ""
    arguments: dict[str, Value] = field(default_factory=dict)


def parse_specification(text: str) -> Specification:
    """Return the parts of a specification; raises ``ValueError`` with one sentence if it is not one."""
    if len(text) > _LONGEST:
        raise ValueError(f"{text[:40]!r} ... has {len(text):,} characters, more than a specification may have")
    whole = text.strip()
    found = _LABEL.match(whole)
    label = found[1].strip() if found else ""
    body = whole[found.end() :].strip() if found else whole
    if not body:
        raise ValueError(f"{text!r} names no agent")
    head, arguments = _split_arguments(body)
    if head.endswith(_WEIGHTS) and ":" not in head:
        head = body = f"neural:{head}"
    name, _, rest = head.partition(":")
    if not (_NAME.fullmatch(name.strip()) or name.strip().endswith(".py")):
        raise ValueError(f"{text!r} should begin with a name of letters, digits, '-' and '_', not {name!r}")
    canonical = body if not arguments else f"{head}({', '.join(f'{k}={_shown(v)}' for k, v in arguments.items())})"
    return Specification(canonical, label or canonical, name.strip(), rest.strip(), arguments)


def _shown(value: Value) -> str:
    if isinstance(value, str):
        return value if re.fullmatch(r"[^,'\"\s]+|[^'\"]*\([^'\"]*\)", value) else repr(value)
    return str(value).lower() if value is None or isinstance(value, bool) else repr(value)


def _split_arguments(body: str) -> tuple[str, dict[str, Value]]:
    """Return what stands before the last parenthesis that closes the text, and the arguments inside it."""
    if not body.endswith(")"):
        if "(" in body and body.count("(") != body.count(")"):
            raise ValueError(f"{body!r} lacks a closing parenthesis")
        return body, {}
    opening = body.find("(")
    if opening < 0:
        raise ValueError(f"{body!r} has a closing parenthesis without an opening one")
    head, inside = body[:opening].strip(), body[opening + 1 : -1]
    arguments: dict[str, Value] = {}
    for part in _split_at_commas(inside, body):
        key, equals, value = part.partition("=")
        key = key.strip()
        if not equals or not _KEY.fullmatch(key) or not value.strip():
            raise ValueError(f"the options of {head!r} are written name=value, not {part.strip()!r}")
        if key in arguments:
            raise ValueError(f"{body!r} gives {key} twice")
        arguments[key] = _value(value.strip())
    return head, arguments


def _split_at_commas(inside: str, body: str) -> list[str]:
    parts, depth, quote, begin = [], 0, "", 0
    for position, character in enumerate(inside):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
            if depth < 0:
                raise ValueError(f"{body!r} has a closing parenthesis without an opening one")
        elif character == "," and depth == 0:
            parts.append(inside[begin:position])
            begin = position + 1
    if depth or quote:
        raise ValueError(f"{body!r} lacks a closing {'quote' if quote else 'parenthesis'}")
    parts.append(inside[begin:])
    return [part for part in parts if part.strip()]


def _value(text: str) -> Value:
    if text[0] in "'\"":
        if len(text) < 2 or text[-1] != text[0] or text[0] in text[1:-1]:
            raise ValueError(f"{text} is not a quoted text")
        return text[1:-1]
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the remedy for a name that does not exist: the nearest one, or all of them."""
    known = list(names)
    close = difflib.get_close_matches(name.lower().replace("-", "_"), known, n=1, cutoff=0.5)
    close = close or difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"


def checked_arguments(name: str, function: Callable[..., Any], arguments: dict[str, Value]) -> dict[str, Any]:
    """Return the arguments converted to the types of the keyword-only parameters of a function or a dataclass.

    Raises ``ValueError`` with one sentence for an argument that the function does not have or cannot take.
    """
    hints = get_type_hints(function)
    known = {
        key: parameter
        for key, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    converted = {}
    for key, value in arguments.items():
        if key not in known:
            remedy = nearest(key, known) if known else "it takes none"
            raise ValueError(f"{name} has no option {key!r}: {remedy}")
        converted[key] = _converted(name, key, value, hints.get(key, Any))
    missing = [k for k, p in known.items() if p.default is inspect.Parameter.empty and k not in converted]
    if missing:
        raise ValueError(f"{name} needs the option {missing[0]}, as in {name}({missing[0]}=...)")
    return converted


def _any_of(names: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _converted(name: str, key: str, value: Value, hint: Any) -> Any:
    if hint is Any:
        return value
    kinds = (hint,) if get_origin(hint) is Literal else get_args(hint) or (hint,)
    if value is None and type(None) in kinds:
        return None
    for kind in kinds:
        if get_origin(kind) is Literal and value in get_args(kind):
            return value
        if type(value) is kind:
            return value
        if kind is float and type(value) is int:
            return float(value)
        if kind is int and type(value) is float and value.is_integer():
            return int(value)
        if kind is str and type(value) in (int, float):
            return str(value)
    wanted = " or ".join(_KINDS.get(kind) or _any_of(get_args(kind)) for kind in kinds if kind is not type(None))
    raise ValueError(f"the option {key} of {name} must be {wanted}, not {_shown(value)}")
