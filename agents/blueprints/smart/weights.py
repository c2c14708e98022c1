"""What the smart blueprint thinks a hint is worth, in hundredths of "the listener learns of one more playable card".

The numbers were found by a random coordinate search on paired seeds (a change was kept if it raised the mean score of
some thousand games and again of fresh ones), separately for 2, 3, 4 and 5 players. They are a table indexed by
``[players - 2, weight]``, a constant of the compiled code.
"""

from __future__ import annotations

from typing import Final

import numpy as np

# --- what a listener learns
PLAY_GAIN: Final = 0  # of one more card that it is playable, and it is
PLAY_RANK: Final = 1  # ... less this for every rank above the lowest: low cards open more
MISPLAY: Final = 2  # loss: of a card that it is playable, and it is not
WRONG: Final = 3  # loss: a mask that loses the card's real type
INFORMATION: Final = 4  # every possibility that is ruled out
KNOW_VALUABLE: Final = 5  # of a card that it is valuable
KNOW_WORTHLESS: Final = 6  # of a card that it is worthless
# --- what the next player will do when it discards
LOSE_VALUABLE: Final = 7  # loss: throws away a card that can not be replaced
LOSE_RANK: Final = 8  # ... more for every rank below the top: more is lost above it
LOSE_PLAYABLE: Final = 9  # loss: throws away a playable card of which there is another copy
LOSE_USEFUL: Final = 10  # loss: any other card that can still score
DROP_WORTHLESS: Final = 11  # gain: throws away a worthless card
# --- when a hint is worth its token
THRESHOLD: Final = 12  # a hint must be better than none by this ...
TOKEN_SLOPE: Final = 13  # ... less this for each token beyond the first
LAST_TOKEN: Final = 14  # ... more for the last token
OWN_RISK: Final = 15  # ... less this times the share of valuable types in the card that would be discarded instead
OWN_LOCKED: Final = 16  # ... less this if there is nothing to discard
PACE: Final = 17  # ... less this for every turn by which ...
PACE_SLACK: Final = 18  # ... the turns that may go by without a point are fewer than this
DANGER: Final = 19  # a hint that saves a valuable card comes before everything if it is better than none by this
GAMBLE_DECK: Final = 20  # play the likeliest card rather than discard if no more than this are in the deck

WEIGHTS: Final = np.array(
    [
        [95, 1, 433, 145, 1, 49, 30, 315, 27, 40, 2, 53, 60, 4, 30, 39, 15, 9, 3, 86, 1],
        [111, 5, 433, 121, 1, 35, 7, 315, 21, 31, 12, 53, 66, 4, 23, 44, 15, 14, 4, 23, 1],
        [111, 4, 433, 234, 1, 19, 0, 315, 19, 31, 13, 53, 66, 1, 3, 44, 15, 14, 4, 86, 1],
        [152, 4, 433, 382, 1, 35, 0, 315, 19, 35, 13, 28, 66, 0, 30, 50, 15, 14, 3, 86, 1],
    ],
    dtype=np.int64,
)
