"""What the readers of the library refuse: a call, the files that it needs, and what the sentence has to say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.blueprints.neural.belief.model import load as load_belief
from agents.blueprints.neural.weights import load as load_weights
from agents.specification import parse_specification
from games.arrays import load_array, load_arrays
from games.extensive import compile_game
from games.extensive.gambit import read_gambit
from games.extensive.game import ExtensiveGame
from games.extensive.policies import load_policy, read_policy_json
from games.hanabi.hanab_live import from_hanab_live
from games.hanabi.replay import GameRecord
from games.hanabi.state import HanabiState, game_from_json
from games.matrix import read_matrix_game
from games.phantom.policies import load_policies
from games.preference import read_preference_game, read_reference
from tests.bad_input.files import hanab_live, hanabi_game, hanabi_replay

Reader = tuple[Callable[[], object], str, str]


def kuhn() -> ExtensiveGame:
    return compile_game("kuhn_poker")


def policy(file: str, says: str) -> Reader:
    return (lambda: load_policy(Path(file), kuhn()), file, says)


def policy_json(file: str, says: str) -> Reader:
    return (lambda: read_policy_json(Path(file), kuhn()), file, says)


def phantom(file: str, says: str) -> Reader:
    return (lambda: load_policies(Path(file), "dark_hex_2x2"), file, says)


def state(says: str, **changed: Any) -> Reader:
    return (lambda: HanabiState.from_json(json.loads(hanabi_game(**changed))), "", says)


def replay(says: str, **changed: Any) -> Reader:
    return (lambda: GameRecord.from_json(json.loads(hanabi_replay(**changed))), "", says)


def live(says: str, **changed: Any) -> Reader:
    return (lambda: from_hanab_live(json.loads(hanab_live(**changed))), "", says)


def loaded(read: Callable[[Path], object], file: str, says: str) -> Reader:
    return (lambda: read(Path(file)), file, says)


def agent(text: str, says: str) -> Reader:
    return (lambda: parse_specification(text), "", says)


FIVE = [{"type": 0, "target": 9, "value": 0}]

READERS: dict[str, Reader] = {
    "policy: probabilities of nan": policy("pol_nan.npz", "lacks the infoset"),
    "policy: negative": policy("pol_neg.npz", "lacks the infoset"),
    "policy: sum": policy("pol_sum.npz", "lacks the infoset"),
    "policy: action twice": policy("pol_twice.npz", ""),
    "policy: half action": policy("pol_half.npz", "whole numbers"),
    "policy: rows": policy("pol_rows.npz", "one row for each state and action"),
    "policy: lacks arrays": policy("pol_lacks.npz", "holds no array 'player'"),
    "policy: of another game": policy("pol_other.npz", "lacks the infoset"),
    "policy: none": policy("pol_none.npz", "lacks the infoset"),
    "policy: pickle": policy("trap.npz", "is not a NumPy archive"),
    "policy: objects": policy("policy_object.npz", "not one of numbers or text"),
    "policy: bomb": policy("bomb_policy.npz", "holds 16.0 GiB, more than the limit of 8 GiB"),
    "policy: torch file": policy("weights.pth", "holds 'archive/data.pkl', which does not belong there"),
    "policy: loop": policy("loop.npz", "there is no file loop.npz"),
    "policy json: deep": policy_json("deep.json", "is not a policy: it must be"),
    "policy json: list": policy_json("list.json", "is not a policy: it must be"),
    "policy json: pickle": policy_json("trap.json", "is not a policy: it must be"),
    "policy json: torn": policy_json("torn.json", "is not a policy: it must be"),
    "policy json: other": policy_json("keys.json", "is not a policy: it must be"),
    "policy json: digits": policy_json("digits.json", "is not a policy: it must be"),
    "phantom: pickle": phantom("trap.npz", "is no file of phantom-game policies"),
    "phantom: empty": phantom("empty.npz", "is no file of phantom-game policies"),
    "phantom: objects": phantom("object.npz", "does not belong there"),
    "phantom: missing": phantom("nowhere.npz", "nowhere.npz"),
    "array: pickle": loaded(load_array, "trap.npy", "is not a NumPy array file of numbers"),
    "array: objects": loaded(load_array, "object.npy", "is not a NumPy array file of numbers"),
    "array: archive": loaded(load_array, "other.npz", "is an archive: give it the suffix .npz"),
    "array: torn": loaded(load_array, "torn.npy", "is not a NumPy array file of numbers"),
    "array: folder": loaded(load_array, "folder", "folder is a folder: name a file"),
    "arrays: bomb": loaded(load_arrays, "bomb.npz", "more than the limit of 8 GiB"),
    "arrays: hole": loaded(load_arrays, "hole.npz", "not one of numbers or text"),
    "arrays: pipe": loaded(load_arrays, "pipe.npz", "is no ordinary file"),
    "arrays: loop": loaded(load_arrays, "loop.npz", "Too many levels of symbolic links"),
    "matrix: suffix": loaded(read_matrix_game, "plain.txt", "the suffix must be .csv, .tsv, .npy or .nfg"),
    "preference: suffix": loaded(read_preference_game, "yaml.yaml", "the suffix must be one of"),
    "preference: not a kind": (lambda: read_preference_game("rps.csv", kind="x"), "rps.csv", "the kind of a file must"),
    "reference: deep": loaded(read_reference, "deep.json", "nested too deeply"),
    "reference: list": loaded(read_reference, "ref_list.json", "an object"),
    "gambit: words": loaded(read_gambit, "words.efg", "'hello' stands where EFG 2 R"),
    "weights: pickle": loaded(load_weights, "trap.safetensors", "trap.safetensors"),
    "weights: torch file": loaded(load_weights, "torch.safetensors", "torch.safetensors"),
    "weights: long header": loaded(load_weights, "long.safetensors", "long.safetensors"),
    "weights: deep header": loaded(load_weights, "deep.safetensors", "deep.safetensors"),
    "weights: outside": loaded(load_weights, "outside.safetensors", "outside.safetensors"),
    "weights: none": loaded(load_weights, "none.safetensors", "none.safetensors"),
    "weights: missing": loaded(load_weights, "nowhere.safetensors", "nowhere.safetensors"),
    "weights: folder": loaded(load_weights, "folder", "folder"),
    "belief: pickle": loaded(load_belief, "trap.safetensors", "trap.safetensors"),
    "belief: none": loaded(load_belief, "none.safetensors", "none.safetensors"),
    "belief: empty": loaded(load_belief, "empty.safetensors", "empty.safetensors"),
    "hanabi: no object": (lambda: HanabiState.from_json([]), "", "not a saved game"),
    "hanabi: format": state("not a saved game", format="x"),
    "hanabi: version": state("has version 9", version=9),
    "hanabi: deck short": state("the deck has 1 cards", deck=["R1"]),
    "hanabi: deck of floats": state("must be a list of words or numbers", deck=[0.5] * 50),
    "hanabi: deck of one card": state("the deck has 50 copies of R1", deck=["R1"] * 50),
    "hanabi: card": state("no such colour: 'Z'", deck=["Z9"] * 50),
    "hanabi: move": state("move 0 of the saved game", moves=["jump"]),
    "hanabi: illegal move": state("move 0 of the saved game", moves=["discard 0"]),
    "hanabi: move of seat": state("move 0 of the saved game", moves=[99]),
    "hanabi: true": state("must be a list of words or numbers", moves=[True]),
    "hanabi: moves": state("must be a list of words or numbers", moves={"a": 1}),
    "hanabi: game": state("must be a JSON object", game=3),
    "hanabi: unknown option": (lambda: game_from_json({"cards": 3}), "", "unknown game option 'cards'"),
    "hanabi: life tokens": (lambda: game_from_json({"life_tokens": 100_000}), "", "life_tokens must be 1 to 100"),
    "hanabi: players": (lambda: game_from_json({"players": 2.0}), "", "must be an integer"),
    "hanabi: bomb": (lambda: game_from_json({"bomb": "big"}), "", "bomb must be"),
    "hanabi: deep file": loaded(HanabiState.load, "deep.json", "deep.json"),
    "hanabi: pickle": loaded(HanabiState.load, "trap.json", "trap.json"),
    "hanabi: digits": loaded(HanabiState.load, "digits.json", "digits.json"),
    "replay: format": replay("not a replay", format="x"),
    "replay: version": replay("has version None", version=None),
    "replay: score": replay("the replay claims a score of 9", score=9),
    "replay: seed": replay("seed", seed="x"),
    "replay: players": replay("players", players=[1]),
    "replay: annotations": replay("annotation", annotations=[3]),
    "replay: deck": replay("deck", deck=None),
    "replay: deep file": loaded(GameRecord.load, "deep.json", "deep.json"),
    "replay: pickle": loaded(GameRecord.load, "trap.json", "trap.json"),
    "replay: loop": loaded(GameRecord.load, "loop.json", "Too many levels of symbolic links"),
    "hanab.live: no object": (lambda: from_hanab_live("x"), "", "must be a JSON object"),
    "hanab.live: names": live("must be a list of names", players=3),
    "hanab.live: alone": live("players must be 2 to 5, not 1", players=["A"]),
    "hanab.live: variant": live("variant", options={"variant": "Prism (6 Suits)"}),
    "hanab.live: options": live("must be a JSON object", options=[1]),
    "hanab.live: deck": live("'rank' must be an integer", deck=[{"suitIndex": 0}]),
    "hanab.live: card": live("card types are 0 to 24", deck=[{"suitIndex": 77, "rank": 1}] * 50),
    "hanab.live: actions": live("must be a list", actions="x"),
    "hanab.live: action": live("action 1 of the hanab.live game", actions=[{"type": 77, "target": 0}]),
    "hanab.live: no such card": live("action 1 of the hanab.live game", actions=FIVE),
    "hanab.live: null": live("action 1 of the hanab.live game", actions=[None]),
    "agent: deep": agent("mds(blueprint=" * 20_000 + ")" * 20_000, "more than a specification may have"),
    "agent: nothing": agent("", "names no agent"),
    "agent: spaces": agent("   ", "names no agent"),
    "agent: key": agent("cfr(1=2)", "are written name=value"),
    "agent: comma": agent("cfr(a=1,,b)", "are written name=value"),
    "agent: quote": agent("cfr(a=')", "lacks a closing quote"),
    "agent: long": agent("x" * 100_000 + "(", "more than a specification may have"),
}
