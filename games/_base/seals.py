"""Files of arrays that say what they hold, so that a damaged or edited one is not mistaken for what was written.

An archive's own checksums notice bits that flipped, not an array that was put in another's place or a number in the
header that was changed. A *sealed* header has a digest of every array, and one of itself. Files that were written
before there were seals have none, and are checked for what their numbers mean alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DIGESTS, _SEAL = "digests", "seal"


def digest(arrays: Iterable[NDArray[Any]]) -> str:
    """Return a short hash of arrays: of their types, shapes and numbers."""
    import numpy as np

    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()[:16]


def sealed(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return a header with the digests of arrays, and its own."""
    whole = {**header, _DIGESTS: {name: digest([array]) for name, array in arrays.items()}}
    return {**whole, _SEAL: _own(whole)}


def _own(header: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in header.items() if name != _SEAL}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()[:16]


class SealedArrays(Mapping[str, "NDArray[Any]"]):
    """The arrays of a file, each compared with its digest when it is asked for.

    Parameters
    ----------
    header : of the file; its seal is compared here. arrays : by name, without the header.

    ``trusted`` is whether the header is sealed; ``header`` what it says beside that. Raises ``ValueError`` where
    anything differs from what was written.
    """

    def __init__(self, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        self.trusted = _SEAL in header
        if self.trusted and header[_SEAL] != _own(header):
            raise ValueError("the header is not the one that was written")
        self._digests: Mapping[str, str] = header[_DIGESTS] if self.trusted else {}
        if self.trusted and {*arrays} - {"header"} != {*self._digests}:
            raise ValueError("the arrays are not those that were written")
        self._arrays = arrays
        self.header = {name: value for name, value in header.items() if name not in (_DIGESTS, _SEAL)}

    def __getitem__(self, name: str) -> NDArray[Any]:
        array = self._arrays[name]
        if self.trusted and digest([array]) != self._digests.get(name):
            raise ValueError(f"the array {name} is not the one that was written")
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._digests if self.trusted else self._arrays)

    def __len__(self) -> int:
        return len(self._digests if self.trusted else self._arrays)
