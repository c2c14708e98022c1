"""The command ``python -m agents.tournament``: what it writes and prints, and what it says to bad input."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from agents.blueprints.registry import blueprint
from agents.runs.schedule import Match
from agents.tournament import command as tournament_command
from agents.tournament.__main__ import main
from agents.tournament.command import run
from agents.tournament.games import TournamentJob, play_chunk
from agents.tournament.options import Options
from agents.tournament.report import terminal_tables
from games._base.errors import UsageError
from games.hanabi.game import standard
from games.hanabi.self_play import self_play

PLAYERS = "tests.agents.players"


def tournament(output: Path | None, *agents: str, game: str = "kuhn_poker", **options: Any) -> dict[str, Any]:
    given = {"games": 40, "workers": 1, "seed": 3} | options
    return run(Options(game=game, agents=agents, output=output, **given), Console(file=io.StringIO(), width=120))


def lines(folder: Path, name: str = "games.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def test_a_round_robin_writes_what_the_contract_says(tmp_path: Path) -> None:
    results = tournament(tmp_path, "uniform", "a=uniform", f"{PLAYERS}:Last(slip=.3)", games=41)
    games = lines(tmp_path)
    names = ["uniform", "a", f"{PLAYERS}:Last(slip=0.3)"]
    assert len(games) == 3 * 42  # rounded up to whole deals
    assert results["agents"] == names
    for number, game in enumerate(games):
        unit, deal = number // 42, number % 42 // 2
        pair = [names[i] for i in ((0, 1), (0, 2), (1, 2))[unit]]
        assert list(game) == ["unit", "deal", "seats", "returns", "moves", "forfeit"]
        assert (game["unit"], game["deal"], game["forfeit"]) == (unit, deal, None)
        assert game["seats"] == (pair if number % 2 == 0 else pair[::-1])
        assert sum(game["returns"]) == 0
    timings = lines(tmp_path, "timings.jsonl")
    assert [(t["unit"], t["deal"]) for t in timings] == [(g["unit"], g["deal"]) for g in games]
    assert [sum(t["moves"]) for t in timings] == [g["moves"] for g in games]
    assert [t["game"] for t in timings] == [0, 1] * 63
    assert json.loads((tmp_path / "results.json").read_text()) == results
    assert "report" not in results
    assert (tmp_path / "report.html").stat().st_size > 1000
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "games.jsonl", "histories.jsonl", "replays", "report.html", "results.json", "run.json", "timings.jsonl",
    ]  # fmt: skip
    replays = list((tmp_path / "replays").glob("*.txt"))
    assert replays
    for path in replays:
        unit, deal, game = (int(part) for part in path.stem.split("-"))
        line = games[42 * unit + 2 * deal + game]
        data = json.loads(path.with_suffix(".json").read_text())
        assert (data["players"], data["returns"]) == (line["seats"], line["returns"])


def test_the_command_of_the_results_repeats_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shlex

    first = tournament(tmp_path / "a", "uniform", f"x={PLAYERS}:Last(slip=.3)", gauntlet=True, move_time=5.0)
    words = shlex.split(first["command"])
    assert words[:3] == ["python", "-m", "agents.tournament"]
    assert main([*words[3:], "--output", str(tmp_path / "b"), "--workers", "1"]) == 0
    assert "uniform" in capsys.readouterr().out
    for name in ("results.json", "games.jsonl"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_deals_are_duplicates_and_agents_do_not_depend_on_who_else_plays() -> None:
    """The same deal of two matches has the same cards: player 0 of Kuhn loses to no better card by passing it down."""
    job = TournamentJob("kuhn_poker", ("uniform", "b=uniform", f"{PLAYERS}:Last"), 5)
    alone = TournamentJob("kuhn_poker", ("uniform", f"{PLAYERS}:Last"), 5)

    def played(job: TournamentJob, one: int, other: int, first: int, stop: int) -> list[str]:
        (chunk,) = play_chunk(job, Match(1, (one, other), ((one, other), (other, one))), first, stop)
        return chunk.texts["games.jsonl"]

    there = played(job, 0, 2, 0, 20)
    assert there == played(alone, 0, 1, 0, 20)
    assert there[7:9] == played(job, 0, 2, 7, 9)


@pytest.mark.parametrize("workers", [1, 2])
def test_results_do_not_depend_on_the_number_of_workers(tmp_path: Path, workers: int) -> None:
    agents = ("uniform", f"{PLAYERS}:Last(slip=.5)", f"{PLAYERS}:Crashes", "bot:uniform_random")
    tournament(tmp_path / "1", *agents, games=60)
    tournament(tmp_path / "n", *agents, games=60, workers=workers)
    for name in ("results.json", "games.jsonl"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "n" / name).read_bytes()


def test_games_for_three_are_played_in_all_seatings(tmp_path: Path) -> None:
    tournament(tmp_path, "uniform", f"{PLAYERS}:Last", game="kuhn_poker(players=3)", games=6)
    games = lines(tmp_path)
    assert len(games) == 2 * 6
    assert {tuple(game["seats"]) for game in games[:3]} == {
        ("uniform", "uniform", f"{PLAYERS}:Last"),
        ("uniform", f"{PLAYERS}:Last", "uniform"),
        (f"{PLAYERS}:Last", "uniform", "uniform"),
    }


def test_misbehaving_agents_forfeit_and_the_tournament_goes_on(tmp_path: Path) -> None:
    agents = ("uniform", *(f"{PLAYERS}:{name}" for name in ("Crashes", "Illegal", "Slow(seconds=0.5)")))
    results = tournament(tmp_path, *agents, games=4, move_time=0.1)
    assert results["games"] == 24
    assert results["forfeits"]["by_agent"].keys() == set(agents[1:])
    reasons = {(row["agent"], row["reason"]) for row in results["forfeits"]["reasons"]}
    assert (agents[2], "made the illegal move 17") in reasons
    assert (agents[3], "took longer than 0.1 s for a move") in reasons
    against_uniform = [game for game in lines(tmp_path) if "uniform" in game["seats"]]
    for game in against_uniform:
        if game["forfeit"]:
            assert game["returns"][game["forfeit"]["seat"]] == -2.0


def test_files_are_looked_up_where_the_command_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process in which agents play is kept from one tournament to the next."""
    for seed, name in enumerate(("one", "two")):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        Path("mine.py").write_text(
            "class Mine:\n    sees = 'information-state'\n    def act(self, view): return view.legal_actions[0]\n"
        )
        found = tournament(None, "mine.py:Mine", "uniform", games=4, seed=seed)
        assert found["forfeits"]["games"] == 0
        Path("mine.py").unlink()


