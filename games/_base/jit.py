"""The one place that configures numba: the cache of compiled kernels, flags, and the two decorators of the project.

- ``jitable``: a rule function. Plain Python when called from Python, inlined when called from compiled code, and in a
  subset that numba can also compile for CUDA (arrays in, scalars out, no objects, no allocation).
- ``kernel``: a compiled entry point, called from Python. It compiles when it is first needed – importing a module
  compiles nothing – and is cached on disk.

numba keys a cached kernel by its own source file only: when a function it *calls*, in another file, is edited, the
stale binary is loaded without a word (numba issue 1833). A ``Kernel`` therefore has a cache of its own, in a folder
named by a hash of all source files that it is compiled from (``games._base.sources``). numba's settings, and with them
the cache of other people's functions in the same process, are left alone.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import cgutils, event
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import CPUDispatcher
from numba.core.target_extension import jit_registry, target_registry
from numba.core.targetconfig import ConfigStack
from numba.core.typing.templates import (
    Signature,
    _OverloadFunctionTemplate,
    infer,
    infer_global,
    make_overload_template,
)
from numba.extending import intrinsic, overload
from numba.np import arrayobj
from numba.np.arrayobj import populate_array

from games._base.addresses import call_by_symbol, name_of
from games._base.interrupts import abandonable, check_interrupted
from games._base.linked import LinkedLibrary, code_is, code_runs, note_environments
from games._base.sources import closure_hash

Function = TypeVar("Function", bound=Callable[..., Any])

_Dispatcher: Any = CPUDispatcher  # numba has few type hints
_Overload: Any = _OverloadFunctionTemplate

# Flags of fast arithmetic that keep infinities and NaN as they are: order of sums, fused multiply-add, sign of zero.
SUMS = {"reassoc", "contract", "nsz"}


def cache_directory() -> Path:
    """Return the folder of all compiled kernels: ``$TAMAYA_CACHE_DIR``, or ``tamaya`` in the user's cache folder."""
    base = os.environ.get("TAMAYA_CACHE_DIR")
    return Path(base) if base else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "tamaya"


class _Place:
    """Where the kernels of a module are cached, as numba's cache asks for it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        path = Path(function.__code__.co_filename)
        checked = "-checked" if numba.config.BOUNDSCHECK else ""  # type: ignore[attr-defined]
        self._path = cache_directory() / f"{closure_hash(path.resolve())}{checked}"

    def get_cache_path(self) -> str:
        return str(self._path)

    def ensure_cache_path(self) -> None:
        self._path.mkdir(parents=True, exist_ok=True)


class _Stored(CompileResultCacheImpl):
    """How a compiled function is written; numba's, without its search for a place."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._locator = _Place(function)
        self._locator._py_file = function.__code__.co_filename
        self._lineno = function.__code__.co_firstlineno
        version = f"{sys.version_info[0]}{sys.version_info[1]}"
        module = (function.__module__ or "").replace("__main__", Path(function.__code__.co_filename).stem)
        name = function.__qualname__.replace("<", "").replace(">", "")
        self._filename_base = f"{module}.{name}-{self._lineno}.py{version}"


