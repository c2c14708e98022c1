"""Kernels on disk: fresh when anything is edited that they are compiled from, and nobody else's cache is touched."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.np import arrayobj

from games._base import linked as linked_module
from games._base import sources
from games._base.jit import cache_directory, jitable, kernel

ROOT = Path(__file__).resolve().parents[3]
Fresh = Callable[[str, Path], str]


def run_python(code: str, folder: Path, **environment: str) -> str:
    """Run code in a new interpreter in ``folder``, from where it imports, and return what it prints."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(folder)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


NURSERY = """
import json, os, sys
import numba
numba.njit(lambda x: x)(1)
for line in sys.stdin:
    code, folder = json.loads(line)
    reading, writing = os.pipe()
    if not os.fork():
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        os.chdir(folder)
        sys.path.insert(0, folder)
        os.environ["TAMAYA_CACHE_DIR"] = folder + "/cache"
        exec(code, {"__name__": "__main__"})
        sys.stdout.flush()
        os._exit(0)
    os.close(writing)
    with open(reading) as printed:
        text = printed.read()
    print(json.dumps([text, os.wait()[1]]), flush=True)
"""


@pytest.fixture(scope="module")
def fresh() -> Iterator[Fresh]:
    """What runs code in a process that has nothing of the project yet, in a folder from where it imports, with a cache
    of kernels there. The processes are forks of one that has imported numba: a new interpreter takes a second for that.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY],
        cwd=os.sep,
        env=inherited,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as nursery:
        assert nursery.stdin is not None and nursery.stdout is not None

        def run(code: str, folder: Path) -> str:
            print(json.dumps([code, str(folder)]), file=nursery.stdin, flush=True)
            text, status = json.loads(nursery.stdout.readline())  # type: ignore[union-attr]
            assert status == 0, text
            return str(text).strip()

        yield run
        nursery.stdin.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of the same layout: ``games.outer`` calls ``games.inner``; ``games.other`` is beside them."""
    shutil.copytree(ROOT / "games" / "_base", tmp_path / "games" / "_base")
    shutil.copy(ROOT / "games" / "__init__.py", tmp_path / "games")
    write = {
        "inner": "from games._base.jit import jitable\n\n@jitable\ndef inner(x):\n    return x + 1\n",
        "outer": "from games._base.jit import kernel\nfrom games.inner import inner\n\n"
        "@kernel\ndef outer(x):\n    return 10 * inner(x)\n",
        "other": "THREE = 3\n",
    }
    for name, text in write.items():
        (tmp_path / "games" / f"{name}.py").write_text(text, encoding="utf-8")
    return tmp_path


def test_an_edited_callee_in_another_file_is_compiled_again_and_nothing_else(project: Path, fresh: Fresh) -> None:
    code = "from games.outer import outer; print(outer(1), len(outer.stats.cache_hits))"

    def edit(name: str, old: str, new: str) -> None:
        path = project / "games" / f"{name}.py"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    assert fresh(code, project) == "20 0"
    assert fresh(code, project) == "20 1"
    edit("other", "3", "4")
    assert fresh(code, project) == "20 1"
    edit("inner", "x + 1", "x + 5")
    assert fresh(code, project) == "60 0"


COMPILED = """
from numba.core import event
class Names(event.Listener):
    def on_start(self, event): print(event.data["dispatcher"].py_func.__name__)
    def on_end(self, event): pass
event.register("numba:compile", Names())
"""


def test_a_function_that_two_kernels_call_is_compiled_once_for_all_processes(project: Path, fresh: Fresh) -> None:
    (project / "games" / "second.py").write_text(
        "from games._base.jit import kernel\nfrom games.inner import inner\n\n"
        "@kernel\ndef second(x):\n    return 100 * inner(x)\n\n"
        "@kernel(fastmath=True)\ndef fast(x):\n    return inner(x)\n"
    )

    def names(code: str) -> list[str]:
        return fresh(COMPILED + code, project).split()

    assert names("from games.outer import outer; print(outer(1))") == ["outer", "inner", "20"]
    assert names("from games.second import second; print(second(1))") == ["second", "200"]
    assert names("from games.second import second; print(second(1.0))") == ["second", "inner", "200.0"]
    # A caller's fast arithmetic is inherited, so that it is another function.
    assert names("from games.second import fast; print(fast(1.0))") == ["fast", "inner", "2.0"]
    assert names("from games.second import fast; print(fast(1.0))") == ["2.0"]


