"""What a tournament found: the content of ``results.json`` and the verdicts in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from agents.game import Game
from agents.runs.schedule import Schedule, keys_of
from agents.tournament.folder import GAMES, TournamentFolder
from agents.tournament.games import Description
from agents.tournament.options import Options
from agents.tournament.plan import format_of
from agents.tournament.schedule import DecidingSchedule, SwissSchedule
from agents.tournament.statistics import summarise
from agents.tournament.tables import given_state_text

FORFEIT_RULE = (
    "Who forfeits gets the worst return of the game; where returns have a fixed sum the others share the rest alike, "
    "where all get the same all get the worst, otherwise the others get the middle of what is possible."
)

_ONCE = (
    "{} cannot be repeated: equal seeds give other games. What was played is in histories.jsonl; another run of the "
    "same command gives other results. (ismcts(repeats=true) is a search that repeats.)"
)


def results_of(
    game: Game,
    types: Sequence[Description],
    options: Options,
    schedule: Schedule,
    folder: TournamentFolder,
    command: str,
) -> dict[str, Any]:
    """Return the content of ``results.json``: the statistics (``agents.tournament.statistics``), and under ``run`` what
    was asked for. Nothing in it depends on a clock, on workers or on interruptions, if all agents repeat; those that do
    not are named. With ``--decide`` all intervals have its confidence, each match by itself, so that the matrix agrees
    with the verdicts.
    """
    labels = [kind.label for kind in types]
    lines = folder.all_lines(GAMES, keys_of(schedule.pieces()))
    bounds = (game.lowest, game.highest)
    how: dict[str, Any] = {}
    if isinstance(schedule, DecidingSchedule):
        how = {"confidence": options.decide, "sequential": True, "stopped": schedule.stopped}
    results = summarise(lines, labels, bounds, game.name, cooperative=game.cooperative, **how)
    if results["forfeits"]["games"] and (bare := _without_forfeits(folder, schedule, labels, bounds, game, how)):
        results["without_forfeits"] = bare
    if once := [kind.label for kind in types if not kind.repeats]:
        results["warnings"].append(_ONCE.format(", ".join(once)))
    return results | {"seed": options.seed, "command": command, "run": _run_facts(types, options, schedule)}


def _without_forfeits(
    folder: TournamentFolder,
    schedule: Schedule,
    labels: Sequence[str],
    bounds: tuple[float, float],
    game: Game,
    how: dict[str, Any],
) -> dict[str, Any] | None:
    """Return games and ratings without the deals in which somebody forfeited a game, of those who are left; or None."""
    keys = keys_of(schedule.pieces())

    def deal(line: dict[str, Any]) -> tuple[int, int]:
        return line["unit"], line["deal"]

    spoilt = {deal(line) for line in folder.all_lines(GAMES, keys) if line["forfeit"]}
    kept = [line for line in folder.all_lines(GAMES, keys) if deal(line) not in spoilt]
    left = [label for label in labels if any(label in line["seats"] for line in kept)]
    if len(left) < 2:
        return None
    found = summarise(kept, left, bounds, game.name, cooperative=game.cooperative, **how)
    return {"games": found["games"], "ratings": found["ratings"]}


def _run_facts(types: Sequence[Description], options: Options, schedule: Schedule) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "specifications": {kind.label: kind.text for kind in types},
        "format": format_of(options),
        "move_time": options.move_time,
        "control_variate": options.control_variate,
        "forfeit_rule": FORFEIT_RULE,
        "not_repeatable": [kind.label for kind in types if not kind.repeats],
        "given_state": [kind.label for kind in types if kind.given_state],
    }
    if isinstance(schedule, DecidingSchedule):
        verdicts = [_verdict(judged, types) for judged in _judged(schedule)]
        facts["decide"] = {"confidence": options.decide, "matches": verdicts}
    if isinstance(schedule, SwissSchedule):
        facts["swiss_points"] = {kind.label: points for kind, points in zip(types, schedule.points, strict=True)}
    return facts


def _judged(schedule: DecidingSchedule) -> list[tuple[tuple[int, ...], Any]]:
    known = schedule.verdicts
    return [(match.agents, known[match.unit]) for match in schedule.matches if match.unit in known]


def _verdict(judged: tuple[tuple[int, ...], Any], types: Sequence[Description]) -> dict[str, Any]:
    agents, verdict = judged
    names = [types[agent].label for agent in agents]
    better = names[sum(verdict.interval) < 0.0] if verdict.decided else None
    return {
        "agents": names,
        "decided": verdict.decided,
        "better": better,
        "deals": verdict.deals,
        "advantage_interval": list(verdict.interval),
    }


def print_verdicts(console: Console, results: dict[str, Any]) -> None:
    """Print who was given the state, which matches are decided, and a Swiss tournament's points."""
    if note := given_state_text(results):
        console.print(note, highlight=False, markup=False, soft_wrap=True)
    for judged in results["run"].get("decide", {}).get("matches", []):
        one, other = judged["agents"]
        low, high = judged["advantage_interval"]
        verdict = f"{judged['better']} is better" if judged["decided"] else "undecided"
        text = f"{one} – {other}: {verdict} after {judged['deals']} deals (advantage {low:+.3g} to {high:+.3g})"
        console.print(text, highlight=False, markup=False)
    points = results["run"].get("swiss_points", {})
    for name, value in sorted(points.items(), key=lambda item: -item[1]):
        console.print(f"{name}: {value:g} points", highlight=False, markup=False)
