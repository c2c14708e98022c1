"""Calls between kernels by address: the machine code of a large one is not made again for every kernel that calls it.

numba copies a called function into its caller and compiles both together. Of a few lines that is what makes them fast;
of a whole convention of Hanabi it is seconds for every caller, and saves the nanosecond of a call. A kernel of a
declared signature is therefore called by a symbol, its name, which the linker of the process is told before the caller
is compiled – or loaded from the disk: the caller's file says what to make ready first (numba's ``reload_init``).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import llvmlite.binding as llvm
from numba.core import cgutils
from numba.core.base import OverloadSelector


@dataclass(frozen=True)
class ByName:
    """A kernel that can be found by its name, in every process."""

    module: str
    name: str

    @property
    def symbol(self) -> str:
        return f"tamaya:{self.module}.{self.name}"

    def __call__(self) -> None:
        """Make the kernel ready in this process: what is loaded next may call its symbol."""
        getattr(import_module(self.module), self.name)._ready()


def name_of(kernel: Any) -> ByName | None:
    """Return the name by which every process finds a kernel; ``None`` of one that a function or a script has made."""
    function = kernel.py_func
    found = ByName(function.__module__, function.__qualname__)
    there = getattr(sys.modules.get(found.module), found.name, None) is kernel
    return found if there and found.module != "__main__" else None


def call_by_symbol(context: Any, compiled: Any, name: ByName) -> None:
    """Let kernels that are compiled from here on call a compiled one (a ``CompileResult``) by its symbol."""
    described = compiled.fndesc
    llvm.add_symbol(name.symbol, compiled.library.get_pointer_to_function(described.llvm_func_name))

    def call(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        convention = context.call_conv
        kind = convention.get_function_type(described.restype, described.argtypes)
        function = cgutils.get_or_insert_function(builder.module, kind, name.symbol)
        status, result = convention.call_function(builder, function, described.restype, described.argtypes, arguments)
        with cgutils.if_unlikely(builder, status.is_error):
            convention.return_status_propagate(builder, status)
        context.active_code_library._reload_init.add(name)
        return result

    chosen = OverloadSelector()
    chosen.append(call, described.argtypes)
    context._defns[compiled.entry_point] = chosen
