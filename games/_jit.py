"""The one place that configures numba: cache folder, flags, and the two decorators that the project uses.

numba keys a cached kernel by its own source file only: when a function it *calls*, in another file, is edited, the
stale binary is loaded without a word (numba issue 1833). Here the cache folder is therefore named by a hash of every
source file of the project, which must happen before numba is first imported; import decorators from this module, never
from numba itself.

- ``jitable``: a rule function. Plain Python when called from Python, inlined when called from compiled code, and in a
  subset that numba can also compile for CUDA (arrays in, scalars out, no objects, no allocation).
- ``kernel``: a compiled entry point, cached on disk, called from Python.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

_PACKAGES = ("games", "solvers", "search", "agents")
_ROOT = Path(__file__).resolve().parent.parent

Function = TypeVar("Function", bound=Callable[..., Any])

# Flags of fast arithmetic that keep infinities and NaN as they are: order of sums, fused multiply-add, sign of zero.
SUMS = {"reassoc", "contract", "nsz"}


def source_hash() -> str:
    """Return 16 hexadecimal digits that change whenever any source file of the four packages changes."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for package in _PACKAGES:
        for path in sorted((_ROOT / package).rglob("*.py")):
            digest.update(path.relative_to(_ROOT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_directory() -> Path:
    """Return the folder of compiled kernels: ``$TAMAYA_CACHE_DIR`` or ``~/.cache/tamaya``, then one per source hash."""
    base = os.environ.get("TAMAYA_CACHE_DIR")
    root = Path(base) if base else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "tamaya"
    return root / f"numba-{source_hash()}"


if "NUMBA_CACHE_DIR" not in os.environ:
    os.environ["NUMBA_CACHE_DIR"] = str(cache_directory())

import numba  # noqa: E402  (the cache folder must be set first)
from numba.core import cgutils  # noqa: E402
from numba.extending import intrinsic, register_jitable  # noqa: E402
from numba.np.arrayobj import populate_array  # noqa: E402

# numba has read the environment already if it was imported before this module, which import order must not decide.
numba.config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]  # type: ignore[attr-defined]


def jitable(function: Function | None = None, **options: Any) -> Any:
    """Mark a function as callable from compiled code; from Python it stays the plain function.

    Options are numba's; ``@jitable(fastmath=SUMS)`` lets the compiler reorder the sums of a leaf function, so that they
    are vectorised, and nothing else.
    """
    return register_jitable(**options) if function is None else register_jitable(function)


def kernel(*arguments: Any, **options: Any) -> Any:
    """Compile an entry point with numba and cache it: ``@kernel`` or ``@kernel(signature, parallel=True)``.

    Give an explicit signature only where a first-class function is among the arguments: signatures compile when the
    decorator runs.
    """
    settings = {"cache": True, "nogil": True} | options
    if len(arguments) == 1 and callable(arguments[0]) and not options:
        return numba.njit(**settings)(arguments[0])
    return numba.njit(*arguments, **settings)


@intrinsic
def borrowed(context: Any, array: Any) -> Any:
    """Return the same array without an owner, inside a kernel whose caller keeps the real one alive.

    Every slice of an array counts its owner's references atomically; in loops of a few hundred nanoseconds that is half
    the time, and threads that work on parts of one array wait for each other. Views of a borrowed array count nothing.
    """

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        structure = target.make_array(signature.args[0])(target, builder, value=arguments[0])
        structure.meminfo = structure.meminfo.type(None)
        return structure._getvalue()

    return array(array), generate


@intrinsic
def vector_at(context: Any, address: Any, length: Any) -> Any:
    """Return the float32 vector of ``length`` numbers that lies at a memory address, inside a kernel.

    The address is ``array.ctypes.data`` of a contiguous float32 array, taken in the same process. Nothing is copied,
    checked or kept alive: whoever handed out the address must hold the array for as long as kernels may read it.
    """
    vector = numba.types.Array(numba.types.float32, 1, "C")

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        structure = target.make_array(vector)(target, builder)
        size = target.get_constant(numba.types.intp, 4)
        pointer = builder.inttoptr(arguments[0], structure.data.type)
        shape = cgutils.pack_array(builder, [arguments[1]])
        strides = cgutils.pack_array(builder, [size])
        populate_array(structure, pointer, shape, strides, size, meminfo=None)
        return structure._getvalue()

    return vector(numba.types.int64, numba.types.int64), generate
