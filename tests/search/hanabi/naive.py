"""Slow, obvious definitions: exact posteriors and action values by enumerating everything hidden, in plain Python."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.layout import DISCARDS, FIREWORKS, HINTED
from games.hanabi.moves import move_from_id
from games.hanabi.state import HanabiState
from search.hanabi.searchers import KINDS, Searchers

KEY = np.uint64(0)


def new_memories(game: HanabiGame, blueprint: Blueprint) -> np.ndarray:
    return blueprint.new_memories(game)


def blueprint_move(state: HanabiState, blueprint: Blueprint, memories: np.ndarray) -> int:
    player = state.current_player
    return int(blueprint.decide(state.game.rules, state.view(player), memories[player], KEY))


def probability(state: HanabiState, blueprint: Blueprint, memories: np.ndarray, move: int) -> float:
    """Return how likely the blueprint is to make a move, before it is softened."""
    if blueprint.probability is None:
        return float(blueprint_move(state, blueprint, memories) == move)
    player = state.current_player
    return float(blueprint.probability(state.game.rules, state.view(player), memories[player], move))


def kind(state: HanabiState, move: int) -> str:
    """Return the kind of a move, as ``search.hanabi.searchers`` names them."""
    game, parts = state.game, move_from_id(state.game, move)
    if parts.kind in ("discard", "play"):
        return parts.kind
    target, kinds = (state.current_player + parts.target) % game.players, set()
    for card_type, record in zip(state.hand(target), state.cards(target), strict=True):
        colour, rank = divmod(card_type, game.ranks)
        told = record[HINTED] & (1 if parts.kind == "colour" else 2)
        if parts.value == (colour if parts.kind == "colour" else rank) and not told:
            stack = state.array[game.rules[FIREWORKS] + colour]
            copies = game.copies[rank] - state.array[game.rules[DISCARDS] + card_type]
            kinds.add("playable card" if rank == stack else "last copy" if rank > stack and copies == 1 else "")
    shown = [each for each in ("playable card", "last copy") if each in kinds]
    return f"hint of a {shown[0]}" if shown else "other hint"


def searched(state: HanabiState, blueprint: Blueprint, memories: np.ndarray, move: int, model: Searchers) -> float:
    """Return how likely a partner who searches is to make a move, by the formula of ``search.hanabi.searchers``."""
    legal = state.legal_moves()
    chances = {each: probability(state, blueprint, memories, each) for each in legal}
    best = max(legal, key=lambda each: (chances[each], -each))
    phase = 0 if state.cards_left > 30 else 1 if state.cards_left > 20 else 2 if state.cards_left > 10 else 3

    def weight(each: int) -> float:
        raised = (1 - model.floor) * chances[each] + model.floor / len(legal)
        utility = model.kinds[KINDS.index(kind(state, each))] + (model.likeliest[phase] if each == best else 0.0)
        return math.exp(utility) * float(raised**model.slope)

    return weight(move) / sum(weight(each) for each in legal)


def advance(state: HanabiState, move: int, blueprint: Blueprint, memories: np.ndarray) -> None:
    before = state.array.copy()
    state.apply(move)
    blueprint.observe(state.game.rules, before, state.array, memories)


def completions(game: HanabiGame, state: HanabiState, seat: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield every (own hand, order of the undealt deck) with equal prior weight, as multiset permutations."""
    hidden = sorted([*state.hand(seat), *state.deck[game.deck_size - state.cards_left :].tolist()])
    size = len(state.hand(seat))
    for order in set(itertools.permutations(hidden)):
        yield list(order[:size]), list(order[size:])


def deck_with(state: HanabiState, seat: int, hand: Sequence[int], rest: Sequence[int]) -> np.ndarray:
    """Return the deck of the world in which ``seat`` holds ``hand`` and ``rest`` is still to be drawn."""
    deck = state.deck.copy()
    for record, card in zip(state.cards(seat), hand, strict=True):
        deck[record[4]] = card
    if len(rest):
        deck[-len(rest) :] = rest
    return deck


def replayed(
    game: HanabiGame,
    deck: np.ndarray,
    moves: Sequence[int],
    seat: int,
    blueprint: Blueprint,
    softening: float,
    model: Searchers | None = None,
) -> tuple[HanabiState, np.ndarray, float] | None:
    """Replay ``moves`` on ``deck``; return the state, the memories and the likelihood of the other seats' moves."""
    state = HanabiState(game, deck)
    memories = new_memories(game, blueprint)
    likelihood = 1.0
    for move in moves:
        legal = state.legal_moves()
        if move not in legal:
            return None
        if state.current_player != seat:
            if model is None:
                chance = probability(state, blueprint, memories, move)
            else:
                chance = searched(state, blueprint, memories, move, model)
            likelihood *= softening / len(legal) + (1 - softening) * chance
        advance(state, move, blueprint, memories)
    return state, memories, likelihood


def posterior(
    game: HanabiGame,
    state: HanabiState,
    seat: int,
    blueprint: Blueprint,
    softening: float,
    model: Searchers | None = None,
) -> dict[tuple[int, ...], float]:
    """Return P(own hand | what the seat has seen) by replaying the game in every world that looks the same to it."""
    weights: Counter[tuple[int, ...]] = Counter()
    seen: dict[tuple[int, ...], float] = {}
    target = state.view(seat)
    for hand, rest in completions(game, state, seat):
        key = tuple(hand)
        if key not in seen:
            deck = deck_with(state, seat, hand, rest)
            world = replayed(game, deck, state.history, seat, blueprint, softening, model)
            same = world is not None and np.array_equal(world[0].view(seat), target)
            seen[key] = world[2] if same and world is not None else 0.0
        weights[key] += seen[key]
    total = sum(weights.values())
    return {hand: weight / total for hand, weight in weights.items() if weight > 0}


def action_values(
    game: HanabiGame, state: HanabiState, seat: int, blueprint: Blueprint, softening: float
) -> dict[int, float]:
    """Return E[final score | view, move, then the blueprint] of each legal move, over every hand and deck order."""
    total: Counter[int] = Counter()
    mass = 0.0
    for hand, rest in completions(game, state, seat):
        deck = deck_with(state, seat, hand, rest)
        world = replayed(game, deck, state.history, seat, blueprint, softening)
        if world is None or not np.array_equal(world[0].view(seat), state.view(seat)):
            continue
        weight = world[2]
        mass += weight
        for move in state.legal_moves():
            copy, memories = world[0].copy(), world[1].copy()
            advance(copy, move, blueprint, memories)
            while not copy.is_terminal:
                advance(copy, blueprint_move(copy, blueprint, memories), blueprint, memories)
            total[move] += weight * copy.score
    return {move: value / mass for move, value in total.items()}
