"""Games of OpenSpiel that would not come back are refused."""

from __future__ import annotations

import pytest

from games.extensive import GameError, open_spiel


def test_a_move_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_spiel, "_PATIENCE", 1.0)
    with pytest.raises(GameError, match=r"cannot load negotiation\(num_items=0\): a move of it does not end within"):
        open_spiel.load_open_spiel("negotiation(num_items=0)")


def test_other_parameters_of_that_game_are_believed() -> None:
    assert open_spiel.load_open_spiel("negotiation(num_items=1)").num_players() == 2