class _KernelCache(FunctionCache):
    """numba's cache of one function, which looks at the disk only when it is asked for the function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._name, self._py_func = repr(function), function
        self.enable()

    @cached_property
    def _impl(self) -> _Stored:
        return _Stored(self._py_func)

    @cached_property
    def _cache_file(self) -> IndexDataCacheFile:
        return IndexDataCacheFile(self._impl.locator.get_cache_path(), self._impl.filename_base, "")

    def load_overload(self, signature: Any, context: Any) -> Any:
        found = super().load_overload(signature, context)
        if found is not None:  # whoever calls what was loaded needs what that needs
            found.library._reload_init.update(found.reload_init)
        return found

    @property
    def cache_path(self) -> str:
        return str(self._impl.locator.get_cache_path())

    def _save_overload(self, signature: Any, data: Any) -> None:
        try:
            super()._save_overload(signature, data)
        except OSError:  # a disk that is full or not ours: the next process compiles again
            self.disable()


def _shapes_differ(source: Any, target: Any) -> None:
    """Stand for the error of ``array[a:b] = other`` where the shapes differ."""


@overload(_shapes_differ)
def _raise_shapes_differ(source, target):
    def implementation(source, target):
        raise ValueError("cannot assign an array to a slice of another shape")

    return implementation


@contextmanager
def _compiling() -> Iterator[None]:
    """Compile one thing at a time, as fast as numba can: half the time of a first ``solvers.extensive kuhn_poker``.

    numba's error for slices of different shapes says them in words, and compiles for it all that makes text of numbers,
    in every process anew; our kernels have no such error and get a constant sentence. The collector of cycles waits: it
    would walk the compiler's objects again and again.
    """
    with global_compiler_lock, abandonable(), code_runs():
        theirs, collecting = arrayobj.raise_with_shape_context, gc.isenabled()
        arrayobj.raise_with_shape_context = _shapes_differ
        gc.disable()
        try:
            yield
        finally:
            arrayobj.raise_with_shape_context = theirs
            if collecting:
                gc.enable()


class Kernel(_Dispatcher):
    """A compiled entry point; with a declared signature it is compiled for that one only, when it is first needed."""

    def __init__(
        self,
        py_func: Callable[..., Any],
        locals: dict[str, Any] | None = None,
        targetoptions: dict[str, Any] | None = None,
        signature: Any = None,
    ) -> None:
        super().__init__(py_func, locals, targetoptions)
        self._declared = signature
        self._compiled: Any = None  # what the declared signature gave
        self._cache = _KernelCache(py_func)

    def _ready(self) -> Any:
        """Compile the declared signature, if there is one and that has not happened, and return the entry point."""
        if self._declared is None:
            return None
        if self._compiled is None:  # asked without the lock, which every call of a kernel with functions would wait for
            with _compiling():
                if self._compiled is None:
                    super().compile(self._declared)
                    (compiled,) = self.overloads.values()
                    note_environments(compiled)
                    self.disable_compile()
                    name = name_of(self)
                    if name is not None:
                        call_by_symbol(self.targetctx, compiled, name)
                    self._compiled = compiled
        return self._compiled.entry_point

    def _compile_for_args(self, *arguments: Any, **named: Any) -> Any:
        # With a declared signature that is compiled already, numba complains of the arguments.
        fresh = self._declared is not None and self._compiled is None
        return self._ready() if fresh else super()._compile_for_args(*arguments, **named)

    def get_call_template(self, arguments: Any, named: Any) -> Any:
        self._ready()
        return super().get_call_template(arguments, named)

    def get_compile_result(self, signature: Any) -> Any:
        """Return what was compiled for a signature; asked at every call of a kernel that is given this one."""
        self._ready()
        if self._compiled is not None and self._compiled.signature == signature:
            return self._compiled
        return super().get_compile_result(signature)

    def compile(self, signature: Any) -> Any:
        """Compile a signature, or load it from the disk, and return the entry point."""
        if self._declared is not None:
            return self._ready()
        with _compiling():
            entry_point = super().compile(signature)
            note_environments(next(one for one in self.overloads.values() if one.entry_point is entry_point))
            return entry_point

    def _reduce_states(self) -> dict[str, Any]:
        return {**super()._reduce_states(), "signature": self._declared}

    @classmethod
    def _rebuild(cls, signature: Any, **states: Any) -> Any:
        made = super()._rebuild(**states)
        made._declared = signature
        return made


class _LinkedDispatcher(_Dispatcher):
    """A function that kernels call: its code is linked into theirs and never runs by itself."""

    def compile(self, signature: Any) -> Any:
        with global_compiler_lock, code_is(LinkedLibrary):
            return super().compile(signature)


class _HearsInterrupts(event.Listener):
    """Ends a compilation between two of its passes (``games._base.interrupts.abandonable``)."""

    def on_start(self, event: Any) -> None:
        check_interrupted()

    def on_end(self, event: Any) -> None:
        return None


event.register("numba:run_pass", _HearsInterrupts())


class _CalledCache(_KernelCache):
    """Cache of a function that kernels call: it is compiled with flags of theirs, so these are part of the key."""

    def _index_key(self, signature: Any, codegen: Any) -> tuple[Any, ...]:
        flags = ConfigStack.top_or_none()
        inherited = () if flags is None else (str(flags.fastmath), str(flags.error_model), bool(flags.nrt))
        return (*super()._index_key(signature, codegen), inherited)

    def load_overload(self, signature: Any, context: Any) -> Any:
        return None if _names_functions(signature) else super().load_overload(signature, context)

    def save_overload(self, signature: Any, compiled: Any) -> None:
        if not _names_functions(signature):
            super().save_overload(signature, compiled)


def _names_functions(types: Any) -> bool:
    """Tell whether argument types stand for functions or modules of this process, which mean nothing to another."""
    return any(isinstance(one, _OF_THIS_PROCESS) or _names_functions(getattr(one, "types", ())) for one in types)


_OF_THIS_PROCESS = (numba.types.Callable, numba.types.Module, numba.types.RawPointer)


class _Called(_Overload):
    """How numba types a call of a rule function, but compiled once for all kernels and processes that call it.

    numba compiles such functions in every process anew, for each kernel that is not on the disk: more than half of the
    time of a test run, and of the first use of a second blueprint. Functions with a closure are left to numba: two of
    them may have the same name and types.
    """

    def _get_jit_decorator(self) -> Any:
        theirs = super()._get_jit_decorator()
        return _compiled_once if theirs is jit_registry.get(target_registry["cpu"]) else theirs


def _compiled_once(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator like ``numba.jit(**options)``, with a cache in the project's folder."""

    def decorate(function: Callable[..., Any]) -> Any:
        made = _LinkedDispatcher(function, targetoptions={"boundscheck": None} | options)
        if function.__closure__ is None and "<locals>" not in function.__qualname__:
            made._cache = _CalledCache(function)
        return made

    return decorate


