"""Preference games: the table of pairwise preferences, what people keep it in, and generators of known difficulty.

``game`` defines one game and a batch of many, ``judges`` the tables of several judges, ``votes`` the counts behind
tables with their smoothing and bootstrap, ``rankings`` what ranks, ``plackett_luce`` a model of rankings and its fit,
``read`` opens any of the files that people have, ``generators`` draws games. Only numpy is loaded.
"""

from __future__ import annotations

from games.preference.game import PreferenceBatch, PreferenceGame
from games.preference.generators import (
    bradley_terry_game,
    comal_cycle,
    condorcet_mixture,
    cyclic_game,
    egpo_protocol,
    intransitive_mixture,
    random_batch,
    random_game,
    transitive_with_cycle,
)
from games.preference.judges import JudgedGame, read_judged_game
from games.preference.plackett_luce import PlackettLuce, fit_plackett_luce
from games.preference.rankings import RankingModel
from games.preference.read import read_preference_game, read_preference_groups
from games.preference.rewards import reward_preferences
from games.preference.tables import read_reference
from games.preference.validation import TOLERANCE
from games.preference.vote_lists import VoteLog, read_vote_log, read_votes
from games.preference.votes import Ballots, LeftOut, Votes, smoothed

__all__ = [
    "TOLERANCE",
    "Ballots",
    "JudgedGame",
    "LeftOut",
    "PlackettLuce",
    "PreferenceBatch",
    "PreferenceGame",
    "RankingModel",
    "VoteLog",
    "Votes",
    "bradley_terry_game",
    "comal_cycle",
    "condorcet_mixture",
    "cyclic_game",
    "egpo_protocol",
    "fit_plackett_luce",
    "intransitive_mixture",
    "random_batch",
    "random_game",
    "read_judged_game",
    "read_preference_game",
    "read_preference_groups",
    "read_reference",
    "read_vote_log",
    "read_votes",
    "reward_preferences",
    "smoothed",
    "transitive_with_cycle",
]
