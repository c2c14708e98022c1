"""Compiled functions that kernels link in: they are optimised and kept, but never made into machine code.

numba emits machine code for every function that it compiles, for those, too, that are only ever copied into the ones
that call them (the rule functions of ``games._base.jit.jitable``). That is a sixth of the time of a first compilation,
and none of this code is ever run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numba.core.codegen
from llvmlite.binding import parse_bitcode
from numba.core.registry import cpu_target

_Library: Any = numba.core.codegen.JITCodeLibrary  # numba has few type hints


class RunningLibrary(_Library):
    """Code that runs; a kernel that is given functions asks for their places at every call, and is told from memory."""

    def get_pointer_to_function(self, name: str) -> int:
        """Return where the code of a function begins, 0 if it is not here."""
        places: dict[str, int] = self.__dict__.setdefault("places", {})
        if name not in places:
            places[name] = super().get_pointer_to_function(name)
        return places[name]


class _NeverRun:
    """A code generator as the libraries below know it: what never runs has no place where its environment is noted."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, environment: Any) -> None:
        """Do nothing: ``note_environments`` does it for whoever links the code."""


class LinkedLibrary(_Library):
    """Code that is there to be linked into other code."""

    @property
    def codegen(self) -> Any:
        """The code generator."""
        return _NeverRun(self._codegen)

    def get_pointer_to_function(self, name: str) -> int:
        """Return that there is none."""
        self._ensure_finalized()
        return 0

    def serialize_using_object_code(self) -> tuple[str, str, bytes]:
        """Return what the cache keeps."""
        self._ensure_finalized()
        return self.name, "linked", self._get_module_for_linking().as_bitcode()

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True

    @classmethod
    def _unserialize(cls, codegen: Any, state: tuple[str, str, bytes]) -> Any:
        name, kind, bitcode = state
        if kind != "linked":
            raise ValueError(f"code that was kept as {kind} is not there to be linked")
        found = codegen.create_library(name)
        found._final_module = found._shared_module = parse_bitcode(bitcode)
        found._finalize_final_module()
        return found


@contextmanager
def code_is(library: type) -> Iterator[None]:
    """Have numba put what it compiles or loads into libraries of a class; the caller holds numba's lock."""
    codegen: Any = cpu_target.target_context.codegen()
    before = codegen._library_class
    codegen._library_class = library
    try:
        yield
    finally:
        codegen._library_class = before


def code_runs() -> Any:
    """Have numba make machine code of what it compiles, as it does by itself (``code_is``)."""
    return code_is(RunningLibrary)


def note_environments(compiled: Any) -> None:
    """Tell compiled code where the environments are of the functions that were linked into it."""
    for environment in compiled._find_referenced_environments():
        compiled.library.codegen.set_env(environment.env_name, environment)
