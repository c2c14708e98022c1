"""The information blueprint: hat guessing, in which a hint to one player tells every player about their own hand.

All players keep the same table of public knowledge. A hint is read as a number; it is the sum of everybody's *hat*, a
number that answers questions about their hand, and each listener subtracts the hats it can see to get its own. With
three players and more this comes within a tenth of a point of the perfect score.

``knowledge`` is the table and ``recording`` its update by what all can see; ``hats`` has the questions, ``hints`` the
numbers that hints stand for, ``hand`` the use of the own cards, ``deciding`` the policy, ``listening`` what is heard.
"""

from __future__ import annotations

from agents.blueprints.cards import read_own_masks
from agents.blueprints.information.deciding import decide
from agents.blueprints.information.knowledge import CONTRADICTIONS, KNOWN
from agents.blueprints.information.listening import observe, start
from games._base.jit import kernel
from games.hanabi.blueprint import READ_SIGNATURE, Blueprint
from games.hanabi.game import HanabiGame

__all__ = ["INFORMATION"]


@kernel(READ_SIGNATURE)
def _read(rules, view, memory, masks):
    read_own_masks(rules, view, memory, KNOWN, masks)


def _memory_size(game: HanabiGame) -> int:
    game.require_ordinary_hints("the information blueprint")
    return KNOWN + game.players * game.cards_in_hand


INFORMATION = Blueprint("information", start, decide, observe, _memory_size, read=_read, contradictions=CONTRADICTIONS)
