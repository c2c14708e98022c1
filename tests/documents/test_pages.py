"""Every command and snippet of the README and the documents runs as printed, shortened where its page says so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.documents.blocks import BadPage, Block, blocks_of
from tests.documents.running import ROOT, Failed, clone, run_block

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.fixture(scope="module")
def _clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One folder for all pages."""
    with clone(tmp_path_factory.mktemp("clone")):
        yield


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
@pytest.mark.usefixtures("_clone")
def test_a_page_does_what_it_says(page: Path) -> None:
    names: dict[str, Any] = {"__name__": "page"}
    for left in Path().iterdir():  # of the page before
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
    for block in blocks_of(page):
        run_block(block, names)


PAGE = """# A page

    import math
    print(math.pi)

```
$ python -m solvers.matrix matrix_rps --iterations 100
what it prints
```

<!-- run: "100000" as "10"; "x.csv" as "y.csv" -->
```
python -m solvers.matrix x.csv \\
  --iterations 100000  # a remark
```

<!-- not run "make": it installs -->
<!-- run: "rps" as "mp" -->
```
make lint
tamaya matrix matrix_rps
```

<!-- not run: it needs a card -->
```
python -m something
```

```text
nothing typed
```
"""


def page_of(folder: Path, text: str) -> list[Block]:
    (folder / "page.md").write_text(text, encoding="utf-8")
    return blocks_of(folder / "page.md")


def test_blocks_are_what_a_reader_types(tmp_path: Path) -> None:
    snippet, shown, shortened, part = page_of(tmp_path, PAGE)
    assert (snippet.kind, snippet.line, snippet.text.strip()) == ("python", 3, "import math\nprint(math.pi)")
    assert shown.commands() == [["python", "-m", "solvers.matrix", "matrix_rps", "--iterations", "100"]]
    assert shortened.commands() == [["python", "-m", "solvers.matrix", "y.csv", "--iterations", "10"]]
    assert part.commands() == [["tamaya", "matrix", "matrix_mp"]]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```\nwhat it prints\n```\n", "neither Python nor commands"),
        ('<!-- run: "7" as "3" -->\n```\nmake 5\n```\n', "'7' is not in the block"),
        ('<!-- not run "pip": why -->\n```\nmake 5\n```\n', "no line begins with 'pip'"),
    ],
)
def test_a_mark_that_fits_nothing_is_an_error(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(BadPage, match=complaint):
        page_of(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```python\nprint(1)\n1 / 0\n```\n", "page.md:2: ZeroDivisionError"),
        ("```\npython -m solvers.matrix nowhere.csv\n```\n", "nowhere.csv ends with 2"),
        ("```\nmake lint\n```\n", "make is nothing that a test runs"),
    ],
)
def test_what_fails_as_printed_fails(
    text: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = page_of(tmp_path, text)
    with pytest.raises(Failed, match=complaint):
        run_block(block, {})
