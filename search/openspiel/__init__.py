"""Search at the moment of decision in any OpenSpiel game: magnetic mirror descent and its relatives as a bot.

- ``MirrorDescentBot``: a ``pyspiel.Bot``; ``SearchPolicy``: an OpenSpiel policy, so that search itself can be measured.
- ``Search``: belief × value × update at one information state; ``SearchOptions``: which ones.
- ``iterated_search``: search on its own output, everywhere, again and again.
- ``ResolvingBot``, ``ResolvingPolicy``: the other way to use a blueprint, subgame solving, in games that can be
  compiled; ``Resolving`` and ``ResolvingOptions`` are what they share.
- ``search.openspiel.blueprints``: uniform, OpenSpiel policies, solved tables, networks.
- ``search.openspiel.audit``: whether a game's ``resample_from_infostate`` keeps hidden what is hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from games._base.lazy import lazy

if TYPE_CHECKING:
    from search.openspiel.audit import Audit, Leak, audit_resampling
    from search.openspiel.blueprints import (
        NetworkBlueprint,
        OpenSpielBlueprint,
        Softened,
        TabularBlueprint,
        UniformBlueprint,
    )
    from search.openspiel.bot import MirrorDescentBot, SearchPolicy, iterated_search
    from search.openspiel.decide import Search, SearchOptions
    from search.openspiel.game import SearchGame, View
    from search.openspiel.resolving import Resolving, ResolvingBot, ResolvingOptions, ResolvingPolicy
    from search.planner import MagneticMirrorDescent, MirrorDescent, PolicyIteration

__all__ = [
    "Audit",
    "Leak",
    "MagneticMirrorDescent",
    "MirrorDescent",
    "MirrorDescentBot",
    "NetworkBlueprint",
    "OpenSpielBlueprint",
    "PolicyIteration",
    "Resolving",
    "ResolvingBot",
    "ResolvingOptions",
    "ResolvingPolicy",
    "Search",
    "SearchGame",
    "SearchOptions",
    "SearchPolicy",
    "Softened",
    "TabularBlueprint",
    "UniformBlueprint",
    "View",
    "audit_resampling",
    "iterated_search",
]

_BLUEPRINTS = ("NetworkBlueprint", "OpenSpielBlueprint", "Softened", "TabularBlueprint", "UniformBlueprint")
_RESOLVING = ("Resolving", "ResolvingBot", "ResolvingOptions", "ResolvingPolicy")
_UPDATES = ("MagneticMirrorDescent", "MirrorDescent", "PolicyIteration")

__getattr__ = lazy(
    __name__,
    {
        **dict.fromkeys(("Audit", "Leak", "audit_resampling"), f"{__name__}.audit"),
        **dict.fromkeys(_BLUEPRINTS, f"{__name__}.blueprints"),
        **dict.fromkeys(("MirrorDescentBot", "SearchPolicy", "iterated_search"), f"{__name__}.bot"),
        **dict.fromkeys(("Search", "SearchOptions"), f"{__name__}.decide"),
        **dict.fromkeys(("SearchGame", "View"), f"{__name__}.game"),
        **dict.fromkeys(_RESOLVING, f"{__name__}.resolving"),
        **dict.fromkeys(_UPDATES, "search.planner"),
    },
)