def test_functions_that_are_made_in_a_function_are_not_taken_for_each_other(project: Path, fresh: Fresh) -> None:
    (project / "games" / "made.py").write_text(
        "from games._base.jit import jitable, kernel\n\n"
        "def make(c):\n    @jitable\n    def add(x):\n        return x + c\n"
        "    return add\n\none, two = make(1), make(2)\n\n"
        "@kernel\ndef first(x):\n    return one(x)\n\n@kernel\ndef both(x):\n    return 10 * one(x) + two(x)\n"
    )
    for name, expected in (("first", "2"), ("both", "23"), ("both", "23")):
        assert fresh(f"from games.made import {name}; print({name}(1))", project) == expected


def test_a_kernel_of_a_declared_signature_is_called_and_not_copied_into_its_callers(
    project: Path, fresh: Fresh
) -> None:
    """Through a function between them, from the disk, and with its errors."""
    (project / "games" / "large.py").write_text(
        "from games._base.jit import kernel\n\n"
        "@kernel('int64(int64)')\ndef large(x):\n    if x < 0:\n        raise ValueError('below 0')\n    return x + 1\n"
    )
    (project / "games" / "callers.py").write_text(
        "from games._base.jit import jitable, kernel\nfrom games.large import large\n\n"
        "@jitable\ndef between(x):\n    return large(x)\n\n"
        "@kernel\ndef first(x):\n    return 10 * between(x)\n\n@kernel\ndef second(x):\n    return 100 * between(x)\n"
    )
    copied = (
        "from games.callers import {name}; print({name}(1))\n"
        "library, = [one.library for one in {name}.overloads.values()]\n"
        "print([f.name for f in library.get_defined_functions() if 'large' in f.name])\n"
        "try: {name}(-1)\nexcept ValueError as error: print(error)"
    )
    for name, compiled, value in (("first", "first between large ", "20"), ("second", "second ", "200")):
        for names in (compiled, ""):
            assert fresh(COMPILED + copied.format(name=name), project).split("\n") == [
                *names.split(),
                value,
                "[]",
                "below 0",
            ]


def test_the_hash_of_a_module_is_of_all_that_it_imports(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "ROOT", project)
    found = []
    games = project / "games"
    inner = (games / "inner.py").read_text(encoding="utf-8")
    for imports in (
        "from games.other import THREE",
        "from games import (\n    other,\n)",
        "import games.other",
        "if True:\n    from games.other import THREE as three",
    ):
        (games / "inner.py").write_text(f"{imports}\n{inner}", encoding="utf-8")
        both = []
        for text in ("THREE = 3\n", "THREE = 4\n"):
            (games / "other.py").write_text(text, encoding="utf-8")
            sources._read.cache_clear()
            sources.closure_hash.cache_clear()
            both.append(sources.closure_hash(games / "outer.py"))
        assert both[0] != both[1], imports
        found += both
    assert len(set(found)) == len(found)
    sources._read.cache_clear()
    sources.closure_hash.cache_clear()


USERS = """
import numba
from games._base.jit import kernel

@numba.njit(cache=True)
def theirs(x):
    return x + 1

@kernel
def ours(x):
    return x + 2
"""


