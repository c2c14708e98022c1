"""How docstrings are written here, for the reader of numpy's style that builds the reference.

``name : text`` in a section is a name and what it means, where numpy's style has a type, which the signature says here
anyway; a paragraph of such lines alone is a section, too. Formulas of Sphinx are shown as they are typed.
"""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension

_SECTION = re.compile(r"^(Parameters|Attributes)\n-{3,}\n(.*?)(?=^\w[^\n]*\n-{3,}\n|\Z)", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r"^(\w[\w, *]*) : (.*)$", re.MULTILINE)
_BARE = re.compile(r"(?<=\n\n)(?:\w[\w, *]* : [^\n]*\n?(?: {4}[^\n]*\n?)*)+(?=\n|\Z)")
_NEXT = re.compile(r"^\w+\n-{3,}$|^>>> ", re.MULTILINE)
_FORMULA = re.compile(r":math:`([^`]*)`")


def _spelt_out(section: re.Match[str]) -> str:
    body = _ENTRY.sub(lambda entry: f"{entry.group(1)}\n    {entry.group(2)}", section.group(2))
    return f"{section.group(1)}\n{'-' * len(section.group(1))}\n{body}"


def _with_section(text: str, title: str) -> str:
    """Give the first paragraph of ``name : text`` lines a title, and put it behind the prose that follows it."""
    found = _BARE.search(text)
    if found is None or re.search(rf"^({title}|Parameters)\n-{{3,}}$", text, re.MULTILINE):
        return text
    following = _NEXT.search(text, found.end())
    end = following.start() if following else len(text)
    section = f"{title}\n{'-' * len(title)}\n{found.group(0).strip()}"
    prose = text[: found.start()] + text[found.end() : end].strip()
    return f"{prose}\n\n{section}\n\n{text[end:]}"


class HouseDocstrings(Extension):
    """Rewrite each docstring before it is parsed."""

    def on_instance(self, *, obj: Any, **_: Any) -> None:
        if obj.docstring is not None:
            text = _FORMULA.sub(r"`\1`", obj.docstring.value)
            text = _with_section(text, "Attributes" if obj.is_class else "Parameters")
            obj.docstring.value = _SECTION.sub(_spelt_out, text)