def test_hanabi_plays_the_full_matrix_of_seatings(tmp_path: Path) -> None:
    results = tournament(tmp_path, "smart", "random", game="hanabi(players=2)", games=5)
    games = lines(tmp_path)
    assert [tuple(game["seats"]) for game in games] == (
        [("smart", "smart")] * 5 + [("smart", "random"), ("random", "smart")] * 5 + [("random", "random")] * 5
    )
    own = [game["returns"][0] for game in games[:5]]
    assert own == self_play(standard(2), blueprint("smart"), 5, 3).scores.tolist()
    assert results["cooperative"]
    assert math.isclose(results["matrix"]["mean"][0][0], sum(own) / 5)
    assert list((tmp_path / "replays").glob("*.json"))


def test_searching_agents_sit_at_hanabi_tables(tmp_path: Path) -> None:
    search = "mds(blueprint=iggi, rollouts=30, particles=40)"
    results = tournament(tmp_path, search, "iggi", game="hanabi(variant=small)", games=1)
    assert results["games"] == 4
    assert results["forfeits"]["games"] == 0
    assert [line["agent"] for line in results["beliefs"]] == [search]
    assert results["beliefs"][0]["decisions"] > 0


def test_searches_without_a_belief_are_counted_shown_and_warned_about(tmp_path: Path) -> None:
    """Simulated deals of Gin rummy never have the player's ten cards, so that there is no belief in any decision."""
    blind, seeing = "blind=mmds(rollouts=4, particles=1)", "seeing=monte-carlo(rollouts=8, belief=exact)"
    results = tournament(tmp_path / "blind", blind, "uniform", game="gin_rummy", games=2)
    found = results["beliefs"]
    assert [line["agent"] for line in found] == ["blind"]
    moves = sum(t["moves"][g["seats"].index("blind")] for t, g in timed(tmp_path / "blind"))
    assert found[0]["decisions"] == moves > 0
    assert 0 < found[0]["fallbacks"] <= found[0]["decisions"]
    assert found[0]["rebuilds"] == 0
    for game in lines(tmp_path / "blind"):
        assert [record is None for record in game["beliefs"]] == [name == "uniform" for name in game["seats"]]
    warning = f"left to the blueprint: blind {found[0]['fallbacks']:,} of {found[0]['decisions']:,}."
    assert [w for w in results["warnings"] if w.endswith(warning)]
    assert "Beliefs of searches" in (tmp_path / "blind" / "report.html").read_text()
    shown = io.StringIO()
    terminal_tables(results, Console(file=shown, width=120))
    assert "without a belief" in shown.getvalue()
    assert warning in " ".join(shown.getvalue().split())

    results = tournament(tmp_path / "seeing", seeing, "uniform", games=2)
    assert [line["fallbacks"] for line in results["beliefs"]] == [0]
    assert not [w for w in results["warnings"] if "blueprint" in w]
    shown = io.StringIO()
    terminal_tables(results, Console(file=shown, width=120))
    assert "without a belief" not in shown.getvalue()


