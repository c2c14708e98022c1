"""How docstrings are written here, for the reader of numpy's style that builds the reference.

``name : text`` in a section is a name and what it means, where numpy's style has a type, which the signature says here
anyway; formulas of Sphinx are shown as they are typed.
"""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension

_SECTION = re.compile(r"^(Parameters|Attributes)\n-{3,}\n(.*?)(?=^\w[^\n]*\n-{3,}\n|\Z)", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r"^(\w[\w, *]*) : (.*)$", re.MULTILINE)
_FORMULA = re.compile(r":math:`([^`]*)`")


def _spelt_out(section: re.Match[str]) -> str:
    body = _ENTRY.sub(lambda entry: f"{entry.group(1)}\n    {entry.group(2)}", section.group(2))
    return f"{section.group(1)}\n{'-' * len(section.group(1))}\n{body}"


class HouseDocstrings(Extension):
    """Rewrite each docstring before it is parsed."""

    def on_instance(self, *, obj: Any, **_: Any) -> None:
        if obj.docstring is not None:
            text = _FORMULA.sub(r"`\1`", obj.docstring.value)
            obj.docstring.value = _SECTION.sub(_spelt_out, text)
