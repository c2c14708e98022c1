"""House rules that a program can check: typed functions, sizes, one version, no machine's paths."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("games", "solvers", "search", "agents", "tamaya")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
COMPILED = {"jitable", "kernel", "overload"}
TESTED = ("dev", "neural", "reference", "dask", "ray", "docs")  # the extras that ``make`` or ``.ci/run`` install

Function = ast.FunctionDef | ast.AsyncFunctionDef


def project_files() -> list[Path]:
    """Return the files that git tracks or would track; without git, everything but hidden folders and caches."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listing = subprocess.run(command, capture_output=True, check=True).stdout.decode()
        paths = [ROOT / name for name in listing.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        skipped = re.compile(r"^\.(?!ci$|gitignore$)|^__pycache__$|\.egg-info$")
        paths = [
            path for path in ROOT.rglob("*") if not any(skipped.search(part) for part in path.relative_to(ROOT).parts)
        ]
    return sorted(path for path in paths if path.is_file())


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.AST, compiled: bool = False) -> Iterator[tuple[Function, bool]]:
    """Yield every function of a module and whether numba compiles it (by its own decorator or an enclosing one)."""
    for node in ast.iter_child_nodes(tree):
        inside = compiled
        if isinstance(node, Function):
            names = {ast.unparse(decorator).split("(")[0] for decorator in node.decorator_list}
            inside = compiled or bool(names & COMPILED)
            yield node, inside
        yield from functions(node, inside)


def lacks_hints(function: Function) -> bool:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    untyped = [a for a in every if a is not None and a.annotation is None and a.arg not in ("self", "cls")]
    return bool(untyped) or (function.returns is None and function.name != "__init__")


def test_the_version_is_the_one_that_is_installed() -> None:
    from games.version import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["setuptools"]["dynamic"]["version"]["attr"] == "games.version.__version__"
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_every_requirement_is_pinned_in_the_constraints() -> None:
    def normal(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    required = {
        normal(re.split(r"[\[<>=!~ ]", line)[0])
        for line in [*project["dependencies"], *(line for name in TESTED for line in extras[name])]
    }
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {normal(line.split("==")[0]) for line in lines if "==" in line}
    assert required - pinned == set()


def test_what_the_documents_link_to_is_there_and_is_installed_with_them() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = [pattern for group in project["tool"]["setuptools"]["data-files"].values() for pattern in group]
    installed = {path for pattern in patterns for path in ROOT.glob(pattern)}
    links = 0
    for page in sorted(path for path in installed if path.suffix == ".md"):
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            linked = (page.parent / target).resolve()
            links += 1
            assert linked in installed, f"{page.name} links to {target}"
    assert links > 10


def test_no_file_names_a_path_of_some_machine() -> None:
    folders = "|".join(("work", "home", "root", "tmp", "Users", "mnt", "opt"))
    absolute = re.compile(rf"(?<![\w.~:/}})\]*-])/(?:{folders})/\w")
    found = []
    for path in project_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        numbered = enumerate(text.splitlines(), start=1)
        found += [f"{path.relative_to(ROOT)}:{number}" for number, line in numbered if absolute.search(line)]
    assert found == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_source_file_keeps_the_house_rules(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500, "longer than 500 lines"
    found = []
    for function, compiled in functions(tree_of(path)):
        assert function.end_lineno is not None
        if function.end_lineno - function.lineno >= 80:
            found.append(f"{function.name} is longer than 80 lines")
        if not compiled and lacks_hints(function):
            found.append(f"{function.name} is not compiled and lacks type hints")
    assert found == []


def imported_files(path: Path, modules: dict[str, Path]) -> set[Path]:
    """Return the files of the project that a file imports, inside functions and for types alone, too."""
    found = set()
    for node in ast.walk(tree_of(path)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [node.module]
        found |= {modules[name] for name in names if name in modules}
    return {other for other in found - {path} if other.name != "__init__.py"}


def test_no_two_files_import_each_other() -> None:
    def name_of(path: Path) -> str:
        return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    modules = {name_of(one): one for one in SOURCES}
    imports = {path: imported_files(path, modules) for path in SOURCES}
    while free := [path for path, others in imports.items() if not others & imports.keys()]:
        for path in free:
            del imports[path]
    assert sorted(path.relative_to(ROOT).as_posix() for path in imports) == []
