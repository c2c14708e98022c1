"""Links out of ``docs/``, to files of the repository, become their paths on the site, which has no such files."""

from __future__ import annotations

import re
from typing import Any

_OUTSIDE = re.compile(r"\[(`?[^\]`]*`?)\]\((?:\.\./)+([^)#\s]+)(?:#[^)]*)?\)")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Replace links that leave ``docs/`` (mkdocs calls this for every page)."""
    depth = page.file.src_uri.count("/")

    def replaced(match: re.Match[str]) -> str:
        inside = match.group(0).count("../") <= depth
        text, path = match.group(1), match.group(2)
        if inside:
            return match.group(0)
        return (
            f"`{path}`"
            if text.strip("`") == path.rsplit("/", 1)[-1] or text.strip("`") == path
            else f"{text} (`{path}`)"
        )

    return _OUTSIDE.sub(replaced, markdown)
