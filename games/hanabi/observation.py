"""Observations as vectors: the canonical encoding of the Hanabi Learning Environment, bit for bit, and its V0 variant.

The layout (``docs/hanabi.md`` has the table) is that of HLE's ``CanonicalObservationEncoder`` with observation type 1:
other hands, board, discards, last move, knowledge from hints. Everything is relative to the observer. The own cards are
never read, so a state and its view give the same vector.

The *V0* variant (Hu and Foerster, "Simplified Action Decoder for Deep Multi-Agent Reinforcement Learning", ICLR 2020)
replaces the plausibility bits of each card by a probability: plausible × copies neither discarded nor on a firework,
normalised over the card. It is public, and learners do better with it.

``encode_observation`` refuses the view of another seat, in which a card that the observer sees is hidden;
``write_observation`` does not look, for kernels that have whole states.

Indices in the longest loops are unsigned: numba then emits no test for negative ones, and the loops vectorise
(measured: twice as fast).
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from games._base.jit import jitable
from games.hanabi.game import HanabiGame
from games.hanabi.layout import (
    CARD_FIELDS,
    CARD_TYPE,
    COLOURS,
    COPIES,
    DEALT,
    DECK_SIZE,
    DISCARDS,
    FIREWORKS,
    HAND_LENGTHS,
    HAND_SIZE,
    HANDS,
    HINT_COLOUR,
    HINT_RANK,
    HINTED,
    INFORMATION_TOKENS,
    LAST_CARD,
    LAST_PLAYER,
    LAST_POSITION,
    LAST_SCORED,
    LAST_TARGET,
    LAST_TOKEN,
    LAST_TOUCHED,
    LAST_TYPE,
    LAST_VALUE,
    LIFE_TOKENS,
    MAX_INFORMATION_TOKENS,
    MAX_LIFE_TOKENS,
    OBSERVATION_SIZE,
    PLAUSIBLE_COLOURS,
    PLAUSIBLE_RANKS,
    PLAY,
    PLAYERS,
    RANKS,
    TYPES,
)
from games.hanabi.rules import types_left


@jitable
def _encode_hands(rules, state, player, out, offset):
    """One-hot cards of the others, then a bit per player whose hand is short; return the offset that follows."""
    players = rules[PLAYERS]
    hand_size = rules[HAND_SIZE]
    types = rules[TYPES]
    for step in range(1, players):
        other = (player + step) % players
        card = rules[HANDS] + other * hand_size * CARD_FIELDS + CARD_TYPE
        for i in range(state[rules[HAND_LENGTHS] + other]):
            out[offset + i * types + state[card + i * CARD_FIELDS]] = 1
        offset += hand_size * types
    for step in range(players):
        if state[rules[HAND_LENGTHS] + (player + step) % players] < hand_size:
            out[offset + step] = 1
    return offset + players


@jitable
def _encode_board(rules, state, out, offset):
    """Deck, fireworks and tokens; return the offset that follows."""
    for i in range(rules[DECK_SIZE] - state[DEALT]):
        out[offset + i] = 1
    offset += rules[DECK_SIZE] - rules[PLAYERS] * rules[HAND_SIZE]
    ranks = rules[RANKS]
    for colour in range(rules[COLOURS]):
        height = state[rules[FIREWORKS] + colour]
        if height > 0:
            out[offset + height - 1] = 1
        offset += ranks
    for i in range(state[INFORMATION_TOKENS]):
        out[offset + i] = 1
    offset += rules[MAX_INFORMATION_TOKENS]
    for i in range(state[LIFE_TOKENS]):
        out[offset + i] = 1
    return offset + rules[MAX_LIFE_TOKENS]


@jitable
def _encode_discards(rules, state, out, offset):
    """A thermometer for each type; return the offset that follows."""
    pile = rules[DISCARDS]
    for card_type in range(rules[TYPES]):
        for i in range(state[pile + card_type]):
            out[offset + i] = 1
        offset += rules[COPIES + card_type]
    return offset


@jitable
def _encode_last_hint(rules, state, player, out, offset):
    """Target, value and touched cards; ``offset`` is that of the target section."""
    players = rules[PLAYERS]
    out[offset + (state[LAST_TARGET] - player + players) % players] = 1
    value = offset + players + state[LAST_VALUE]
    offset += players + rules[COLOURS] + rules[RANKS]
    if state[LAST_TYPE] == HINT_RANK:
        value += rules[COLOURS]
    out[value] = 1
    for i in range(rules[HAND_SIZE]):
        out[offset + i] = (state[LAST_TOUCHED] >> i) & 1


@jitable
def _encode_last_move(rules, state, player, out, offset):
    """What the last player did and what came of it (nothing before the first move); return the offset that follows."""
    players = rules[PLAYERS]
    position = offset + players + 4 + players + rules[COLOURS] + rules[RANKS] + rules[HAND_SIZE]
    card = position + rules[HAND_SIZE]
    outcome = card + rules[TYPES]
    last = state[LAST_TYPE]
    if last >= 0:
        out[offset + (state[LAST_PLAYER] - player + players) % players] = 1
        out[offset + players + last] = 1
        if last == HINT_COLOUR or last == HINT_RANK:
            _encode_last_hint(rules, state, player, out, offset + players + 4)
        else:
            out[position + state[LAST_POSITION]] = 1
            out[card + state[LAST_CARD]] = 1
            if last == PLAY:  # HLE does not mark the token that a discard gives back
                out[outcome] = state[LAST_SCORED]
                out[outcome + 1] = state[LAST_TOKEN]
    return outcome + 2


@jitable
def _encode_bits(mask, out, offset):
    """Set the elements that the bits of a mask stand for."""
    while mask > 0:
        if mask & 1:
            out[offset] = 1
        mask >>= 1
        offset += 1


@jitable
def _encode_hinted(rules, state, card, out, offset):
    """The colour and the rank that hints named outright; ``offset`` is that of the colour bits.

    Where a hint touches several suits (``games.hanabi.suits``) it names every one that is left.
    """
    if state[card + HINTED] & 1:
        _encode_bits(state[card + PLAUSIBLE_COLOURS], out, offset)
    if state[card + HINTED] & 2:
        _encode_bits(state[card + PLAUSIBLE_RANKS], out, offset + rules[COLOURS])


@jitable
def plausible_types(rules, state, card):
    """Return a mask of the types that hints leave possible for the card at offset ``card`` (bit: card type)."""
    return types_left(rules, state[card + PLAUSIBLE_COLOURS], state[card + PLAUSIBLE_RANKS])


@jitable
def remaining_copies(rules, state):
    """Return the public remaining copies of each type as two masks: bit 0 and bit 1 of the count (0 to 3).

    Remaining: neither discarded nor on a firework, hence in the deck or in some hand.
    """
    low = 0
    high = 0
    card_type = 0
    for colour in range(rules[COLOURS]):
        height = state[rules[FIREWORKS] + colour]
        for rank in range(rules[RANKS]):
            left = rules[COPIES + card_type] - state[rules[DISCARDS] + card_type]
            if rank < height:
                left -= 1
            low |= np.int64(left & 1) << card_type
            high |= np.int64(left >> 1 & 1) << card_type
            card_type += 1
    return low, high


@jitable
def _encode_plausible(types, mask, out, offset):
    """One bit for each type that hints leave possible."""
    for card_type in range(types):
        out[np.uint64(offset + card_type)] = mask >> card_type & 1


@jitable
def _encode_probabilities(types, low, high, out, offset):
    """Weights 0 to 3, given as two masks, normalised."""
    total = 0
    for card_type in range(types):
        total += (low >> card_type & 1) + 2 * (high >> card_type & 1)
    scale = 1.0 / max(total, 1)
    for card_type in range(types):
        out[np.uint64(offset + card_type)] = scale * ((low >> card_type & 1) + 2 * (high >> card_type & 1))


@jitable
def _clear(rules, out):
    for i in range(rules[OBSERVATION_SIZE]):
        out[i] = 0


@jitable
def _encode_public_part(rules, state, player, out):
    """Everything up to the knowledge section; return its offset."""
    offset = _encode_hands(rules, state, player, out, 0)
    offset = _encode_board(rules, state, out, offset)
    offset = _encode_discards(rules, state, out, offset)
    return _encode_last_move(rules, state, player, out, offset)


@jitable
def _refuse_hidden(rules, state, player):
    """Raise ``ValueError`` if there is no such seat, or a hand that it sees is hidden."""
    players = rules[PLAYERS]
    if not 0 <= player < players:
        raise ValueError("the observer must be a seat of the game, 0 to players - 1")
    for step in range(1, players):
        other = (player + step) % players
        card = rules[HANDS] + other * rules[HAND_SIZE] * CARD_FIELDS + CARD_TYPE
        for i in range(state[rules[HAND_LENGTHS] + other]):
            if state[card + i * CARD_FIELDS] < 0:
                raise ValueError("a hand that the observer sees is hidden: this is another player's view")


@jitable
def encode_observation(rules, state, player, out):
    """Write the canonical HLE observation of ``player`` to ``out``.

    ``state`` is a state or the view of ``player``; ``out`` is any numeric vector of at least ``observation_size``
    elements, all of which are written (0 or 1). ``player`` may be any seat, at any time of the game. Raises
    ``ValueError`` if it is none, or ``state`` is the view of another.
    """
    _refuse_hidden(rules, state, player)
    write_observation(rules, state, player, out)


@jitable
def encode_observation_v0(rules, state, player, out):
    """Write the V0 observation of ``player`` to ``out``: as ``encode_observation``, but with probabilities of types.

    ``out`` is a floating-point vector. The probabilities of a card sum to 1; those of an absent card read 0.
    """
    _refuse_hidden(rules, state, player)
    write_observation_v0(rules, state, player, out)


@jitable
def write_observation(rules, state, player, out):
    """Write what ``encode_observation`` writes, unchecked: no hand but the observer's may be hidden."""
    _clear(rules, out)
    offset = _encode_public_part(rules, state, player, out)
    types = np.int64(rules[TYPES])
    width = types + rules[COLOURS] + rules[RANKS]
    for step in range(rules[PLAYERS]):
        owner = (player + step) % rules[PLAYERS]
        card = rules[HANDS] + owner * rules[HAND_SIZE] * CARD_FIELDS
        for i in range(state[rules[HAND_LENGTHS] + owner]):
            _encode_plausible(types, plausible_types(rules, state, card), out, offset + i * width)
            _encode_hinted(rules, state, card, out, offset + i * width + types)
            card += CARD_FIELDS
        offset += rules[HAND_SIZE] * width


