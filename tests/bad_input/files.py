"""The small files that bad input needs, by name; a case that names one finds it in its folder.

What would do something if it were loaded – a pickle, a text that is code – writes a file named ``executed``.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

CODE = "open('executed', 'w').close()"


class _Trap:
    """What runs ``CODE`` when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (CODE,)


def trap() -> bytes:
    return pickle.dumps(_Trap())


def npy(array: Any) -> bytes:
    written = io.BytesIO()
    np.save(written, array)
    return written.getvalue()


def object_npy() -> bytes:
    """Return an NPY file of objects, whose content is a pickle."""
    written = io.BytesIO()
    np.lib.format.write_array_header_1_0(written, {"descr": "|O", "fortran_order": False, "shape": (1,)})
    return written.getvalue() + trap()


def npz(**arrays: Any) -> bytes:
    written = io.BytesIO()
    np.savez(written, **arrays)
    return written.getvalue()


def archive(**parts: bytes) -> bytes:
    """Return an archive of parts; ``a__npy`` is the name ``a.npy``."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name, data in parts.items():
            file.writestr(name.replace("__", "."), data)
    return written.getvalue()


def bomb(*names: str) -> bytes:
    """Return an archive of some hundred bytes that declares arrays of 4 GiB each."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(f"{name}.npy", b"\0" * 1000)
    data = written.getvalue()
    begin, entry = -1, b"PK\x01\x02"
    while (begin := data.find(entry, begin + 1)) >= 0:
        data = data[: begin + 24] + struct.pack("<L", 0xFFFFFFFE) + data[begin + 28 :]
    return data


def policy_rows(probability: Any = (0.5, 0.5), action: Any = (0, 1)) -> bytes:
    count = len(probability)
    return npz(
        information_state=np.array(["0"] * count),
        player=np.zeros(count, np.int64),
        action=np.array(action),
        probability=np.array(probability),
    )


def safetensors(header: bytes, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header)) + header + data


def deep(opening: str, closing: str, count: int = 20_000) -> str:
    return opening * count + closing * count


def hanabi_game(**changed: Any) -> bytes:
    deck = [f"{colour}{rank}" for colour in "RYGWB" for rank in (1, 1, 1, 2, 2, 3, 3, 4, 4, 5)]
    game = {"players": 2, "colours": 5, "ranks": 5, "hand_size": 5, "information_tokens": 8, "life_tokens": 3}
    whole = {"format": "tamaya-hanabi-game", "version": 1, "game": game | {"bomb": "zero"}, "deck": deck, "moves": []}
    return json.dumps(whole | changed).encode()


def hanabi_replay(**changed: Any) -> bytes:
    whole = json.loads(hanabi_game()) | {"format": "tamaya-hanabi-replay", "score": 0}
    return json.dumps(whole | changed).encode()


def hanab_live(**changed: Any) -> bytes:
    deck = [{"suitIndex": suit, "rank": rank} for suit in range(5) for rank in (1, 1, 1, 2, 2, 3, 3, 4, 4, 5)]
    whole = {"players": ["A", "B"], "deck": deck, "actions": [], "options": {"variant": "No Variant"}}
    return json.dumps(whole | changed).encode()


EFG = 'EFG 2 R "matching pennies" { "a" "b" }\n'
NODE = 'p "" 1 1 "" { "h" "t" } 0\np "" 2 1 "" { "h" "t" } 0\n'
LEAVES = 't "" 1 "" { 1, -1 }\nt "" 2 "" { -1, 1 }\np "" 2 1 "" { "h" "t" } 0\nt "" 2\nt "" 1\n'
DRIVER = 'EFG 2 R "driver" { "a" }\np "" 1 1 "" { "exit" "on" } 0\nt "" 1 "" { 0 }\np "" 1 1 "" { "exit" "on" } 0\n'
DRIVER += 't "" 2 "" { 4 }\nt "" 3 "" { 1 }\n'

