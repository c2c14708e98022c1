"""The networks that come with the project: what their cards say is so, and they are what is played by default."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.blueprints.files import SHIPPED, WEIGHTS
from agents.blueprints.neural.weights import load
from agents.blueprints.registry import blueprint, rule_based_for, strongest_for
from agents.hanabi.options import Options
from agents.training.evaluation import EVALUATION_SEED
from games.hanabi.game import seven_card, small, standard
from games.hanabi.self_play import self_play

FILES = sorted(SHIPPED.glob(f"*{WEIGHTS}"))
GAMES = 2000


def players_of(path: Path) -> int:
    """Return the number of players that a file's name says."""
    return int(path.stem.partition("_")[0])


def test_there_is_one_for_two_players() -> None:
    assert 2 in [players_of(path) for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_greedy_games_score_what_the_card_says_and_more_than_the_base(path: Path) -> None:
    network, players = load(path), players_of(path)
    game = standard(players)
    network.check_plays(game)
    facts = network.training
    assert facts["evaluation_seed"] == EVALUATION_SEED
    assert facts["evaluation_games"] >= 10_000
    assert facts["standard_error"] < 0.02
    name = "neural-wide" if path.stem.endswith("_wide") else "neural"
    scores = self_play(game, blueprint(name), GAMES, EVALUATION_SEED).scores
    base = self_play(game, blueprint(network.base), GAMES, EVALUATION_SEED).scores
    spread = scores.std(ddof=1) / np.sqrt(GAMES)
    assert abs(scores.mean() - facts["score"]) < 4.0 * spread
    gain = scores - base
    assert gain.mean() > 2.0 * gain.std(ddof=1) / np.sqrt(GAMES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_cards_are_beside_the_files_and_name_no_folder_of_somebody(path: Path) -> None:
    card = path.with_suffix(".md").read_text(encoding="utf-8")
    facts = load(path).training
    assert f"{facts['score']:.3f}" in card
    assert facts["command"] in card
    checkpoint = re.search(r"--checkpoint (\S+)", facts["command"])
    assert checkpoint is not None
    assert not Path(checkpoint[1]).is_absolute()


def test_weights_together_are_small() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.parent.rglob(f"*{WEIGHTS}")) <= 40_000_000


def test_the_strongest_is_played_by_default() -> None:
    for players in (2, 3, 4, 5):
        trained = (SHIPPED / f"{players}_players{WEIGHTS}").exists()
        assert strongest_for(standard(players)) == ("neural" if trained else rule_based_for(players))
        assert strongest_for(standard(players, "keep")) == strongest_for(standard(players))
        assert strongest_for(small(players)) == rule_based_for(players)
    assert strongest_for(seven_card()) == "smart"
    assert Options().job().blueprint == "neural"
    assert replace(Options(), belief="learned").job().blueprint == "smart"