def timed(folder: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return list(zip(lines(folder, "timings.jsonl"), lines(folder), strict=True))


def test_decisions_stop_a_match(tmp_path: Path) -> None:
    """Illegal moves lose every game, which is decided at once; two uniform agents are not, in 64 games."""
    agents = ("uniform", "b=uniform", f"{PLAYERS}:Illegal")
    results = tournament(tmp_path, *agents, games=64, decide=0.9)
    matches = {tuple(match["agents"]): match for match in results["run"]["decide"]["matches"]}
    sure = matches["uniform", agents[2]]
    assert (sure["decided"], sure["better"], sure["deals"]) == (True, "uniform", 16)
    assert matches["uniform", "b"]["deals"] == 32
    assert not matches["uniform", "b"]["decided"]
    assert results["games"] == sum(2 * match["deals"] for match in matches.values())
    assert (results["sequential"], results["confidence"]) == (True, 0.9)
    for (one, other), match in matches.items():  # the matrix of the report says what the verdicts say
        row, column = results["agents"].index(one), results["agents"].index(other)
        shown = [results["matrix"][f"anytime_{end}"][row][column] for end in ("low", "high")]
        assert shown == pytest.approx(match["advantage_interval"], abs=1e-12)
        assert match["decided"] == (not shown[0] <= 0.0 <= shown[1])
    assert any("stopped when they were decided" in warning for warning in results["warnings"])
    undecided = tournament(None, *agents[:2], games=64, decide=0.9)
    assert [match["decided"] for match in undecided["run"]["decide"]["matches"]] == [False]
    assert not any("stopped" in warning for warning in undecided["warnings"])


def test_swiss_tournaments_give_points(tmp_path: Path) -> None:
    agents = ("uniform", f"{PLAYERS}:Illegal", f"{PLAYERS}:Last", "d=uniform")
    results = tournament(tmp_path, *agents, games=20, swiss=3)
    points = results["run"]["swiss_points"]
    assert points[agents[1]] == 0.0
    assert sum(points.values()) == 6.0


def test_control_variates_leave_means_and_take_variance(tmp_path: Path) -> None:
    """Adjusted by the exact value of the very policies that play, every game is worth the same: its expectation."""
    plain = tournament(None, "uniform", "cfr(iterations=20)", games=200)
    adjusted = tournament(tmp_path, "uniform", "b=uniform", games=40, control_variate="uniform")
    for game in lines(tmp_path):
        values = [value - luck for value, luck in zip(game["returns"], game["adjustment"], strict=True)]
        assert values == pytest.approx([0.125, -0.125])  # of uniform play in Kuhn
    assert adjusted["matrix"]["adjusted"][0][1]
    assert not plain["matrix"]["adjusted"][0][1]
    near = tournament(None, "uniform", "cfr(iterations=20)", games=200, control_variate="uniform")
    assert near["variance_reduction"]["control_variates"] < 0.7
    errors = [found["matrix"]["advantage_standard_error"][0][1] for found in (plain, near)]
    values = [found["matrix"]["advantage"][0][1] for found in (plain, near)]
    assert abs(values[0] - values[1]) < 4 * errors[0]


TWO = ["--game", "kuhn_poker", "--agents", "a=uniform", "uniform"]
BAD: list[tuple[list[str], str]] = [
    (["--game", "kuhn_pokr", "--agents", "uniform", "x=uniform"], "did you mean kuhn_poker"),
    (["--game", "kuhn_poker", "--agents", "uniform"], "at least two agents"),
    (["--game", "kuhn_poker", "--agents", "uniform", "uniform"], "two agents are called"),
    (["--game", "kuhn_poker", "--agents", "uniform", "cfr(iteratons=3)"], "did you mean 'iterations'"),
    (["--game", "kuhn_poker", "--agents", "uniform", "human"], "use python -m agents.play"),
    ([*TWO, "--games", "0"], "--games must be at least 1, not 0"),
    ([*TWO, "--decide", "95"], "--decide must be a confidence"),
    ([*TWO, "--move-time", "0"], "--move-time must be a positive"),
    ([*TWO, "--swiss", "1"], "at least 3 agents, not 2"),
    ([*TWO, "c=uniform", "--swiss", "3"], "fewer rounds than"),
    ([*TWO, "--swiss", "1", "--gauntlet"], "leave out --gauntlet"),
    (["--game", "hanabi", "--agents", "random", "--decide", "0.9"], "a game for two that compete"),
    (["--game", "hanabi", "--agents", "random", "iggi", "smart", "--swiss", "1"], "a game for two that compete"),
    ([*TWO, "--cluster", "x"], "--cluster needs --backend"),
    ([*TWO, "--control-variate", "ismcts"], "needs a fixed policy"),
    (["--game", "chess", "--agents", "a=uniform", "uniform", "--control-variate", "uniform"], "too many histories"),
    (["--game", "hanabi", "--agents", "random", "--control-variate", "uniform"], "OpenSpiel's games, not for Hanabi"),
    (["--gaem", "kuhn_poker", "--agents", "a=uniform", "uniform"], "did you mean --game"),
    (["--game", "kuhn_poker"], "say who plays"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=lambda value: value if isinstance(value, str) else "")
def test_bad_input_ends_with_one_sentence_and_leaves_nothing(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--output", str(tmp_path / "out"), "--workers", "1"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert message in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 4}, "with seed = 3, not 4"),
        ({"agents": ("uniform", "c=uniform")}, "with agents = uniform, b=uniform, not uniform, c=uniform"),
        ({"games": 8}, "holds a tournament with 10 games, so --games must be at least that, not 8"),
        ({"decide": 0.95}, "with decide = none, not 0.95"),
    ],
)
def test_a_folder_belongs_to_one_tournament(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    options: dict[str, Any] = {"game": "kuhn_poker", "agents": ("uniform", "b=uniform"), "games": 10, "seed": 3}
    console = Console(file=io.StringIO())
    run(Options(**options, output=tmp_path, workers=1), console)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with pytest.raises(UsageError, match=message):
        run(Options(**(options | change), output=tmp_path, workers=1), console)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}


def test_folders_of_something_else_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "games.jsonl").write_text("{}\n")
    (tmp_path / "third").mkdir()
    (tmp_path / "third" / "run.json").write_text("[]")
    for name, message in (
        ("file", "is a file"),
        ("other", "of something else"),
        ("third", "is not the description of a tournament"),
    ):
        with pytest.raises(UsageError, match=message):
            tournament(tmp_path / name, "uniform", "b=uniform")