def jitable(function: Function | None = None, **options: Any) -> Any:
    """Mark a function as callable from compiled code; from Python it stays the plain function.

    Options are numba's; ``@jitable(fastmath=SUMS)`` lets the compiler reorder the sums of a leaf function, so that they
    are vectorised, and nothing else.
    """
    if function is None:
        return lambda given: _jitable(given, options)
    return _jitable(function, options)


def _jitable(function: Callable[..., Any], options: dict[str, Any]) -> Callable[..., Any]:
    """Register a function as the implementation of itself, as ``numba.extending.register_jitable`` does."""
    inline = options.get("inline", "never")
    compiling = {"no_cpython_wrapper": True, "nopython": True, "no_cfunc_wrapper": True} | options
    compiling.pop("inline", None)

    def implementation(*arguments: Any, **named: Any) -> Any:
        return function

    made = make_overload_template(function, implementation, compiling, False, inline)
    template = type(made)(made.__name__, (_Called,), dict(made.__dict__))
    infer(template)
    infer_global(function, numba.types.Function(template))
    return function


def kernel(*arguments: Any, **options: Any) -> Any:
    """Compile an entry point with numba when it is first needed: ``@kernel`` or ``@kernel(signature, fastmath=True)``.

    Declare a signature where a first-class function is among the arguments, and for functions that are such arguments.
    """
    if len(arguments) == 1 and not options and callable(arguments[0]) and not isinstance(arguments[0], _SIGNATURES):
        return _kernel(arguments[0], None, {})
    (signature,) = arguments or (None,)
    return lambda function: _kernel(function, signature, options)


_SIGNATURES = (Signature, str, tuple)


def _kernel(function: Callable[..., Any], signature: Any, options: dict[str, Any]) -> Any:
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return function
    # Only a kernel of a declared signature is called through an address, for which numba compiles another entry.
    always = {"nopython": True, "nogil": True, "boundscheck": None, "no_cfunc_wrapper": signature is None}
    return Kernel(function, None, always | options, signature)


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
