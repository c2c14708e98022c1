"""The documents: links lead somewhere, every page is on the site, and the reference has every name of the front door."""

from __future__ import annotations

import inspect
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

import tamaya

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))])
FUNCTIONS = [name for name in tamaya.__all__ if inspect.isfunction(getattr(tamaya, name))]
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as the site and GitHub make them."""
    found = set()
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for heading in re.findall(r"^#+ (.+)$", prose, re.MULTILINE):
        plain = unicodedata.normalize("NFKD", re.sub(r"[`*]", "", heading))
        found.add(re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain.lower())).strip("-"))
    return found


def links(page: Path) -> Iterator[str]:
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    for target in _LINK.findall(text):
        if not re.match(r"\w+:", target):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for target in links(page):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_relative_to(ROOT), target
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), f"{target}: no such heading"


def test_every_page_is_on_the_site_once() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    named = re.findall(r"[\w/]+\.md", navigation)
    assert sorted(named) == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))


def test_every_picture_is_shown() -> None:
    shown = {(page.parent / target).resolve() for page in PAGES for target in links(page)}
    assert [path.name for path in sorted(DOCS.rglob("*.png")) if path not in shown] == []


def test_benchmarks_write_into_documents_that_are_there() -> None:
    sources = [ROOT / "Makefile", *sorted((ROOT / "benchmarks").glob("*.py"))]
    updated = [name for path in sources for name in re.findall(r"--update (\S+\.md)", path.read_text(encoding="utf-8"))]
    assert len(updated) > 20
    for name in set(updated):
        assert re.search(r"^<!-- [\w ]+ -->$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE), name


def test_the_reference_has_every_name() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    assert sorted(re.findall(r"^::: tamaya\.(\w+)$", pages, re.MULTILINE)) == sorted(
        name for name in tamaya.__all__ if name != "__version__"
    )
