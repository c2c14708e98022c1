"""The learned belief as a distribution: exact prior when untrained, never an impossible hand, adds up to one."""

from __future__ import annotations

import json
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import save_file

from agents.blueprints.neural.belief.evidence import COLUMNS, EVENTS, PLANES, evidence_of
from agents.blueprints.neural.belief.model import BeliefModel, find, load, rounded, save
from agents.blueprints.neural.belief.position import CLASSES, STATUSES, describe, new_position
from agents.blueprints.neural.belief.prior import completions, intersect
from agents.blueprints.neural.features import feature_count
from agents.blueprints.registry import blueprint as by_name
from games.hanabi.game import HanabiGame, seven_card, small, standard
from games.hanabi.layout import (
    DISCARD,
    HAND_LENGTHS,
    HINT_COLOUR,
    INFORMATION_TOKENS,
    LAST_PLAYER,
    LAST_POSITION,
    LAST_TARGET,
    LAST_TOUCHED,
    LAST_TYPE,
)
from games.hanabi.state import HanabiState
from search.hanabi.beliefs import posterior
from tests.agents.training.belief.positions import SMALL, THREE, Seen, fresh_model, positions, random_model, reached
from tests.search.hanabi.test_soundness import scrambled


def possible_hands(seen: Seen) -> tuple[np.ndarray, np.ndarray]:
    """Return every hand that hints and counts allow, and its exact prior."""
    game, history = seen.state.game, seen.history
    counts = np.zeros(game.types, dtype=np.int32)
    for card_type in range(game.types):
        counts[card_type] = game.copies[card_type % game.ranks]
    board = seen.state
    for card_type in range(game.types):
        counts[card_type] -= board.fireworks[card_type // game.ranks] > card_type % game.ranks
        counts[card_type] -= board.discards[card_type]
    for seat in range(game.players):
        if seat != history.seat:
            for card in board.hand(seat):
                counts[card] -= 1
    masks = history.hint_masks()
    hands = np.zeros((200_000, len(masks)), dtype=np.int32)
    hands = hands[: posterior.enumerate_hands(counts, masks, hands)].copy()
    logs = np.empty(len(hands))
    posterior.log_prior(counts, masks, hands, logs)
    return hands, np.exp(logs) / np.exp(logs).sum()


@pytest.mark.parametrize(("game", "name"), [(SMALL, "smart"), (THREE, "information")], ids=["two", "three"])
def test_an_untrained_model_is_the_exact_prior(game: HanabiGame, name: str) -> None:
    model = fresh_model(game, name)
    smallest = 1.0
    for seen in positions(game, name, 4):
        hands, prior = possible_hands(seen)
        np.testing.assert_allclose(np.exp(model.log_density(seen.history, seen.memory, hands)), prior, rtol=1e-5)
        smallest = min(smallest, float(prior.min()))
    assert smallest < 0.2  # some positions leave a choice


@pytest.mark.parametrize(("game", "name"), [(SMALL, "smart"), (THREE, "information")], ids=["two", "three"])
def test_any_model_adds_up_to_one_over_possible_hands_and_draws_them_at_its_density(
    game: HanabiGame, name: str
) -> None:
    model = random_model(game, name)
    tilted = 0.0
    for seen in positions(game, name, 3, every=2):
        hands, prior = possible_hands(seen)
        density = np.exp(model.log_density(seen.history, seen.memory, hands))
        assert density.sum() == pytest.approx(1.0, abs=1e-6)
        tilted = max(tilted, float(np.abs(density - prior).sum()))
        drawn, logs = model.draw(seen.history, seen.memory, 4000, 5)
        np.testing.assert_allclose(logs, model.log_density(seen.history, seen.memory, drawn), rtol=1e-12)
        index = {tuple(hand): i for i, hand in enumerate(hands.tolist())}
        frequency = np.bincount([index[tuple(hand)] for hand in drawn.tolist()], minlength=len(hands)) / len(drawn)
        # a binomial frequency lies within five standard deviations
        assert np.all(np.abs(frequency - density) < 5 * np.sqrt(density / len(drawn)) + 5 / len(drawn))
    assert tilted > 0.3


def test_hands_that_hints_or_counts_rule_out_have_no_density() -> None:
    model = random_model(SMALL, "smart")
    for seen in positions(SMALL, "smart", 2):
        possible = {tuple(hand) for hand in possible_hands(seen)[0].tolist()}
        every = np.array(list(product(range(-1, SMALL.types), repeat=len(seen.history.hint_masks()))), dtype=np.int32)
        logs = model.log_density(seen.history, seen.memory, every)
        assert {tuple(hand) for hand in every[np.isfinite(logs)].tolist()} == possible


def test_a_draw_depends_on_its_key_and_number_only() -> None:
    model = random_model(SMALL, "smart")
    seen = next(positions(SMALL, "smart", 1))
    few, many = (model.draw(seen.history, seen.memory, count, 9)[0] for count in (5, 50))
    np.testing.assert_array_equal(few, many[:5])
    assert not np.array_equal(many, model.draw(seen.history, seen.memory, 50, 10)[0])


def test_scrambling_the_hidden_cards_changes_no_draw() -> None:
    game = standard(2)
    model = random_model(game, "smart")
    generator = np.random.default_rng(1)
    changed = 0
    for number, turns in enumerate((6, 17, 30)):
        state = HanabiState.from_seed(game, 23, number)
        blueprint = by_name("smart")
        while state.turn < turns and not state.is_terminal:
            seen = reached(game, state.copy(), "smart")
            state.apply(int(blueprint.decide(game.rules, seen.history.present, seen.memory, np.uint64(0))))
        other = scrambled(state, state.current_player, generator)
        draws = []
        for each in (state, other):
            seen = reached(game, each, "smart")
            draws.append(model.draw(seen.history, seen.memory, 50, 1)[0])
        np.testing.assert_array_equal(*draws)
        changed += state.hand(state.current_player) != other.hand(other.current_player)
    assert changed >= 2


@settings(derandomize=True, max_examples=60)
@given(st.lists(st.integers(1, 15), min_size=1, max_size=4), st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_completions_are_what_dealing_distinct_cards_gives(masks: list[int], copies: list[int]) -> None:
    cards = [card for card, count in enumerate(copies) for _ in range(count)]
    deals = sum(
        all(mask >> card & 1 for mask, card in zip(masks, deal, strict=True))
        for deal in permutations(cards, len(masks))
    )
    table = np.zeros(1 << len(masks), dtype=np.int64)
    intersect(np.array(masks, dtype=np.int64), len(masks), table)
    ones = np.int64(sum((count & 1) << card for card, count in enumerate(copies)))
    twos = np.int64(sum((count >> 1) << card for card, count in enumerate(copies)))
    scratch = np.zeros((2, 1 << len(masks)), dtype=np.int64)
    assert completions(ones, twos, len(masks), table, scratch[0], scratch[1]) == deals


def told(state: HanabiState, player: int) -> list[dict[str, list[set[int]]]]:
    """Return, for each card of a player, what the moves of others since it was drawn passed over: a slow definition."""
    game = state.game
    current = HanabiState(game, state.deck)
    cards: list[dict[str, list[set[int]]]] = [
        {"events": []} for _ in range(int(current.array[game.rules[HAND_LENGTHS] + player]))
    ]
    for move in state.history:
        before, mover = current.copy(), current.current_player
        tokens = int(before.array[INFORMATION_TOKENS])
        playable = {
            colour * game.ranks + height for colour, height in enumerate(before.fireworks) if height < game.ranks
        }
        current.apply(move)
        after = current.array
        assert after[LAST_PLAYER] == mover
        for i, card in enumerate(cards if mover != player else []):
            if after[LAST_TARGET] == player and after[LAST_TOUCHED] >> i & 1:
                kind = 1 if after[LAST_TYPE] == HINT_COLOUR else 2
            elif after[LAST_TARGET] >= 0:
                kind = 3 if after[LAST_TARGET] == player else 4
            else:
                kind = 7 if tokens == 0 else 6 if after[LAST_TYPE] == DISCARD else 5
            card["events"].insert(0, {kind})
            card.setdefault(f"passed {kind}", []).append(playable)
        if mover == player and after[LAST_POSITION] >= 0:
            cards.pop(int(after[LAST_POSITION]))
        length = int(after[game.rules[HAND_LENGTHS] + player])
        cards += [{"events": []} for _ in range(length - len(cards))]
    return cards


def at_least(sets: list[set[int]], times: int) -> int:
    """Return as a mask the types that are in at least so many of the sets."""
    return sum(1 << k for k in range(63) if sum(k in each for each in sets) >= times)


@pytest.mark.parametrize(("game", "name"), [(SMALL, "smart"), (THREE, "information")], ids=["two", "three"])
def test_evidence_is_what_the_moves_passed_over(game: HanabiGame, name: str) -> None:
    counted = 0
    for seen in positions(game, name, 4, every=3):
        evidence = np.zeros((game.players, game.cards_in_hand, COLUMNS), np.int64)
        evidence_of(game.rules, seen.history.views, evidence)
        for player in range(game.players):
            for card, row in zip(told(seen.state, player), evidence[player], strict=False):
                events = [row[EVENTS] >> (3 * lag) & 7 for lag in range(len(card["events"]))]
                assert [{int(event)} for event in events] == card["events"]
                touched = card.get("passed 1", []) + card.get("passed 2", [])
                hinted = card.get("passed 3", []) + card.get("passed 4", [])
                assert row[0] == at_least(touched, 1)
                assert [row[1], row[2], row[3]] == [at_least(card.get("passed 6", []), n) for n in (1, 2, 3)]
                assert [row[4], row[5]] == [at_least(card.get("passed 5", []), n) for n in (1, 2)]
                assert [row[6], row[7]] == [at_least(hinted, n) for n in (1, 2)]
                counted += len(events)
    assert counted > 50


def test_every_possible_type_is_in_one_status_and_classes_hold_possible_types_only() -> None:
    game = standard(2)
    position = new_position(game)
    for seen in positions(game, "smart", 1, every=6):
        evidence = np.zeros((2, 5, COLUMNS), np.int64)
        evidence_of(game.rules, seen.history.views, evidence)
        cards, count = describe(
            game.rules, seen.history.present, seen.memory, 8, evidence, feature_count(game), position
        )
        shape = fresh_model(game, "smart").parameters[0]
        numbers = position.features[:count]
        assert len(set(numbers.tolist())) == count
        assert 0 <= numbers.min() <= numbers.max() < shape
        for card in range(cards):
            statuses = [int(mask) for mask in position.classes[card, : 2 * STATUSES]]
            assert sum(statuses) == position.masks[card]  # a sum of disjoint sets is their union
            assert all(int(mask) & ~int(position.masks[card]) == 0 for mask in position.classes[card, :CLASSES])
    assert PLANES < COLUMNS


def test_a_model_survives_its_file(tmp_path: Path) -> None:
    model = random_model(SMALL, "smart")
    path = tmp_path / "belief.safetensors"
    save(model, path)
    found = load(path)
    assert (found.game, found.blueprint, found.beliefs_at, found.public_memory) == (SMALL, "smart", 8, False)
    np.testing.assert_array_equal(found.parameters, rounded(model.parameters))


def test_files_that_are_no_belief_are_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "belief.safetensors"
    save(random_model(SMALL, "smart"), path)
    whole = path.read_bytes()
    (tmp_path / "torn").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text").write_text("not a belief")
    for name in ("torn", "text"):
        with pytest.raises(ValueError, match="is not a safetensors file"):
            load(tmp_path / name)
    with pytest.raises(ValueError, match="not about information"):
        find(SMALL, by_name("information"), path)
    with pytest.raises(ValueError, match="is for 2 players with 3 cards"):
        find(standard(2), by_name("smart"), path)
    with pytest.raises(ValueError, match="no learned belief is shipped for smart and 2 players with 2 cards"):
        find(small(2), by_name("smart"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"output": np.zeros((1, 1, 1), np.float16)}, "output must be float16"),
        ({"output_bias": np.zeros((3, 48), np.float32)}, "output_bias must be float16"),
        ({"drawn": None}, "damaged: it lacks 'drawn'"),
        ({"first_bias": np.full(16, np.nan, np.float16)}, "some of its numbers are not finite"),
        ({"version": 2}, "its format is 2"),
        ({"beliefs_at": "8"}, "beliefs_at must be of type int, not '8'"),
        ({"beliefs_at": 1000}, "the memories of smart hold no beliefs at 1000"),
        ({"shape": {"hidden_1": -16}}, "damaged or of another version"),
        ({"game": {"players": 9}}, "players must be 2 to 5"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    path = tmp_path / "belief.safetensors"
    save(random_model(SMALL, "smart"), path)
    with safe_open(path, framework="numpy") as file:
        metadata, parts = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    description = json.loads(metadata["description"])
    for name, value in change.items():
        if name in parts:
            parts[name] = value
        elif isinstance(value, dict):
            description[name] |= value
        else:
            description[name] = value
    parts = {name: part for name, part in parts.items() if part is not None}
    save_file(parts, path, metadata | {"description": json.dumps(description)})
    with pytest.raises(ValueError, match=sentence) as caught:
        find(SMALL, by_name("smart"), path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_named_and_one_that_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "belief.safetensors"
    for place, sentence in ((path, "there is no file"), (tmp_path, "there is no file")):
        with pytest.raises(ValueError, match=sentence):
            find(SMALL, by_name("smart"), place)
    with pytest.raises(ValueError, match="there is no file"):
        load(path)
    found = []
    for model in (fresh_model(SMALL, "smart"), random_model(SMALL, "smart")):
        save(model, path)
        found.append(find(SMALL, by_name("smart"), path))
        assert find(SMALL, by_name("smart"), path) is found[-1]
    assert not np.array_equal(found[0].parameters, found[1].parameters)


def test_a_model_answers_for_its_game_and_the_player_to_move_only() -> None:
    model: BeliefModel = random_model(SMALL, "smart")
    seen = next(positions(THREE, "information", 1))
    with pytest.raises(ValueError, match="trained for 2 players"):
        model.draw(seen.history, seen.memory, 1, 0)
    seen = next(positions(SMALL, "smart", 1))
    seen.state.apply(seen.state.legal_moves()[0])
    seen.history.observe(seen.state.view(seen.history.seat))
    with pytest.raises(ValueError, match="player to move"):
        model.draw(seen.history, seen.memory, 1, 0)


@pytest.mark.parametrize("game", [standard(2), seven_card()], ids=["5 cards", "7 cards"])
def test_the_shipped_models_know_more_than_the_prior(game: HanabiGame) -> None:
    model = find(game, by_name("smart"))
    prior = fresh_model(game, "smart")
    assert model.public_memory
    better = []
    for seen in positions(game, "smart", 4, every=5, chance=0.0):
        truth = np.array([seen.state.hand(seen.history.seat)], dtype=np.int32)
        logs = [each.log_density(seen.history, seen.memory, truth)[0] for each in (model, prior)]
        better.append(logs[0] - logs[1])
    assert len(better) > 12
    assert np.mean(better) > 0.1