def test_a_longer_tournament_goes_on_from_a_shorter_one(tmp_path: Path) -> None:
    agents = ("uniform", f"{PLAYERS}:Last(slip=.5)", "c=uniform")
    tournament(tmp_path / "a", *agents, games=20)
    played: list[int] = []
    count_chunks(played, lambda: tournament(tmp_path / "a", *agents, games=50))
    tournament(tmp_path / "b", *agents, games=50)
    assert sum(played) == 3 * 15
    for name in ("results.json", "games.jsonl"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def count_chunks(into: list[int], function: Callable[[], Any]) -> None:
    """Append the deals of every chunk that is played while a function runs."""
    original = tournament_command.play_chunk
    try:
        tournament_command.play_chunk = lambda *a: (into.append(a[3] - a[2]), original(*a))[1]  # type: ignore[func-returns-value]
        function()
    finally:
        tournament_command.play_chunk = original


@pytest.mark.parametrize(
    ("backend", "package"),
    # That Ray gives back what it is given, tests/games/base/test_backends.py says.
    [("dask", "distributed"), pytest.param("ray", "ray", marks=pytest.mark.exhaustive)],
)
def test_clusters_play_the_same_games(tmp_path: Path, backend: str, package: str) -> None:
    """A real cluster of two workers, started here."""
    pytest.importorskip(package, reason=f"the {backend} extra is not installed")
    agents = ("uniform", f"{PLAYERS}:Last(slip=.5)", "bot:uniform_random")
    tournament(tmp_path / "local", *agents, games=20)
    tournament(tmp_path / "cluster", *agents, games=20, workers=2, backend=backend)
    for name in ("results.json", "games.jsonl"):
        assert (tmp_path / "local" / name).read_bytes() == (tmp_path / "cluster" / name).read_bytes()
