"""The results of whole tournaments: known fields, cooperative games, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import combinations, combinations_with_replacement
from typing import Any

import numpy as np
import pytest
import scipy.stats

from agents.statistics.teams import TeamGames
from agents.tournament.html import number
from agents.tournament.report import report_html
from agents.tournament.statistics import summarise
from agents.tournament.times import notable_games, time_per_move

Lines = list[dict[str, Any]]
Play = Callable[[str, str, np.random.Generator], float]


def tournament(agents: list[str], groups: int, play: Play, seed: int = 0) -> Lines:
    """Return a round robin of duplicate groups; ``play`` returns what the first seat wins."""
    generator = np.random.default_rng(seed)
    lines: Lines = []
    for unit, (a, b) in enumerate(combinations(agents, 2)):
        for deal in range(groups):
            for seats in ([a, b], [b, a]):
                won = float(play(seats[0], seats[1], generator))
                moves = int(generator.integers(3, 9))
                lines.append(
                    {
                        "unit": unit,
                        "deal": deal,
                        "seats": seats,
                        "returns": [won, -won],
                        "moves": moves,
                        "forfeit": None,
                    }
                )
    return lines


def rock_paper_scissors(first: str, second: str, _: np.random.Generator) -> float:
    beats = {"rock": "scissors", "paper": "rock", "scissors": "paper"}
    return 1.0 if beats[first] == second else -1.0


def by_strength(strengths: dict[str, float]) -> Play:
    return lambda a, b, generator: float(
        np.clip(np.round(strengths[a] - strengths[b] + 0.3 + 2 * generator.normal()), -9, 9)
    )


def teams(scores: dict[tuple[str, str], float], deals: int, seed: int = 0) -> Lines:
    """Return a Hanabi-like tournament on the same decks for every team."""
    generator = np.random.default_rng(seed)
    luck = generator.normal(size=deals)
    names = sorted({name for pair in scores for name in pair})
    lines: Lines = []
    for unit, pair in enumerate(combinations_with_replacement(names, 2)):
        for deal in range(deals):
            for seats in dict.fromkeys((pair, pair[::-1])):
                score = float(np.clip(np.round(scores[pair] + luck[deal] + generator.normal()), 0, 25))
                lines.append(
                    {
                        "unit": unit,
                        "deal": deal,
                        "seats": list(seats),
                        "returns": [score, score],
                        "moves": 60,
                        "forfeit": None,
                    }
                )
    return lines


TEAMS = {
    ("a", "a"): 24.0,
    ("a", "b"): 18.0,
    ("a", "c"): 15.0,
    ("b", "b"): 20.0,
    ("b", "c"): 17.0,
    ("c", "c"): 16.0,
}


def test_rock_paper_scissors_has_equal_ratings_a_uniform_nash_average_and_the_warning() -> None:
    lines = tournament(["rock", "paper", "scissors"], 30, rock_paper_scissors)
    found = summarise(lines, ["rock", "paper", "scissors"], (-1.0, 1.0), "rps")
    assert [line["elo"] for line in found["ratings"]] == pytest.approx([0.0] * 3, abs=1e-9)
    assert found["nash"]["policy"] == pytest.approx([1 / 3] * 3)
    assert found["alpha_rank"] == pytest.approx([1 / 3] * 3)
    assert found["cyclicity"]["share"] == pytest.approx(1.0)
    assert found["cyclicity"]["cycles"] == [["rock", "scissors", "paper"]]
    assert any("cyclic" in warning and "rock beats scissors beats paper" in warning for warning in found["warnings"])
    assert found["matrix"]["advantage_low"][0][2] > 0.7


def test_a_field_in_order_has_no_warning_and_its_order() -> None:
    strengths = {"strong": 1.5, "middle": 0.0, "weak": -1.5}
    lines = tournament(list(strengths), 150, by_strength(strengths))
    found = summarise(lines, list(strengths), (-9.0, 9.0), "toy")
    assert found["warnings"] == []
    elo = [line["elo"] for line in found["ratings"]]
    assert elo[0] > elo[1] > elo[2]
    assert found["nash"]["policy"] == pytest.approx([1.0, 0.0, 0.0])
    assert found["cyclicity"]["p_value"] > 0.05
    assert min(found["rating_differences"]["superiority"][0][1], found["matrix"]["superiority"][0][1]) > 0.99
    # The field's advantages are the means of the rows, and their differences have errors of their own.
    rows = [np.mean([value or 0.0 for value in row]) for row in found["matrix"]["advantage"]]
    assert [line["advantage"]["value"] for line in found["ratings"]] == pytest.approx(rows)
    seats = found["seat_effects"]["seats"]
    assert seats[0]["effect"]["value"] == pytest.approx(0.3, abs=4 * seats[0]["effect"]["standard_error"])
    assert seats[0]["effect"]["value"] == pytest.approx(-seats[1]["effect"]["value"])


def test_the_matrix_is_students_interval_of_every_pair_of_games() -> None:
    strengths = {"x": 0.4, "y": 0.0}
    lines = tournament(["x", "y"], 60, by_strength(strengths), seed=5)
    matrix = summarise(lines, ["x", "y"], (-9.0, 9.0), "toy", confidence=0.9)["matrix"]
    games = np.array([line["returns"][line["seats"].index("x")] for line in lines]).reshape(60, 2).mean(axis=1)
    low, high = scipy.stats.t.interval(0.9, 59, games.mean(), scipy.stats.sem(games))
    assert (matrix["payoff"][0][1], matrix["payoff_low"][0][1]) == pytest.approx((games.mean(), low))
    assert matrix["payoff_high"][0][1] == pytest.approx(high) == -matrix["payoff_low"][1][0]
    assert matrix["groups"][0][1] == 60 and matrix["games"][1][0] == 120
    assert matrix["wins"][0][1] == int((games > 0).sum()) == matrix["losses"][1][0]
    assert matrix["anytime_low"][0][1] < low and matrix["anytime_high"][0][1] > high
    assert matrix["payoff"][0][0] is None


def test_matches_that_were_stopped_show_the_interval_that_is_valid_at_any_time() -> None:
    lines = tournament(["x", "y"], 60, by_strength({"x": 1.0, "y": 0.0}), seed=5)
    found = summarise(lines, ["x", "y"], (-9.0, 9.0), "toy", sequential=True)
    assert any("stopped when they were decided" in warning for warning in found["warnings"])
    low, high = (number(found["matrix"][f"anytime_{end}"][0][1], 2, signed=True) for end in ("low", "high"))
    assert f"<small>{low} to {high}</small>" in report_html(found)
    whole = summarise(lines, ["x", "y"], (-9.0, 9.0), "toy", sequential=True, stopped=False)
    assert whole == found | {"warnings": whole["warnings"]}
    assert not any("stopped" in warning for warning in whole["warnings"])


def test_results_are_json_and_do_not_depend_on_the_order_of_the_groups() -> None:
    strengths = {"a": 1.0, "b": 0.0, "c": 0.2}
    lines = tournament(list(strengths), 12, by_strength(strengths))
    text = json.dumps(summarise(lines, list(strengths), (-9.0, 9.0), "toy"), allow_nan=False)
    groups = [lines[place : place + 2] for place in range(0, len(lines), 2)]
    np.random.default_rng(3).shuffle(groups)
    shuffled = [line for group in groups for line in group]
    assert json.dumps(summarise(shuffled, list(strengths), (-9.0, 9.0), "toy"), allow_nan=False) == text
    assert "only 12 paired observations" in text


def test_an_unbeaten_agent_has_a_finite_rating_and_is_named() -> None:
    lines = tournament(
        ["god", "a", "b"], 40, lambda a, b, g: 1.0 if a == "god" else -1.0 if b == "god" else g.choice([-1, 1])
    )
    found = summarise(lines, ["god", "a", "b"], (-1.0, 1.0), "toy")
    assert 200 < found["ratings"][0]["elo"] < 3000
    assert any(warning.startswith("god won everything") for warning in found["warnings"])


def test_seat_effects_count_every_deal_once() -> None:
    generator = np.random.default_rng(4)
    luck = generator.normal(size=50)  # what the deal gives to seat 0, the same in all matches
    lines = [
        {"unit": unit, "deal": deal, "seats": seats, "returns": [luck[deal], -luck[deal]], "moves": 3, "forfeit": None}
        for unit, pair in enumerate(combinations("abc", 2))
        for deal in range(50)
        for seats in (list(pair), list(pair[::-1]))
    ]
    effect = summarise(lines, ["a", "b", "c"], (-9.0, 9.0), "toy")["seat_effects"]["seats"][0]["effect"]
    low, high = scipy.stats.t.interval(0.95, 49, luck.mean(), scipy.stats.sem(luck))
    assert [effect["value"], effect["low"], effect["high"]] == pytest.approx([luck.mean(), low, high])


def test_pairs_that_never_met_are_empty_and_there_is_no_nash_averaging() -> None:
    lines = [
        line for line in tournament(["a", "b", "c"], 25, by_strength(dict.fromkeys("abc", 0.0))) if line["unit"] != 1
    ]
    found = summarise(lines, ["a", "b", "c"], (-9.0, 9.0), "toy")
    assert found["matrix"]["payoff"][0][2] is None and found["matrix"]["games"][0][2] == 0
    assert found["nash"] is None and found["alpha_rank"] is None
    assert any("Not every pair met" in warning for warning in found["warnings"])


def test_one_group_of_one_game_is_enough_for_a_result() -> None:
    line = {"unit": 0, "deal": 0, "seats": ["a", "b"], "returns": [1.0, -1.0], "moves": 5, "forfeit": None}
    found = summarise([line], ["a", "b"], (-1.0, 1.0), "toy")
    assert json.loads(json.dumps(found, allow_nan=False))["matrix"]["payoff"][0][1] == 1.0


def test_three_players_at_a_table_count_as_two_comparisons() -> None:
    generator, lines = np.random.default_rng(2), []
    for deal in range(40):
        for seats in (["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"]):
            luck = dict(zip("abc", [2.0, 0.0, -2.0] + 3 * generator.normal(size=3), strict=True))
            returns = [luck[name] - sum(luck.values()) / 3 for name in seats]
            lines.append({"unit": 0, "deal": deal, "seats": seats, "returns": returns, "moves": 9, "forfeit": None})
    found = summarise(lines, ["a", "b", "c"], (-20.0, 20.0), "toy")
    assert found["players"] == 3 and len(found["seat_effects"]["seats"]) == 3
    assert found["matrix"]["advantage"][0][1] == pytest.approx(1.0, abs=0.8)
    elo = {line["agent"]: line["elo"] for line in found["ratings"]}
    assert elo["a"] > elo["b"] > elo["c"]


def test_teams_are_compared_in_self_play_and_cross_play_with_decks_counted_once() -> None:
    lines = teams(TEAMS, 200)
    found = summarise(lines, ["a", "b", "c"], (0.0, 25.0), "hanabi", cooperative=True)
    mean = {cell: [] for cell in TEAMS}
    for line in lines:
        mean[tuple(sorted(line["seats"]))].append(line["returns"][0])
    matrix = found["matrix"]["mean"]
    for (i, j), scores in mean.items():
        assert matrix["abc".index(i)]["abc".index(j)] == pytest.approx(np.mean(scores))
    # Every team plays all decks, so the pool's means have the errors of the decks' own means.
    cells = {cell: np.array(scores).reshape(200, -1).mean(axis=1) for cell, scores in mean.items()}
    cross = np.mean([cells[cell] for cell in (("a", "b"), ("a", "c"), ("b", "c"))], axis=0)
    own = np.mean([cells[cell] for cell in (("a", "a"), ("b", "b"), ("c", "c"))], axis=0)
    for name, sample in {"self_play": own, "cross_play": cross, "gap": own - cross}.items():
        assert found[name]["value"] == pytest.approx(sample.mean())
        assert found[name]["standard_error"] == pytest.approx(scipy.stats.sem(sample))
    assert found["gap"]["low"] > 0
    first = found["ratings"][0]
    assert first["cross_play"]["value"] == pytest.approx((matrix[0][1] + matrix[0][2]) / 2)
    perfect = scipy.stats.binomtest(int((np.array(mean["a", "a"]) == 25).sum()), 200).proportion_ci(method="wilson")
    assert found["matrix"]["perfect_low"][0][0] == pytest.approx(perfect.low)
    assert found["seat_effects"]["seats"] is None and found["nash"] is None
    json.dumps(found, allow_nan=False)


def test_larger_teams_enter_the_cell_of_every_two_of_their_members() -> None:
    lines = [
        {"unit": 0, "deal": 0, "seats": ["a", "b", "b"], "returns": [20.0] * 3, "moves": 50, "forfeit": None},
        {"unit": 1, "deal": 0, "seats": ["a", "b", "c"], "returns": [10.0] * 3, "moves": 50, "forfeit": None},
        {"unit": 2, "deal": 0, "seats": ["c", "c", "c"], "returns": [5.0] * 3, "moves": 50, "forfeit": None},
    ]
    games = TeamGames(lines, ["a", "b", "c"])
    assert {cell: list(found) for cell, found in games.scores.items()} == {
        (0, 1): [20.0, 10.0],
        (0, 2): [10.0],
        (1, 2): [10.0],
        (2, 2): [5.0],
    }
    found = summarise(lines, ["a", "b", "c"], (0.0, 25.0), "hanabi", cooperative=True)
    assert found["matrix"]["mean"][0][1] == 15.0 and found["matrix"]["mean"][0][0] is None
    assert [line["seats"] for line in found["teams"]] == [["a", "b", "b"], ["a", "b", "c"], ["c", "c", "c"]]
    assert not found["warnings"]  # a and b do not play with themselves, but every two agents met
    apart = summarise([lines[0], lines[2]], ["a", "b", "c"], (0.0, 25.0), "hanabi", cooperative=True)
    assert any(warning.startswith("Not every two agents sat at one table") for warning in apart["warnings"])


def test_forfeits_are_counted_and_warned_about() -> None:
    lines = tournament(["a", "b"], 30, by_strength({"a": 0.5, "b": 0.0}))
    lines[3]["forfeit"] = {"seat": 0, "reason": "illegal move 7"}
    lines[9]["forfeit"] = {"seat": 0, "reason": "illegal move 7"}
    found = summarise(lines, ["a", "b"], (-9.0, 9.0), "toy")
    assert found["forfeits"]["by_agent"] == {"b": 2}
    assert found["forfeits"]["reasons"] == [{"agent": "b", "reason": "illegal move 7", "games": 2}]
    assert any("2 of 60 games were forfeited (b 2)" in warning for warning in found["warnings"])


def test_beliefs_are_summed_by_agent_and_failures_are_warned_about() -> None:
    lines = tournament(["a", "b"], 30, by_strength({"a": 0.5, "b": 0.0}))
    assert summarise(lines, ["a", "b"], (-9.0, 9.0), "toy")["beliefs"] == []
    for line in lines[:7]:
        line["beliefs"] = [[5, 1, 2] if name == "b" else None for name in line["seats"]]
    found = summarise(lines, ["a", "b"], (-9.0, 9.0), "toy")
    assert found["beliefs"] == [{"agent": "b", "decisions": 35, "fallbacks": 7, "rebuilds": 14}]
    assert [warning for warning in found["warnings"] if warning.endswith("left to the blueprint: b 7 of 35.")]


def test_lengths_are_counted_in_bins_of_whole_moves() -> None:
    lines = tournament(["a", "b"], 20, by_strength({"a": 0.5, "b": 0.0}))
    lines[0]["moves"] = 300
    found = summarise(lines, ["a", "b"], (-9.0, 9.0), "toy")["lengths"]
    edges, counts = found["histogram"]["edges"], found["histogram"]["counts"]
    assert sum(counts) == 40 and len(edges) == len(counts) + 1 <= 26
    assert counts[-1] == 1 and edges[-2] <= 300 < edges[-1]
    assert found["mean"] == pytest.approx(np.mean([line["moves"] for line in lines]))


def test_bad_lines_are_refused_in_one_sentence() -> None:
    lines = tournament(["a", "b"], 2, by_strength({"a": 0.5, "b": 0.0}))
    with pytest.raises(ValueError, match="no games"):
        summarise([], ["a"], (-1.0, 1.0), "toy")
    with pytest.raises(ValueError, match=r"outside of -0\.5 to 0\.5"):
        summarise([lines[0] | {"returns": [1.0, -1.0]}], ["a", "b"], (-0.5, 0.5), "toy")
    with pytest.raises(ValueError, match="must go up"):
        summarise(lines, ["a", "b"], (1.0, -1.0), "toy")
    with pytest.raises(ValueError, match="not among the agents"):
        summarise(lines, ["a"], (-9.0, 9.0), "toy")


def test_time_per_move_is_by_agent_wherever_it_sat() -> None:
    lines = tournament(["a", "b"], 2, by_strength({"a": 0.5, "b": 0.0}))
    timings = [
        {"unit": 0, "deal": deal, "game": game, "seconds": [1.0, 8.0] if game == 0 else [2.0, 3.0], "moves": [2, 4]}
        for deal in (0, 1)
        for game in (0, 1)
    ]
    first, second = time_per_move(lines, timings, ["a", "b"])
    assert (first["moves"], first["mean"]) == (12, pytest.approx(8.0 / 12))
    assert (second["moves"], second["mean"], second["longest"]) == (12, pytest.approx(20.0 / 12), 2.0)
    with pytest.raises(ValueError, match="not played"):
        time_per_move(lines, [{"unit": 9, "deal": 0, "game": 0, "seconds": [1.0, 1.0], "moves": [1, 1]}], ["a", "b"])


def test_notable_games_are_named_once_with_every_reason() -> None:
    lines = tournament(["a", "b"], 3, lambda a, b, g: 1.0)
    lines[2] |= {"returns": [5.0, -5.0], "moves": 99}
    lines[4]["forfeit"] = {"seat": 1, "reason": "crashed"}
    lines[5]["moves"] = 1
    found = notable_games(lines)
    assert [(game["what"], game["deal"], game["game"]) for game in found] == [
        ("most one-sided, longest", 1, 0),
        ("shortest", 2, 1),
        ("forfeit of b: crashed", 2, 0),
    ]
    scores = [line | {"returns": [float(place)] * 2} for place, line in enumerate(lines)]
    assert [game["what"].split(",")[0] for game in notable_games(scores, cooperative=True)[:2]] == [
        "highest score",
        "lowest score",
    ]