_MADE: dict[str, Callable[[], bytes]] = {
    "object.npy": object_npy,
    "object.npz": lambda: archive(matrices__npy=object_npy()),
    "policy_object.npz": lambda: archive(
        **{f"{name}__npy": object_npy() for name in ("information_state", "player", "action", "probability")}
    ),
    "trap.npy": trap,
    "trap.npz": trap,
    "trap.safetensors": trap,
    "trap.json": trap,
    "trap.csv": trap,
    "trap.jsonl": trap,
    "trap.efg": trap,
    "weights.pth": lambda: archive(**{"archive/data.pkl": trap()}),
    "torch.safetensors": lambda: archive(**{"archive/data.pkl": trap()}),
    "bomb.npz": lambda: bomb("matrices", "labels", "names"),
    "bomb_policy.npz": lambda: bomb("information_state", "player", "action", "probability"),
    "empty.npz": lambda: archive(),
    "hole.npz": lambda: archive(matrices__npy=b""),
    "other.npz": lambda: npz(surprise=np.ones(3)),
    "torn.npz": lambda: npz(matrices=np.full((2, 3, 3), 0.5))[:-30],
    "words.npz": lambda: npz(matrices=np.array([["a", "b"], ["c", "d"]])),
    "flat.npz": lambda: npz(matrices=np.ones(3)),
    "stranger.npz": lambda: archive(matrices__npy=npy(np.full((1, 1, 1), 0.5)), readme__txt=b"hello"),
    "torn.npy": lambda: npy(np.full((3, 3), 0.5))[:-8],
    "nan.npy": lambda: npy(np.array([[0.5, np.nan], [0.0, 0.5]])),
    "cube.npy": lambda: npy(np.zeros((2, 2, 2, 2))),
    "complex.npy": lambda: npy(np.full((2, 2), 0.5 + 1j)),
    "text.npy": lambda: npy(np.array([["a", "b"], ["c", "d"]])),
    "zero.npy": lambda: npy(np.zeros((0, 0))),
    "record.npy": lambda: npy(np.zeros(2, dtype=[("a", float), ("b", float)])),
    "pol_nan.npz": lambda: policy_rows((np.nan, 0.5)),
    "pol_neg.npz": lambda: policy_rows((-1.0, 2.0)),
    "pol_sum.npz": lambda: policy_rows((0.9, 0.9)),
    "pol_twice.npz": lambda: policy_rows(action=(0, 0)),
    "pol_half.npz": lambda: policy_rows(action=(0.5, 1.0)),
    "pol_rows.npz": lambda: npz(
        information_state=np.array(["0"]), player=np.zeros(2, int), action=np.zeros(2, int), probability=np.ones(2)
    ),
    "pol_lacks.npz": lambda: npz(information_state=np.array(["0"])),
    "pol_other.npz": lambda: policy_rows(),
    "pol_none.npz": lambda: npz(
        information_state=np.array([], dtype=str), player=np.zeros(0, int), action=np.zeros(0, int), probability=[]
    ),
    "long.safetensors": lambda: struct.pack("<Q", 2**62) + b"{}",
    "deep.safetensors": lambda: safetensors(deep("[", "]").encode()),
    "json.safetensors": lambda: safetensors(b"not json"),
    "none.safetensors": lambda: safetensors(b"{}"),
    "outside.safetensors": lambda: safetensors(b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,800]}}', b"\0" * 8),
    "short.safetensors": lambda: b"\1\2",
    "empty.safetensors": lambda: b"",
    "latin.csv": lambda: "a,b\n0.5,é\n".encode("latin-1"),
    "zeros.csv": lambda: b"\0" * 64,
    "utf16.csv": lambda: "winner,loser\na,b\n".encode("utf-16"),
    "bytes.json": lambda: b"\xff\xfe{}",
    "game.json": hanabi_game,
}

