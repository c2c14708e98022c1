"""The analysis as one page of HTML: the JSON, a style sheet and a script inside, nothing from elsewhere."""

from __future__ import annotations

import json
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any


@cache
def _template() -> str:
    return files("agents.analysis").joinpath("page.html").read_text(encoding="utf-8")


def page_of(data: dict[str, Any]) -> str:
    """Return the page of an analysis (``agents.analysis.data``)."""
    told = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    title = f"Hanabi, {' and '.join(data['players'])}: {len(data['moves'])} moves, {data['score']} points"
    return _template().replace("{{title}}", escape(title)).replace("{{data}}", told)
