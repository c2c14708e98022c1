"""The options of ``python -m agents.hanabi_search``: what they are where nothing is said."""

from __future__ import annotations

import pytest

from agents.hanabi.options import PROGRAM, Options
from games._base.command_line import parse
from games._base.errors import UsageError


def test_parse_fills_the_options_in() -> None:
    options = parse(Options, ["--players", "3", "--first-game", "7"], PROGRAM)
    assert (options.players, options.first_game, options.job().blueprint) == (3, 7, "information")
    assert parse(Options, ["--variant", "small"], PROGRAM).job().blueprint == "smart"
    assert parse(Options, ["--seats", "one"], PROGRAM).job().softening < parse(Options, [], PROGRAM).job().softening
    with pytest.raises(UsageError):
        parse(Options, ["--players", "x"], PROGRAM)
