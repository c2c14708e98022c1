"""Files of arrays that are damaged, hostile or something else: one sentence, and nothing unpacked unasked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from games import arrays
from games.arrays import load_arrays
from games.extensive import GameError, compile_game
from games.extensive.policies import load_policy, save_policy, uniform_policy
from games.extensive.store import game_from_file, read_game, write_game
from games.phantom.policies import load_policies
from games.preference import read_preference_game

READERS: dict[str, Callable[[Path], object]] = {
    "arrays": load_arrays,
    "a game": game_from_file,
    "a policy": lambda path: load_policy(path, compile_game("kuhn_poker")),
    "phantom policies": load_policies,
    "a batch": read_preference_game,
}


def damaged(path: Path, kind: str) -> None:
    if kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("no archive")
    elif kind == "a single array":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    elif kind == "cut short":
        np.savez(path, matrices=np.zeros((1, 3, 3)))
        path.write_bytes(path.read_bytes()[:200])
    elif kind == "a folder":
        path.mkdir()
    elif kind == "a loop of links":
        path.symlink_to(path)
    elif kind == "a pickle":
        np.savez(path, matrices=np.array([{"a": 1}], dtype=object))
    elif kind == "a member that is no array":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("matrices.npy", b"no array")
    elif kind == "an empty member":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("matrices.npy", b"")
    elif kind == "an archive of nothing":
        with zipfile.ZipFile(path, "w"):
            pass
    else:
        path.symlink_to("/dev/zero")


KINDS = (
    "empty",
    "text",
    "a single array",
    "cut short",
    "a folder",
    "a loop of links",
    "a pickle",
    "a member that is no array",
    "an empty member",
    "an archive of nothing",
    "a device",
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_such_archive_is_one_sentence(reader: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file.npz"
    damaged(path, kind)
    if (reader, kind) == ("arrays", "an archive of nothing"):
        assert load_arrays(path) == {}
        return
    with pytest.raises((ValueError, OSError)) as error:
        READERS[reader](path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    assert isinstance(error.value, ValueError) or (reader in ("arrays", "a batch") and kind == "a loop of links")


def bomb(path: Path, name: str, size: int) -> None:
    """Write an archive whose member says that it unpacks to ``size`` bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.npy", bytes(1000))
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x01\x02") + 24  # the uncompressed size in the central directory
    content[place : place + 4] = size.to_bytes(4, "little")
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("reader", "name"), [("arrays", "x"), ("a game", "parents0"), ("a batch", "matrices"), ("phantom policies", "game")]
)
def test_a_bomb_is_refused_by_its_declared_size(
    reader: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "SIZE_LIMIT", 1 << 30)
    monkeypatch.setattr(arrays.np, "load", None)  # nothing is unpacked
    bomb(tmp_path / "bomb.npz", name, 3 << 30)
    with pytest.raises(ValueError, match=r"3\.0 GiB, more than the limit of 1 GiB"):
        READERS[reader](tmp_path / "bomb.npz")


def test_a_bomb_is_refused_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays.np, "load", None)
    np.savez(tmp_path / "file.npz", stranger=np.zeros(3))
    for reader in ("a game", "a policy", "phantom policies", "a batch"):
        with pytest.raises(ValueError, match=r"'stranger\.npy', which does not belong there"):
            READERS[reader](tmp_path / "file.npz")


def test_an_array_that_says_it_is_larger_than_it_is(tmp_path: Path) -> None:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (10**15, 3)})
    with zipfile.ZipFile(tmp_path / "file.npz", "w") as archive:
        archive.writestr("matrices.npy", head.getvalue() + bytes(64))
    with pytest.raises(ValueError, match="is damaged"):
        load_arrays(tmp_path / "file.npz")


def policy_file(path: Path, **changes: Any) -> None:
    columns: dict[str, Any] = {
        "information_state": np.array(["0", "0"]),
        "player": np.zeros(2, int),
        "action": np.arange(2),
        "probability": np.full(2, 0.5),
    }
    np.savez(path, **(columns | changes))


WRONG_COLUMNS = {
    "fractions for players": {"player": np.array([0.5, 0.0])},
    "truth values for actions": {"action": np.array([True, False])},
    "words for probabilities": {"probability": np.array(["a", "b"])},
    "numbers for infosets": {"information_state": np.arange(2)},
    "a table": {"probability": np.full((2, 1), 0.5)},
    "fewer rows": {"probability": np.full(1, 0.5)},
    "a player below 0": {"player": np.array([-1, 0])},
}


@pytest.mark.parametrize("kind", WRONG_COLUMNS)
def test_the_columns_of_a_policy_are_checked(kind: str, tmp_path: Path) -> None:
    policy_file(tmp_path / "policy.npz", **WRONG_COLUMNS[kind])
    with pytest.raises(ValueError, match=r"is not a policy|has a row of player -1"):
        load_policy(tmp_path / "policy.npz", compile_game("kuhn_poker"))


def test_a_policy_that_was_written_is_read(tmp_path: Path) -> None:
    game = compile_game("kuhn_poker")
    save_policy(tmp_path / "policy.npz", game, uniform_policy(game))
    assert load_policy(tmp_path / "policy.npz", game)[0].tolist() == uniform_policy(game)[0].tolist()


CHANGES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "a column outside of the game": ("column0", lambda array: array + 1000),
    "a negative column": ("column0", lambda array: array - 1000),
    "starts that go back": ("start0", lambda array: array[::-1].copy()),
    "a parent that comes later": ("parent0", lambda array: array + 100),
    "first sequences too many": ("first1", lambda array: array * 2),
    "levels that are not those": ("level0", lambda array: np.array([0, len(array)], np.int32)),
    "owners that are not those": ("owner1", lambda array: array[::-1].copy()),
    "payoffs that are not finite": ("value0", lambda array: array * np.nan),
    "numbers of another type": ("column1", lambda array: array.astype(np.int64)),
    "names cut off": ("information_states_stop0", lambda array: array[:-1]),
    "an action that has no name": ("action_text0", lambda array: array + 50),
    "a header that is none": ("header", lambda array: array[:5]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_compiled_game_is_checked_before_compiled_code_trusts_it(change: str, tmp_path: Path) -> None:
    path = tmp_path / "game.npz"
    write_game(path, compile_game("kuhn_poker"))
    assert game_from_file(path).infosets == (6, 6)
    with np.load(path) as file:
        content = {name: file[name] for name in file.files}
    name, changed = CHANGES[change]
    content[name] = changed(content[name])
    np.savez(path, **content)
    assert read_game(path) is None
    with pytest.raises(GameError, match="is not a game"):
        game_from_file(path)
