"""Where everything lies in the two flat integer arrays of a Hanabi game: the ``rules`` and the ``state``.

Compiled rule functions (CPU today, CUDA with the same source) take arrays, not objects. A game's fixed numbers are in
one ``int32`` array, the *rules*; everything that changes is in another, the *state*. The deck order is *not* part of
the state: it is a third array, ``deck`` (card types in deal order), given only to functions that draw.

A card type is ``colour * ranks + rank`` (both from 0). A card in a hand is a record of ``CARD_FIELDS`` integers; the
oldest card of a hand is first. In a player's *view* of a state the cards in the own hand read ``HIDDEN``.
"""

from __future__ import annotations

from typing import Final

# --- the rules array ---------------------------------------------------------------------------------------------
PLAYERS: Final = 0
COLOURS: Final = 1
RANKS: Final = 2
HAND_SIZE: Final = 3
MAX_INFORMATION_TOKENS: Final = 4
MAX_LIFE_TOKENS: Final = 5
BOMB_KEEPS_POINTS: Final = 6  # 0: a third misplay scores 0 (HLE); 1: the points stay
TYPES: Final = 7  # colours * ranks
DECK_SIZE: Final = 8  # cards in the whole game
MOVES: Final = 9  # move ids are 0 .. MOVES-1
STATE_SIZE: Final = 10
FIREWORKS: Final = 11  # offset in the state: height of each colour's stack, [colours]
DISCARDS: Final = 12  # offset: discarded or misplayed copies of each type, [types]
HAND_LENGTHS: Final = 13  # offset: cards in each hand, [players]
HANDS: Final = 14  # offset: card records, [players, hand_size, CARD_FIELDS]
PLAY_BASE: Final = 15  # move id of "play card 0"
COLOUR_BASE: Final = 16  # move id of "hint colour 0 to the next player"
RANK_BASE: Final = 17  # move id of "hint rank 0 to the next player"
OBSERVATION_SIZE: Final = 18  # bits of the canonical HLE observation
ALL_RANKS: Final = 19  # bit c: every rank hint touches the cards of suit c (games.hanabi.suits)
NO_RANKS: Final = 20  # bit c: no rank hint touches them
ORDINARY: Final = 21  # 1: each hint touches one colour or one rank
TOUCHED_TYPES: Final = 22  # offset in the rules: types that each hint touches, [colours + ranks, 2], in two halves
TOUCHED_SUITS: Final = 23  # offset in the rules: suits that the hint of each colour touches, [colours]
COPIES: Final = 24  # [types]: copies of each type; it and what follows are last, because their lengths vary

HALF: Final = 31  # bits of the first half of a mask over types
LOW_HALF: Final = (1 << HALF) - 1

# --- the head of the state array ---------------------------------------------------------------------------------
CURRENT_PLAYER: Final = 0
DEALT: Final = 1  # cards dealt so far = position of the next card in the deck array
INFORMATION_TOKENS: Final = 2
LIFE_TOKENS: Final = 3
TURNS_LEFT: Final = 4  # moves left once the deck is empty; starts at the number of players
STATUS: Final = 5  # one of the four below
TURN: Final = 6  # moves made so far
POINTS: Final = 7  # sum of the fireworks, whatever the bomb rule makes of it
LAST_MOVE: Final = 8  # move id of the last move, -1 before the first
LAST_TYPE: Final = 9  # PLAY, DISCARD, HINT_COLOUR, HINT_RANK, or -1
LAST_PLAYER: Final = 10
LAST_TARGET: Final = 11  # player who got the hint, -1 for a play or a discard
LAST_VALUE: Final = 12  # colour or rank hinted, -1 for a play or a discard
LAST_TOUCHED: Final = 13  # bit i: card i of the target was touched
LAST_POSITION: Final = 14  # index of the card played or discarded, -1 for a hint
LAST_CARD: Final = 15  # type of the card played or discarded, -1 for a hint
LAST_SCORED: Final = 16  # 1 if the play succeeded
LAST_TOKEN: Final = 17  # 1 if the play or discard gave an information token back
LAST_DREW: Final = 18  # 1 if the mover drew a new card (it is last in the hand)
HEAD_SIZE: Final = 19

# --- values ------------------------------------------------------------------------------------------------------
RUNNING: Final = 0
OUT_OF_LIVES: Final = 1
COMPLETED: Final = 2
OUT_OF_TURNS: Final = 3

PLAY: Final = 0
DISCARD: Final = 1
HINT_COLOUR: Final = 2
HINT_RANK: Final = 3

HIDDEN: Final = -1

# --- one card in a hand ------------------------------------------------------------------------------------------
CARD_TYPE: Final = 0
PLAUSIBLE_COLOURS: Final = 1  # bit c: hints leave colour c possible
PLAUSIBLE_RANKS: Final = 2  # bit r: hints leave rank r possible
HINTED: Final = 3  # bit 0: a colour hint touched this card; bit 1: a rank hint did
DECK_INDEX: Final = 4  # position of the card in the deck array (public: the order of draws is seen by all)
CARD_FIELDS: Final = 5