@jitable
def write_observation_v0(rules, state, player, out):
    """Write what ``encode_observation_v0`` writes, unchecked."""
    _clear(rules, out)
    offset = _encode_public_part(rules, state, player, out)
    low, high = remaining_copies(rules, state)
    types = np.int64(rules[TYPES])
    width = types + rules[COLOURS] + rules[RANKS]
    for step in range(rules[PLAYERS]):
        owner = (player + step) % rules[PLAYERS]
        card = rules[HANDS] + owner * rules[HAND_SIZE] * CARD_FIELDS
        for i in range(state[rules[HAND_LENGTHS] + owner]):
            mask = plausible_types(rules, state, card)
            _encode_probabilities(types, mask & low, mask & high, out, offset + i * width)
            _encode_hinted(rules, state, card, out, offset + i * width + types)
            card += CARD_FIELDS
        offset += rules[HAND_SIZE] * width


def observation_sections(game: HanabiGame) -> dict[str, slice]:
    """Return where each part of an observation lies, in order, by name (the same for both variants)."""
    players, hand, types = game.players, game.cards_in_hand, game.types
    sizes = {
        "other hands": (players - 1) * hand * types,
        "short hands": players,
        "deck size": game.deck_size - players * hand,
        "fireworks": types,
        "information tokens": game.information_tokens,
        "life tokens": game.life_tokens,
        "discards": game.deck_size,
        "last mover": players,
        "last type": 4,
        "last target": players,
        "last colour": game.colours,
        "last rank": game.ranks,
        "last touched": hand,
        "last position": hand,
        "last card": types,
        "last outcome": 2,
        "knowledge": players * hand * (types + game.colours + game.ranks),
    }
    stops = list(accumulate(sizes.values()))
    return {name: slice(stop - size, stop) for (name, size), stop in zip(sizes.items(), stops, strict=True)}
