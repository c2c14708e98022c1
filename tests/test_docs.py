"""The documents: links lead somewhere, every page is on the site, the reference has every name of the front door."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
import runpy
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

import tamaya

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))])
FUNCTIONS = [name for name in tamaya.__all__ if inspect.isfunction(inspect.unwrap(getattr(tamaya, name)))]
CLASSES = [name for name in tamaya.__all__ if inspect.isclass(getattr(tamaya, name))]
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


def test_links_out_of_the_site_are_shown_as_paths() -> None:
    replaced = runpy.run_path(str(DOCS / "site" / "links.py"))["on_page_markdown"]
    page = SimpleNamespace(file=SimpleNamespace(src_uri="games/hanabi.md"))
    text = "[README](../../README.md), [rules](../hanabi.md#rules), [`a.py`](../../examples/a.py)"
    expected = "README (`README.md`), [rules](../hanabi.md#rules), `examples/a.py`"
    assert replaced(text, page=page) == expected


def test_the_reference_has_every_name() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    assert sorted(re.findall(r"^::: tamaya\.(\w+)$", pages, re.MULTILINE)) == sorted(
        name for name in tamaya.__all__ if name != "__version__"
    )


NEVER_RAISES = {"uniform_policy"}
PUBLISHED = {
    *(
        "alpha_rank",
        "analyse",
        "approximate_exploitability",
        "resolve_subgame",
        "best_response",
        "bradley_terry",
        "compile_game",
        "confidence_sequence",
        "evaluate",
    ),
    *("exploitability", "hodge_decomposition", "mean_interval", "nash_average", "nash_conv", "regrets", "solve"),
}
"""Functions that compute what somebody has published."""

HARMLESS = {
    "Agent",
    "Blueprint",
    "Evaluation",
    "Explanation",
    "ExtensiveGame",
    "FollowSeat",
    "PhantomGame",
    "SearchSeat",
}
HARMLESS |= {"Solution", "TournamentOptions"}
"""Classes that are made by what checks first, or by ``check`` later, and raise nothing themselves."""
SEARCHES = {"MirrorDescentBot", "ResolvingBot", "ResolvingPolicy", "SearchOptions", "SearchPolicy", "SearchSeat"}
SEARCHES |= {"SearchSpec", "Evaluation", "ExtensiveGame"}
"""Classes that stand for what somebody has published."""
MADE_ELSEWHERE = {"Agent", "ViewAgent", "HanabiState"}
"""Classes with attributes that a reader asks for, and no parameters, or other ways to be made."""


def sections_of(name: str) -> dict[str, str]:
    """Return the sections of a docstring of the front door, in numpy's style."""
    text = inspect.getdoc(getattr(tamaya, name)) or ""
    return dict(re.findall(r"^(\w+)\n-{3,}\n(.*?)(?=^\w+\n-{3,}\n|\Z)", text, re.MULTILINE | re.DOTALL))


def entries_of(section: str) -> list[str]:
    """Return the names that a section explains, each at the beginning of a line."""
    entries = re.findall(r"^(\w[\w, ]*?)(?: : |$)", section, re.MULTILINE)
    return [part for entry in entries for part in entry.split(", ")]


def test_the_front_door_has_functions_classes_and_two_others() -> None:
    assert sorted([*FUNCTIONS, *CLASSES, "__version__", "hanabi"]) == sorted(tamaya.__all__)
    assert len(FUNCTIONS) > 30


@pytest.mark.parametrize("name", CLASSES)
def test_classes_of_the_front_door_document_every_part(name: str) -> None:
    sections = sections_of(name)
    expected = {"Examples"}
    expected |= {"Raises"} if name not in HARMLESS else set()
    expected |= {"References"} if name in SEARCHES else set()
    assert expected - sections.keys() == set()
    assert ">>>" in sections["Examples"]
    if name == "TournamentOptions":  # its fields are explained one by one, which is the help of its command
        return
    documented = entries_of(sections.get("Parameters", "")) + entries_of(sections.get("Attributes", ""))
    assert documented
    if name not in MADE_ELSEWHERE:
        parameters = inspect.signature(getattr(tamaya, name)).parameters
        assert {one for one in parameters if not one.startswith("_")} - set(documented) == set()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_the_front_door_document_every_part(name: str) -> None:
    function = getattr(tamaya, name)
    sections = sections_of(name)
    signature = inspect.signature(function)
    expected = {"Parameters", "Examples"}
    expected |= {"Returns"} if signature.return_annotation != "None" else set()
    expected |= {"Raises"} if name not in NEVER_RAISES else set()
    expected |= {"References"} if name in PUBLISHED else set()
    assert expected - sections.keys() == set()
    assert entries_of(sections["Parameters"]) == [
        parameter for parameter in signature.parameters if not parameter.startswith("_")
    ]
    assert ">>>" in sections["Examples"]


@pytest.mark.parametrize("name", [*FUNCTIONS, *CLASSES])
def test_examples_of_the_front_door_give_what_they_print(name: str) -> None:
    what = inspect.unwrap(getattr(tamaya, name))
    names = dict(vars(importlib.import_module(what.__module__)))
    (example,) = doctest.DocTestFinder(recurse=False).find(what, name, globs=names)
    runner = doctest.DocTestRunner(verbose=False)
    report: list[str] = []
    runner.run(example, out=report.append)
    assert runner.tries
    assert not runner.failures, "".join(report)