_TEXTS = {
    "rps.csv": ",rock,paper,scissors\nrock,0.5,0.2,0.9\npaper,0.8,0.5,0.3\nscissors,0.1,0.7,0.5\n",
    "pay.csv": "0,-1,1\n1,0,-1\n-1,1,0\n",
    "votes.csv": "winner,loser\na,b\nb,c\nc,a\na,c\n",
    "judged.csv": "judge,winner,loser\nann,a,b\nben,b,a\nben,c,a\n",
    "one_judge.csv": "judge,winner,loser\nann,a,b\nann,b,a\n",
    "pennies.efg": EFG + NODE + LEAVES,
    "empty.csv": "",
    "blank.csv": "\n\n \n",
    "names.csv": "a,b,c\n",
    "typo.csv": "O,-1,1\n1,0,-1\n-1,1,0\n",
    "typo_left.csv": "0,-1,1\nl,0,-1\n-1,1,0\n",
    "typo_middle.csv": "0,-1,1\n1,0,-l\n-1,1,0\n",
    "typo_comma.csv": "0;-1;1\n1;0;-1,5\n-1;1;0\n",
    "typo_pref.csv": "O.5,0.2,0.9\n0.8,0.5,0.3\n0.1,0.7,0.5\n",
    "twice.csv": "a,a\n1,2\n3,4\n",
    "ragged.csv": "1,2\n3\n",
    "nan.csv": "1,nan\n0,1\n",
    "inf.csv": "1,inf\n0,1\n",
    "code.csv": f'1,"{CODE}"\n0,1\n',
    "import.csv": "1,__import__('os').system('touch executed')\n0,1\n",
    "formula.csv": "=1+1,2\n3,4\n",
    "large.csv": "1e400,2\n3,4\n",
    "percent.csv": "50,90\n10,50\n",
    "asymmetric.csv": "0.5,0.9\n0.9,0.5\n",
    "self.csv": "winner,loser\na,a\n",
    "weight.csv": "winner,loser,weight\na,b,-1\n",
    "weight_nan.csv": "winner,loser,weight\na,b,nan\n",
    "weight_large.csv": "winner,loser,weight\na,b,1e308\na,b,1e308\n",
    "stranger.csv": "model_a,model_b,winner\na,b,zed\n",
    "loser.csv": "winner,loser\na,\n",
    "plain.txt": "0.5\n",
    "yaml.yaml": "!!python/object/apply:os.system ['touch executed']\n",
    "yaml.json": "!!python/object/apply:os.system ['touch executed']\n",
    "list.json": "[1, 2]",
    "deep.json": deep("[", "]"),
    "deep_object.json": '{"a":' * 20_000 + "1" + "}" * 20_000,
    "deep.jsonl": deep("[", "]") + "\n",
    "deep_matrix.json": '{"matrix":' + deep("[", "]") + "}",
    "nan.json": '{"matrix": [[0.5, NaN], [0, 0.5]]}',
    "huge.json": '{"matrix": [[1e999, 1], [0, 0.5]]}',
    "digits.json": '{"matrix": [[' + "9" * 5000 + ", 1], [0, 0.5]]}",
    "ragged.json": '{"matrix": [[0.5, 1], [0]]}',
    "keys.json": '{"tables": 3}',
    "twice.json": '{"matrix": [[0.5, 1], [0, 0.5]], "labels": ["a", "a"]}',
    "labels.json": '{"matrix": [[0.5, 1], [0, 0.5]], "labels": [["a"], ["b"]]}',
    "code.json": json.dumps({"matrix": [[CODE, 1], [0, 0.5]]}),
    "torn.json": '{"matrix": [[0.5, 1], [0',
    "log.csv": "one,two,verdict,language\na,b,one,en\nb,a,tie,de\n",
    "votes_bad.jsonl": '{"winner": "a", "loser": "b"}\n{"winner": "a"}\n',
    "votes_null.jsonl": '{"winner": null, "loser": null}\n',
    "torn.jsonl": '{"winner": "a", "loser": "b"}\n{"winner": "a", "lo',
    "ref_zero.csv": "rock,0\npaper,1\nscissors,1\n",
    "ref_unknown.csv": "rock,1\npaper,1\nscissor,1\n",
    "ref_short.csv": "rock,1\n",
    "ref_nan.json": '{"rock": NaN, "paper": 1, "scissors": 1}',
    "ref_list.json": "[1, 2, 3]",
    "bad.soc": "# NUMBER ALTERNATIVES: 2\n# ALTERNATIVE NAME 1: a\n# ALTERNATIVE NAME 2: b\n1: 1,7\n",
    "partial.soi": "# NUMBER ALTERNATIVES: 3\n# ALTERNATIVE NAME 1: a\n# ALTERNATIVE NAME 2: b\n"
    "# ALTERNATIVE NAME 3: c\n2: 1,2\n1: 2,1\n1: 1,2,3\n",
    "level.toc": "# NUMBER ALTERNATIVES: 3\n# ALTERNATIVE NAME 1: a\n# ALTERNATIVE NAME 2: b\n"
    "# ALTERNATIVE NAME 3: c\n2: {1,2},3\n",
    "empty.soc": "",
    "words.soc": "hello\n",
    "count.soc": "# NUMBER ALTERNATIVES: 2\n# ALTERNATIVE NAME 1: a\n# ALTERNATIVE NAME 2: b\n-3: 1,2\n",
    "bad.toc": "# NUMBER ALTERNATIVES: 2\n1: {1,2\n",
    "empty.efg": "",
    "words.efg": "hello\n",
    "header.efg": 'EFG 2 R "x" { "a" "b" }\n',
    "torn.efg": EFG + NODE,
    "trailing.efg": EFG + NODE + LEAVES + 't "" 9 "" { 1, 1 }\n',
    "payoffs.efg": EFG + 'p "" 1 1 "" { "h" "t" } 0\nt "" 1 "" { 1 }\nt "" 2 "" { 1, -1 }\n',
    "nan.efg": EFG + 'p "" 1 1 "" { "h" "t" } 0\nt "" 1 "" { nan, 1 }\nt "" 2 "" { 1, -1 }\n',
    "chance.efg": EFG + 'c "" 1 "" { "x" 0.5 "y" 0.9 } 0\nt "" 1 "" { 1, -1 }\nt "" 2 "" { 1, -1 }\n',
    "chance_zero.efg": EFG + 'c "" 1 "" { "x" 1/0 "y" 0.9 } 0\nt "" 1 "" { 1, -1 }\nt "" 2 "" { 1, -1 }\n',
    "player.efg": EFG + 'p "" 7 1 "" { "h" "t" } 0\nt "" 1 "" { 1, -1 }\nt "" 2 "" { 1, -1 }\n',
    "general.efg": EFG + 'p "" 1 1 "" { "h" "t" } 0\nt "" 1 "" { 1, 1 }\nt "" 2 "" { 1, 5 }\n',
    "driver.efg": DRIVER,
    "deep.efg": EFG + "".join(f'p "" 1 {k} "" {{ "h" "t" }} 0\nt "" 1 "" {{ 1, -1 }}\n' for k in range(1, 20_001)),
    "exponent.efg": EFG + 'p "" 1 1 "" { "h" "t" } 0\nt "" 1 "" { 1e999, -1 }\nt "" 2 "" { 1, -1 }\n',
    "power.efg": EFG + 'p "" 1 1 "" { "h" "t" } 0\nt "" 1 "" { 1e999999999, -1 }\nt "" 2 "" { 1, -1 }\n',
    "quote.efg": EFG + 'p "" 1 1 "" { "h "t" } 0\n',
    "game.nfg": 'NFG 1 R "x" { "a" "b" } { 2 2 }\n1 -1 -1 1 -1 1 1 -1\n',
    "short.nfg": 'NFG 1 R "x" { "a" "b" } { 2 2 }\n1 -1\n',
    "leaves.py": "import sys\nsys.exit(3)\n",
}


@cache
def content(name: str) -> bytes:
    """Return what is in a file."""
    return _TEXTS[name].encode() if name in _TEXTS else _MADE[name]()


NAMES = (*_TEXTS, *_MADE)


def prepare(folder: os.PathLike[str], text: str) -> None:
    """Write the files that a text names, and what else cases may name: a folder, files that cannot be read."""
    words = set(
        text.replace("=", " ")
        .replace(",", " ")
        .replace("'", " ")
        .replace('"', " ")
        .replace(":", " ")
        .replace("(", " ")
        .replace("/", " ")
        .replace(")", " ")
        .split()
    )
    for name in NAMES:
        if name in words or name.removesuffix(".py") in words:
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content(name))
    if "folder" in words:
        os.mkdir(os.path.join(folder, "folder"))
    for loop in {"loop.csv", "loop.efg", "loop.npz", "loop.json", "loop"} & words:
        os.symlink(loop, os.path.join(folder, loop))
    for pipe in {"pipe.csv", "pipe.efg", "pipe.npz"} & words:
        os.mkfifo(os.path.join(folder, pipe))
