"""Games of imperfect information by mirror descent: solve them, search in them, measure who plays them.

This is the front door: the names that most work needs, each loaded when it is first asked for, from the package where
it stands and is documented (``help(tamaya.solve)``).

**Games** – what is played
    ``PreferenceGame``, ``PreferenceBatch``, ``Votes``, ``read_preference_game``: who is preferred to whom, from tables,
    votes and rankings; ``JudgedGame``, ``read_judged_game``: in the eyes of several judges; ``RankingModel``,
    ``fit_plackett_luce``: who ranks how. ``MatrixGame``, ``read_matrix_game``: payoffs of two players.
    ``ExtensiveGame``, ``compile_game``: any two-player zero-sum game of OpenSpiel or a Gambit file, in sequence form;
    ``public_states``: what its players know in common, and the subgames that begin there. ``PhantomGame``,
    ``phantom_game``: Phantom Tic-Tac-Toe and Dark Hex. ``hanabi`` (``hanabi.standard``, ``hanabi.small``,
    ``hanabi.seven_card``), ``HanabiGame``, ``HanabiState``, ``HanabiView``, ``GameRecord``: Hanabi, its states, what a
    player sees of them, and replays. ``built_position``: a position of Hanabi put together by hand.

**Solvers** – equilibria of games that fit in a table
    ``solve``: a game of any kind, by an algorithm of your choice, to a certified ``Solution``. ``evaluate``
    (``Evaluation``), ``exploitability``, ``nash_conv``, ``best_response``, ``regrets``: how good a policy of an
    extensive-form game is; ``approximate_exploitability``: at least how bad, where there is no table of the game.
    ``resolve_subgame``: a policy made better in a subgame, safely. ``uniform_policy``, ``load_policy``,
    ``save_policy``, ``from_open_spiel``, ``to_open_spiel``: such policies.

**Search** – a policy made better at the moment of decision
    ``SearchSpec``: what a search in Hanabi is, every number of it; ``SearchSeat``, ``FollowSeat``: seats that search
    over a policy, or follow it. ``analyse``: what a search thinks of a position, or of every decision of a game.
    ``MirrorDescentBot``, ``SearchPolicy``, ``SearchOptions``: searches in OpenSpiel's games; ``ResolvingBot``,
    ``ResolvingPolicy``: subgame solving there.

**Players** – what sits at the table
    ``Agent``, ``ViewAgent``, ``Explanation``: what an agent is, and a base for your own. ``agent``: one by its
    specification, for a ``table_game``. ``blueprint``, ``Blueprint``: policies of Hanabi by name or from a file;
    ``self_play``: what they score.

**Tournaments** – who is better, and how sure that is
    ``tournament``, ``TournamentOptions``: a whole one. ``mean_interval``, ``confidence_sequence``, ``bradley_terry``,
    ``nash_average``, ``alpha_rank``, ``hodge_decomposition``: its statistics.

The commands are those of ``tamaya --help``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tamaya.own import foreign_package

if TYPE_CHECKING:
    from agents.agent import Agent, Explanation, ViewAgent
    from agents.analysis.analyse import analyse
    from agents.blueprints.registry import blueprint
    from agents.game import load_game as table_game
    from agents.registry import agent_type as agent
    from agents.statistics.confidence_sequences import confidence_sequence
    from agents.statistics.cyclicity import hodge_decomposition
    from agents.statistics.nash_averaging import alpha_rank, nash_average
    from agents.statistics.paired import mean_interval
    from agents.statistics.ratings import bradley_terry
    from agents.tournament.command import run as tournament
    from agents.tournament.options import Options as TournamentOptions
    from games import hanabi
    from games.extensive import ExtensiveGame, compile_game
    from games.extensive.policies import from_open_spiel, load_policy, save_policy, to_open_spiel, uniform_policy
    from games.extensive.public_states import public_states
    from games.hanabi.blueprint import Blueprint
    from games.hanabi.built import built_position
    from games.hanabi.game import HanabiGame
    from games.hanabi.replay import GameRecord
    from games.hanabi.self_play import self_play
    from games.hanabi.state import HanabiState
    from games.hanabi.view import HanabiView
    from games.matrix import MatrixGame, read_matrix_game
    from games.phantom.game import PhantomGame, phantom_game
    from games.preference import (
        JudgedGame,
        PreferenceBatch,
        PreferenceGame,
        RankingModel,
        Votes,
        fit_plackett_luce,
        read_judged_game,
        read_preference_game,
    )
    from games.version import __version__
    from search.hanabi.seat import FollowSeat, SearchSeat
    from search.hanabi.spec import SearchSpec
    from search.openspiel import MirrorDescentBot, ResolvingBot, ResolvingPolicy, SearchOptions, SearchPolicy
    from solvers import Evaluation, Solution, solve
    from solvers.exploitability.approximate import approximate_exploitability
    from solvers.extensive.evaluation import best_response, evaluate, exploitability, nash_conv, regrets
    from solvers.extensive.subgames import resolve as resolve_subgame

__all__ = [
    "Agent",
    "Blueprint",
    "Evaluation",
    "Explanation",
    "ExtensiveGame",
    "FollowSeat",
    "GameRecord",
    "HanabiGame",
    "HanabiState",
    "HanabiView",
    "JudgedGame",
    "MatrixGame",
    "MirrorDescentBot",
    "PhantomGame",
    "PreferenceBatch",
    "PreferenceGame",
    "RankingModel",
    "ResolvingBot",
    "ResolvingPolicy",
    "SearchOptions",
    "SearchPolicy",
    "SearchSeat",
    "SearchSpec",
    "Solution",
    "TournamentOptions",
    "ViewAgent",
    "Votes",
    "__version__",
    "agent",
    "alpha_rank",
    "analyse",
    "approximate_exploitability",
    "best_response",
    "blueprint",
    "bradley_terry",
    "built_position",
    "compile_game",
    "confidence_sequence",
    "evaluate",
    "exploitability",
    "fit_plackett_luce",
    "from_open_spiel",
    "hanabi",
    "hodge_decomposition",
    "load_policy",
    "mean_interval",
    "nash_average",
    "nash_conv",
    "phantom_game",
    "public_states",
    "read_judged_game",
    "read_matrix_game",
    "read_preference_game",
    "regrets",
    "resolve_subgame",
    "save_policy",
    "self_play",
    "solve",
    "table_game",
    "to_open_spiel",
    "tournament",
    "uniform_policy",
]

_NAMES = {
    "agents.agent": "Agent Explanation ViewAgent",
    "agents.analysis.analyse": "analyse",
    "agents.blueprints.registry": "blueprint",
    "agents.game": "table_game=load_game",
    "agents.registry": "agent=agent_type",
    "agents.statistics.confidence_sequences": "confidence_sequence",
    "agents.statistics.cyclicity": "hodge_decomposition",
    "agents.statistics.nash_averaging": "alpha_rank nash_average",
    "agents.statistics.paired": "mean_interval",
    "agents.statistics.ratings": "bradley_terry",
    "agents.tournament.command": "tournament=run",
    "agents.tournament.options": "TournamentOptions=Options",
    "games.extensive": "ExtensiveGame compile_game",
    "games.extensive.policies": "from_open_spiel load_policy save_policy to_open_spiel uniform_policy",
    "games.extensive.public_states": "public_states",
    "games.hanabi": "hanabi=",
    "games.hanabi.blueprint": "Blueprint",
    "games.hanabi.built": "built_position",
    "games.hanabi.game": "HanabiGame",
    "games.hanabi.replay": "GameRecord",
    "games.hanabi.self_play": "self_play",
    "games.hanabi.state": "HanabiState",
    "games.hanabi.view": "HanabiView",
    "games.matrix": "MatrixGame read_matrix_game",
    "games.phantom.game": "PhantomGame phantom_game",
    "games.preference": "JudgedGame PreferenceBatch PreferenceGame RankingModel Votes fit_plackett_luce "
    "read_judged_game read_preference_game",
    "games.version": "__version__",
    "search.hanabi.seat": "FollowSeat SearchSeat",
    "search.hanabi.spec": "SearchSpec",
    "search.openspiel": "MirrorDescentBot ResolvingBot ResolvingPolicy SearchOptions SearchPolicy",
    "solvers": "Evaluation Solution solve",
    "solvers.exploitability.approximate": "approximate_exploitability",
    "solvers.extensive.evaluation": "best_response evaluate exploitability nash_conv regrets",
    "solvers.extensive.subgames": "resolve_subgame=resolve",
}
"""The names of each module; ``name=other`` where it is called otherwise there, ``name=`` for the module itself."""

_PLACES = {
    name: f"{module}{equals and ':'}{other}"
    for module, names in _NAMES.items()
    for name, equals, other in (word.partition("=") for word in names.split())
}


def __getattr__(name: str) -> Any:
    """Load a name when it is first asked for; raises ``ImportError`` where ``agents``, say, is somebody else's."""
    if name in _PLACES and (sentence := foreign_package()):
        raise ImportError(sentence)
    from games._base.lazy import lazy

    return lazy(__name__, _PLACES)(name)


def __dir__() -> list[str]:
    return __all__
