"""Games as people type them: ``leduc_poker``, ``kuhn_poker(players=3)``, ``hanabi(players=2)``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from agents.specification import checked_arguments, nearest, parse_specification
from games.extensive.open_spiel import load_open_spiel
from games.hanabi.game import HanabiGame
from games.hanabi.variants import VARIANTS, variant_game

_OPENSPIEL_NAMES = {
    "colors": "colours",
    "max_information_tokens": "information_tokens",
    "max_life_tokens": "life_tokens",
}


@dataclass(frozen=True)
class Game:
    """A game that agents play: its name, and the rules in the form that its tables take.

    name : as it is written in results. rules : a sequential ``pyspiel.Game``, or a ``HanabiGame``. players : how many.
    lowest, highest : the bounds of a player's return. total : the sum of all returns where it is always the same,
    otherwise None. cooperative : all players always get the same return.
    """

    name: str
    rules: Any
    players: int
    lowest: float
    highest: float
    total: float | None
    cooperative: bool

    @property
    def hanabi(self) -> bool:
        """Whether it is played at a table of Hanabi."""
        return isinstance(self.rules, HanabiGame)

    def forfeit_returns(self, seat: int) -> list[float]:
        """Return what each seat gets if ``seat`` forfeits: the worst for it.

        Where returns have a fixed sum, the others share the rest alike; where all players get the same, all get the
        worst; otherwise the others get the middle of what is possible.
        """
        if self.cooperative:
            return [self.lowest] * self.players
        rest = (
            (self.lowest + self.highest) / 2 if self.total is None else (self.total - self.lowest) / (self.players - 1)
        )
        return [self.lowest if player == seat else rest for player in range(self.players)]


@cache
def load_game(text: str) -> Game:
    """Return the game of that name, as agents sit down to it.

    Parameters
    ----------
    text : an OpenSpiel game (``"leduc_poker"``, ``"liars_dice(dice_sides=4)"``), or ``"hanabi(players=3)"`` with the
        options of a ``HanabiGame`` and ``variant``, such as ``small`` or ``rainbow`` (``games.hanabi.variants``).

    Returns
    -------
    Game
        ``players``, range and sum of returns, whether it is cooperative, and the ``rules``.

    Raises
    ------
    ValueError
        One sentence, if there is no such game or it cannot be played at a table.

    Examples
    --------
    >>> import tamaya
    >>> table = tamaya.table_game("hanabi(players=3)")
    >>> table.players, table.highest, table.cooperative
    (3, 25.0, True)
    """
    if text.split("(")[0].strip() == "hanabi":
        return _hanabi(text)
    return game_of(load_open_spiel(text))


def game_of(loaded: Any) -> Game:
    """Return an OpenSpiel game, simultaneous moves made one after the other, as agents play it."""
    import pyspiel

    kind, name = loaded.get_type(), str(loaded)
    if kind.dynamics == pyspiel.GameType.Dynamics.SIMULTANEOUS:
        loaded = pyspiel.convert_to_turn_based(loaded)
    elif kind.dynamics != pyspiel.GameType.Dynamics.SEQUENTIAL:
        raise ValueError(f"{name} is a mean-field game, which has no seats for agents")
    if kind.chance_mode == pyspiel.GameType.ChanceMode.SAMPLED_STOCHASTIC:
        raise ValueError(f"{name} hides its chance events, so that games cannot be repeated with the same ones")
    if loaded.num_players() < 2:
        raise ValueError(f"{name} is for one player: a table needs two")
    fixed = kind.utility in (pyspiel.GameType.Utility.ZERO_SUM, pyspiel.GameType.Utility.CONSTANT_SUM)
    return Game(
        name=name.removesuffix("()"),
        rules=loaded,
        players=loaded.num_players(),
        lowest=loaded.min_utility(),
        highest=loaded.max_utility(),
        total=float(loaded.utility_sum()) if fixed else None,
        cooperative=kind.utility == pyspiel.GameType.Utility.IDENTICAL,
    )


def _build_hanabi(
    *,
    players: int = 2,
    variant: str = "standard",
    colours: int = 5,
    ranks: int = 5,
    hand_size: int | None = None,
    information_tokens: int = 8,
    life_tokens: int = 3,
    bomb: str = "zero",
) -> HanabiGame:
    if bomb not in ("zero", "keep"):
        raise ValueError(f"bomb must be zero or keep, not {bomb!r}")
    ending: Any = bomb
    if variant not in VARIANTS:
        raise ValueError(f"there is no variant {variant!r} of Hanabi: {nearest(variant, VARIANTS)}")
    if variant != "standard":
        return variant_game(variant, players, ending)
    return HanabiGame(players, colours, ranks, hand_size, information_tokens, life_tokens, ending)


def _hanabi(text: str) -> Game:
    specification = parse_specification(text)
    given = {_OPENSPIEL_NAMES.get(key, key): value for key, value in specification.arguments.items()}
    numbers = [key for key in given if key not in ("players", "variant", "bomb")]
    if given.get("variant", "standard") != "standard" and numbers:
        raise ValueError(f"the {given['variant']} variant of Hanabi fixes {numbers[0]}")
    rules = _build_hanabi(**checked_arguments("hanabi", _build_hanabi, given))
    return Game(
        name=specification.text,
        rules=rules,
        players=rules.players,
        lowest=0.0,
        highest=float(rules.types),
        total=None,
        cooperative=True,
    )
