"""What ``python -m solvers.extensive`` does.

Compiles the game, runs the algorithm with the exploitability on screen, and writes ``solution.json`` and ``policy.npz``
to the folder ``--output``. The state of the run is kept there too: the same command goes on where it stopped.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from games._base.errors import UsageError
from games._base.files import present
from games._base.progress import working
from games.extensive import ExtensiveGame, NotTwoPlayerZeroSum, Policy, compile_general_game
from games.extensive.gambit_writer import write_gambit
from games.extensive.policies import (
    POLICY_SUFFIXES,
    policies_from_tables,
    save_policy,
    tables_of_game,
    write_policy,
    write_policy_json,
)
from solvers.extensive.choice import general_default
from solvers.extensive.complementarity import is_small, solve_by_complementarity
from solvers.extensive.locked import positive
from solvers.extensive.many_players import GENERAL_ALGORITHMS, GeneralSolution, solve_general
from solvers.extensive.options import Options
from solvers.extensive.registry import COMPLEMENTARITY, LINEAR_PROGRAM, SAMPLED, algorithm
from solvers.extensive.report import (
    path_entry,
    print_algorithms,
    print_comparison,
    print_general,
    print_lock,
    print_path,
    print_sampled,
    print_solution,
)
from solvers.extensive.sampled import solve_sampled
from solvers.extensive.solution import ExtensiveSolution, payoff_range
from solvers.extensive.solving import compiled, solve
from solvers.options import refuse
from solvers.output import check_outputs, number, one_sentence, solution_json, write_json
from solvers.pictures import Curve, Panel, plot_comparison
from solvers.report import line, tell_written, watched
from solvers.solution import ranked

_READABLE = 10_000  # infosets up to which the policy is written as JSON, too


def run(options: Options, console: Console, command: str) -> None:
    """Run the command; raises ``UsageError`` with one sentence for bad input."""
    if options.list_algorithms:
        print_algorithms(console)
        return
    with working(console, "loading the algorithms"):
        options.check()
    with one_sentence():
        if options.export is not None:
            _export(options, console)
        elif options.chosen in SAMPLED:
            _run_sampled(options, console, command)
        else:
            _run_compiled(options, console, command)


def _export(options: Options, console: Console) -> None:
    """Write the game to a file and stop."""
    check_outputs([("--export", options.export, (".efg",))], options.source)
    assert options.export is not None
    with working(console, f"writing {options.export}"):
        tree = write_gambit(options.export, options.game)
    players = len(tree.players)
    line(console, f"{options.game}: {tree.histories:,} nodes, {players} player{'s' if players > 1 else ''}")
    tell_written(console, [options.export])


def _run_compiled(options: Options, console: Console, command: str) -> None:
    if options.chosen == COMPLEMENTARITY:
        _run_general(options, console, command)
        return
    try:
        whole = compiled(options.game, progress=True)
    except NotTwoPlayerZeroSum as error:
        options, why = _general(options, error)
        _run_general(options, console, command, why)
        return
    lock = options.locked(whole)
    game = whole if lock is None else lock.game
    policies = options.policies(whole)
    if lock is not None:
        policies = {name: lock.lower(policy) for name, policy in policies.items()}
    folder, picture = _outputs(options)
    solutions, states = _solve_stages(console, game, options, policies)
    solution, text = solutions[-1], options.game or ""
    print_solution(console, solution, text, options.why)
    given: dict[str, Any] = {key: None if path is None else str(path) for key, path in options.policy_files().items()}
    given["chosen"] = options.why or None
    if len(solutions) > 1:
        print_path(console, solutions)
        given["path"] = [path_entry(one) for one in solutions]
    policy = solution.policy
    if lock is not None:
        given |= {"lock": str(options.lock), **(outcome := lock.outcome(policy))}
        policy = lock.lift(policy)
        print_lock(console, outcome)
    with working(console, "writing the policy"):
        written = _write_policies(options, whole, policy)
    if folder is not None:
        write_json(folder / "solution.json", solution_json(solution, command, {"game": text}, sizes(game) | given))
    if options.compare is not None:
        compared = [solution, *_compare(console, game, options, policies)]
        compared = ranked(compared, lambda one: one.exploitability, lambda one: one.seconds)
        print_comparison(console, compared)
        if folder is not None:
            given["comparison"] = [one.summary() for one in compared]
            write_json(folder / "solution.json", solution_json(solution, command, {"game": text}, sizes(game) | given))
        if picture is not None:
            _plot(picture, compared, text)
    tell_written(console, [*([] if folder is None else [folder / "solution.json"]), *written, *states, picture])


def _general(options: Options, error: NotTwoPlayerZeroSum) -> tuple[Options, str]:
    """Return the options with an algorithm for games of any number of players and any utilities, and why it was chosen,
    if nobody named it; raise the error that the game is none for the one that was named, and what solves it."""
    if options.why and options.form is None:
        name, why = general_default(options.alpha is not None)
        return replace(options, algorithm=name), why
    if options.chosen in GENERAL_ALGORITHMS:
        return options, ""
    game = compile_general_game(options.game, progress=True)
    exact = [COMPLEMENTARITY] if is_small(game) else []
    raise NotTwoPlayerZeroSum(f"{error}; what solves it is {', '.join([*GENERAL_ALGORITHMS, *exact])}") from None


def _run_general(options: Options, console: Console, command: str, why: str = "") -> None:
    """Solve a game of other than two players, or whose utilities have no constant sum."""
    given: dict[str, Any] = {"--lock": options.lock, "--magnet": options.magnet, "--compare": options.compare}
    given |= {"--average": options.average or None, "--last": options.last or None}
    given |= {"--alternating": options.alternating or None, "--simultaneous": options.simultaneous or None}
    refuse("a game of other than two players with a constant sum", given, "leave it out")
    game = compile_general_game(options.game, progress=True)
    folder, _ = _outputs(options)
    policies: dict[str, Any] = {}
    if options.initial is not None:
        policies["initial"] = policies_from_tables(game, tables_of_game(options.initial, game))
    solutions: list[GeneralSolution] = []
    for stage in options.stages():
        if solutions:
            policies["initial"] = tuple(np.maximum(part, 1e-200) for part in solutions[-1].policy)
        name = "state.npz" if len(options.stages()) == 1 else f"path/alpha-{_file_name(stage.alpha)}-state.npz"
        state = None if folder is None else folder / name
        if options.chosen == COMPLEMENTARITY:
            with working(console, "solving the linear complementarity problem"):
                solutions.append(solve_by_complementarity(game))
            break
        arguments = stage.arguments() | policies | {"tolerance": options.tolerance}
        with watched(console, options.chosen, options.iterations) as shown:
            solutions.append(
                solve_general(
                    game, options.chosen, iterations=options.iterations, checkpoint=state, **arguments, **shown
                )
            )
        if state is not None and len(options.stages()) > 1:
            save_policy(state.with_name(state.name.replace("-state", "")), game, solutions[-1].policy)
    solution, text = solutions[-1], options.game or ""
    print_general(console, solution, text, why)
    extras: dict[str, Any] = {
        "chosen": why or None,
        "players": game.players,
        "histories": game.histories,
        "infosets": list(game.infosets),
    }
    if len(solutions) > 1:
        print_path(console, solutions)
        extras["path"] = [path_entry(one) for one in solutions]
    if folder is not None:
        save_policy(folder / "policy.npz", game, solution.policy)
        write_json(folder / "solution.json", solution_json(solution, command, {"game": text}, extras))
        tell_written(console, [folder / "solution.json", folder / "policy.npz"])
    if options.policy is not None:
        write_policy(options.policy, game, solution.policy)
        tell_written(console, [options.policy])


def _solve_stages(
    console: Console, game: ExtensiveGame, options: Options, policies: dict[str, Policy]
) -> tuple[list[ExtensiveSolution], list[Path]]:
    """Solve at every temperature of the path, each from the policy of the one before; return the state files, too."""
    name, folder, stages = options.chosen, options.output, options.stages()
    solutions: list[ExtensiveSolution] = []
    states: list[Path] = []
    for stage in stages:
        if solutions:
            policies = policies | {"initial": positive(solutions[-1].policy)}
        state = None if folder is None or name == LINEAR_PROGRAM else folder / "state.npz"
        title = name
        if len(stages) > 1:
            title = f"{name}, alpha {stage.alpha}"
            state = None if folder is None else folder / "path" / f"alpha-{_file_name(stage.alpha)}-state.npz"
        solutions.append(_solve(console, game, options, name, state, stage.arguments() | policies, title))
        if state is not None:
            states.append(state)
            if len(stages) > 1:
                file = state.with_name(state.name.replace("-state", ""))
                save_policy(file, game, solutions[-1].policy)
                states.append(file)
    return solutions, states


def _file_name(alpha: str | None) -> str:
    return (alpha or "").replace("/", "_").replace(" ", "")


def _write_policies(options: Options, game: ExtensiveGame, policy: Policy) -> list[Path]:
    """Write the policy wherever it is wanted."""
    written: list[Path] = []
    if (folder := options.output) is not None:
        save_policy(folder / "policy.npz", game, policy)
        readable = _write_readable(folder / "policy.json", game, policy)
        written = [folder / "policy.npz", *([readable] if readable is not None else [])]
    if options.policy is not None:
        write_policy(options.policy, game, policy)
        written.append(options.policy)
    return written


def _solve(
    console: Console,
    game: ExtensiveGame,
    options: Options,
    name: str,
    state: Path | None,
    arguments: dict[str, Any],
    title: str,
) -> ExtensiveSolution:
    """Run one algorithm with a progress bar, saved to ``state``; the linear program has no run."""
    if name == LINEAR_PROGRAM:
        with working(console, "solving the linear program"):
            return solve(game, LINEAR_PROGRAM, tolerance=options.tolerance)
    limits: dict[str, Any] = {"iterations": options.iterations, "tolerance": options.tolerance}
    with watched(console, title, options.iterations, options.tolerance * payoff_range(game)) as shown:
        return solve(game, name, checkpoint=state, **limits, **arguments, **shown)


def _compare(
    console: Console, game: ExtensiveGame, options: Options, policies: dict[str, Policy]
) -> list[ExtensiveSolution]:
    """Run the algorithms that ``--compare`` adds, with their own settings but for alpha, each saved to its own file."""
    names, solutions = options.compared(game), []
    shared = {key: value for key, value in options.arguments().items() if key == "alpha"}
    shared |= {key: value for key, value in policies.items() if key == "magnet"}
    for count, name in enumerate(names, start=1):
        regularised = name != LINEAR_PROGRAM and algorithm(name).temperature is not None
        state = None if options.output is None else options.output / "comparison" / f"{name}.npz"
        title = f"{name} ({count} of {len(names)})"
        solutions.append(_solve(console, game, options, name, state, shared if regularised else {}, title))
    return solutions


def _outputs(options: Options) -> tuple[Path | None, Path | None]:
    """Return the folder and the picture; the folder is made now, so that what fails does so before work."""
    folder, picture = options.output, options.plot
    if folder is not None:
        _check_folder(folder, options)
        folder.mkdir(parents=True, exist_ok=True)
        if picture is None and options.compare is not None:
            picture = folder / "comparison.png"
    check_outputs([("--plot", picture, (".png",)), ("--policy", options.policy, POLICY_SUFFIXES)], options.source)
    return folder, picture


def _check_folder(folder: Path, options: Options) -> None:
    """Raise ``UsageError`` for a folder of other settings, where an algorithm without a state to compare takes part."""
    exact, advice = (LINEAR_PROGRAM, COMPLEMENTARITY), "choose another --output, or delete that folder"
    if options.chosen in exact and ((folder / "state.npz").exists() or (folder / "path").exists()):
        raise UsageError(f"{folder} holds the run of another algorithm than {options.chosen}: {advice}")
    if not present(folder / "solution.json"):
        return
    try:
        held = json.loads((folder / "solution.json").read_text(encoding="utf-8"))
        held_name, held_game = str(held["algorithm"]), str(held["game"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return  # what is there is no solution
    if options.chosen not in exact and held_name not in exact:
        return  # the states are compared
    for what, was, now in (("algorithm", held_name, options.chosen), ("game", held_game, options.game or "")):
        if was != now:
            raise UsageError(f"{folder} holds a solution with {what} = {was}, not {now}: {advice}")


def _write_readable(path: Path, game: ExtensiveGame, policy: Policy) -> Path | None:
    """Write the policy for reading, too, if anybody can read that much."""
    if sum(game.infosets) > _READABLE:
        return None
    write_policy_json(path, game, policy)
    return path


def _plot(path: Path, solutions: list[ExtensiveSolution], title: str) -> None:
    """Draw exploitability against iterations and against seconds."""
    panels = [
        Panel("iteration", "exploitability", "iterations", "exploitability"),
        Panel("seconds", "exploitability", "seconds (iterations alone)", "exploitability"),
    ]
    curves = [Curve(f"{one.algorithm}  {number(one.exploitability)}", one.history) for one in solutions]
    plot_comparison(path, title, curves, panels)


def sizes(game: ExtensiveGame) -> dict[str, Any]:
    """Return how large a game is, as ``solution.json`` says it."""
    return {
        "histories": game.statistics.histories,
        "infosets": list(game.infosets),
        "sequences": list(game.sequences),
        "payoffs": len(game.payoffs[0].column),
    }


def _run_sampled(options: Options, console: Console, command: str) -> None:
    """Run a sampled method, which plays the game and needs no table of it."""
    name, folder = options.game or "", options.output
    if folder is not None:
        _check_folder(folder, options)
        folder.mkdir(parents=True, exist_ok=True)
    arguments: dict[str, Any] = {"iterations": options.iterations, "seed": options.seed, **options.arguments()}
    arguments["engine"] = options.engine
    state = None if folder is None else folder / "state.npz"
    with watched(console, options.chosen, options.iterations) as shown:
        solution = solve_sampled(name, options.chosen, checkpoint=state, **arguments, **shown)
    print_sampled(console, solution, name)
    if folder is not None:
        with working(console, "writing the policy"):
            solution.solver.save_policy(folder / "policy.npz")
        write_json(folder / "solution.json", solution_json(solution, command, {"game": name}, {}))
        tell_written(console, [folder / file for file in ("solution.json", "policy.npz", "state.npz")])