@pytest.mark.parametrize("named", [False, True])
def test_the_cache_of_other_functions_of_the_process_is_left_alone(tmp_path: Path, named: bool) -> None:
    (tmp_path / "users.py").write_text(USERS, encoding="utf-8")
    environment = {"TAMAYA_CACHE_DIR": str(tmp_path / "ours"), "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    if named:
        environment["NUMBA_CACHE_DIR"] = str(tmp_path / "theirs")
    code = (
        "import os; before = os.environ.get('NUMBA_CACHE_DIR'); import users; print(users.theirs(1), users.ours(1));"
        "assert os.environ.get('NUMBA_CACHE_DIR') == before; import numba; print(numba.config.CACHE_DIR)"
    )
    sums, directory = f"{run_python(code, tmp_path, **environment)}\n".split("\n")[:2]
    assert sums == "2 3"
    assert directory == (str(tmp_path / "theirs") if named else "")
    folder = tmp_path / "theirs" if named else tmp_path / "__pycache__"
    assert [path.name.split("-")[0] for path in folder.rglob("*.nbi")] == ["users.theirs"]
    assert [path.name.split("-")[0] for path in (tmp_path / "ours").rglob("*.nbi")] == ["users.ours"]


def test_kernels_are_cached_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAMAYA_CACHE_DIR", "somewhere")
    assert cache_directory() == Path("somewhere")
    monkeypatch.delenv("TAMAYA_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "cached")
    assert cache_directory() == Path("cached") / "tamaya"


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")  # type: ignore[attr-defined]
def test_a_slice_of_another_shape_is_an_error_and_numbas_own_is_left_alone() -> None:
    @kernel
    def assign(into, values):
        into[:] = values

    numbas = arrayobj.raise_with_shape_context
    with pytest.raises(ValueError, match="a slice of another shape"):
        assign(np.zeros(3), np.zeros(2))
    assign(into := np.zeros(3), np.ones(3))
    assert into.tolist() == [1.0] * 3
    assert arrayobj.raise_with_shape_context is numbas


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")  # type: ignore[attr-defined]
def test_the_collector_runs_again_after_a_compilation_that_fails() -> None:
    @kernel
    def wrong(x):
        return x + "1"

    assert gc.isenabled()
    with pytest.raises(numba.TypingError):
        wrong(1)
    assert gc.isenabled()


def test_what_kernels_call_is_linked_into_them_and_runs_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAMAYA_CACHE_DIR", str(tmp_path))  # nothing is compiled before
    linked: list[str] = []
    finalize = linked_module.LinkedLibrary._finalize_final_module

    def noted(self: linked_module.LinkedLibrary) -> None:
        linked.append(self.name)
        finalize(self)

    monkeypatch.setattr(linked_module.LinkedLibrary, "_finalize_final_module", noted)

    @jitable
    def checked(x):
        if x < 0:
            raise ValueError("below zero", x)
        return x + 1

    @kernel
    def tenfold(x):
        return 10 * checked(x)

    assert tenfold(1) == 20
    assert any("checked" in name for name in linked) and not any("tenfold" in name for name in linked)
    with pytest.raises(ValueError, match="below zero") as raised:
        tenfold(-3)
    assert raised.value.args == ("below zero", -3)
    library = next(iter(tenfold.overloads.values())).library
    assert type(library) is linked_module.RunningLibrary
    assert library.codegen._library_class is linked_module._Library


def test_a_kernel_that_is_given_functions_is_told_their_places_from_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numba alone asks the linker at every call; a function of another signature is refused as numba refuses it."""
    of_one = numba.float64(numba.float64)

    @kernel(of_one)
    def twice(x):
        return 2.0 * x

    @kernel(numba.float64(numba.float64, numba.float64))
    def product(x, y):
        return x * y

    @kernel(numba.float64(numba.types.FunctionType(of_one), numba.float64))
    def call(function, x):
        return function(x)

    assert call(twice, 3.0) == 6.0
    asked = []
    library = linked_module._Library
    original = library.get_pointer_to_function
    monkeypatch.setattr(
        library, "get_pointer_to_function", lambda self, name: asked.append(name) or original(self, name)
    )
    assert [call(twice, float(x)) for x in range(3)] == [0.0, 2.0, 4.0]
    assert not asked
    with pytest.raises(TypeError):
        call(product, 3.0)
    assert call(twice, 5.0) == 10.0
