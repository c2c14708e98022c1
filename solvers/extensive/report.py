"""What ``python -m solvers.extensive`` shows: games, policies, certificates, comparisons and the list of algorithms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from games.extensive import ExtensiveGame
from solvers.extensive.choice import FAMILIES
from solvers.extensive.many_players import GeneralSolution
from solvers.extensive.registry import COMPLEMENTARITY, LINEAR_PROGRAM, SAMPLED, algorithm, algorithm_names
from solvers.extensive.sampled import SampledSolution
from solvers.extensive.solution import ExtensiveSolution
from solvers.output import number, short
from solvers.report import line, measured, print_evaluation, print_history, print_result, print_table
from solvers.solution import NONE

DISTANCES = {"quantal-response": "gap", "agent-quantal-response": "residual"}
"""What ``distance`` measures: see ``solvers.extensive.quantal_response``."""

TARGETS = {
    "nash": "Nash equilibrium",
    "quantal-response": "quantal response equilibrium",
    "agent-quantal-response": "agent quantal response equilibrium",
    "coarse-correlated": "coarse correlated equilibrium",
}

ENGINES = {"tree": "a compact tree", "states": "the game's own states"}

NOT_NASH = (
    "the players' regrets vanish: what was played is a coarse correlated equilibrium in the end, but the averages "
    "shown here need not be a Nash equilibrium; NashConv says how far they are from one"
)

_CAPTION = "auto, the default: " + ", ".join(
    [*(f"{name} for {family} games" for family, name in FAMILIES.items()), "mmd where there is an --alpha"]
)
_CAPTION += "; mmd is mmd-dilated, or with --form mmd-behavioural"

_INFOSETS = 16  # up to which the whole policy is shown


def game_line(game: ExtensiveGame, name: str) -> str:
    """Return the size of a game in a line."""
    histories = f"{game.statistics.histories:,} histories, " if game.statistics.histories else ""
    return (
        f"{name}: {histories}{game.infosets[0]:,} + {game.infosets[1]:,} infosets, "
        f"{game.sequences[0]:,} × {game.sequences[1]:,} sequences, {len(game.payoffs[0].column):,} payoffs"
    )


def print_solution(console: Console, solution: ExtensiveSolution, name: str, why: str = "") -> None:
    """Print the way there, the policy of a small game, and the certificate; ``why`` the algorithm, if nobody named
    it."""
    line(console, game_line(solution.game, name))
    print_history(console, solution.history, "" if solution.certificate is None else DISTANCES[solution.target])
    if sum(solution.game.infosets) <= _INFOSETS:
        _print_policy(console, solution)
    _print_certificate(console, solution, why)


def print_sampled(console: Console, solution: SampledSolution, name: str) -> None:
    """Print what a sampled method has learnt."""
    last, game, method = solution.history[-1], solution.game, solution.algorithm
    line(console, game_line(game, name) if isinstance(game, ExtensiveGame) else f"{name}: played, not compiled")
    line(console, f"{method}, seed {solution.solver.seed}, on {ENGINES[solution.engine]}: {_sampled_target(method)}")
    if solution.target == "coarse-correlated":
        line(console, NOT_NASH)
    line(console, f"iteration {last.iteration:,}, {measured(last)}, {last.seconds:.3f} s")
    if not isinstance(game, ExtensiveGame):
        line(console, "the game is too large to be compiled: neither value nor exploitability was measured")


def _print_policy(console: Console, solution: ExtensiveSolution) -> None:
    rows, game = [], solution.game
    for player, tree in enumerate(game.treeplexes):
        for i, text in enumerate(game.names[player].information_states):
            actions = (
                f"{game.action_string(player, s)} {solution.policy[player][s]:.4f}"
                for s in range(tree.first[i], tree.first[i + 1])
            )
            rows.append([str(player), short(text), "  ".join(actions)])
    print_table(console, ("player", "infoset", "policy"), rows, text=(0, 1, 2), lean=True)


def _print_certificate(console: Console, solution: ExtensiveSolution, why: str) -> None:
    line(console, f"{_named(solution.algorithm, why)} ({_returned(solution)}){_settings(solution)}")
    print_evaluation(console, solution)
    quantity = "exploitability"
    if solution.certificate is not None:
        quantity = DISTANCES[solution.target]
        line(console, f"{TARGETS[solution.target]}: {quantity} {number(solution.certificate)}")
    print_result(console, solution, quantity)


def _named(algorithm: str, why: str) -> str:
    return f"{algorithm}, {why}" if why else algorithm


def _returned(solution: ExtensiveSolution) -> str:
    """Return in words what the algorithm returns and how its players take turns."""
    if solution.average is None:
        return "exact"
    which = "average" if solution.average else "last iterate"
    return f"{which}, {'alternating' if solution.alternating else 'simultaneous'} updates"


def _settings(solution: ExtensiveSolution) -> str:
    """Return step size and temperature, of the algorithms that have them."""
    parts = (("step size", solution.step_size), ("alpha", solution.temperature))
    return "".join(f", {name} {text}" for name, text in parts if text not in ("0", NONE))


def print_comparison(console: Console, solutions: Sequence[ExtensiveSolution]) -> None:
    """Print one line an algorithm, in the order that they have."""
    headings = ["algorithm", "iterations", "seconds", "µs each", "exploitability", "distance", "value", "result"]
    rows = [
        [
            one.algorithm,
            f"{one.iterations:,}",
            f"{one.seconds:.3f}",
            f"{1e6 * one.seconds / one.iterations:,.3g}" if one.iterations else "–",
            number(one.exploitability),
            "–" if one.certificate is None else number(one.certificate),
            f"{one.value:.6f}",
            str(one.result),
        ]
        for one in solutions
    ]
    print_table(console, headings, rows, text=(0, 7), lean=True, title="comparison")


def print_general(console: Console, solution: GeneralSolution, name: str, why: str = "") -> None:
    """Print what a game of any number of players has come to, and in words what it is and what it is not; ``why`` the
    algorithm, if nobody named it."""
    game, found = solution.game, solution.evaluation
    infosets = " + ".join(f"{count:,}" for count in game.infosets)
    line(console, f"{name}: {game.players} players, {game.histories:,} histories, {infosets} infosets")
    regularised = solution.target == "agent-quantal-response"
    print_history(console, solution.history, "residual" if regularised else "CCE gap")
    rows = [
        [str(player), *(f"{value:.9g}" for value in values)]
        for player, values in enumerate(zip(found.values, found.best_response_values, found.each_gain, strict=True))
    ]
    print_table(console, ("player", "value", "best response", "gain"), rows, text=(), lean=True)
    exact = solution.target == "nash"
    how = "exact" if exact else f"{'last iterate' if regularised else 'average'}, simultaneous updates"
    line(console, f"{_named(solution.algorithm, why)} ({how})")
    if exact:
        line(console, f"a Nash equilibrium, of which there may be others: NashConv {number(solution.nash_conv)}")
        line(console, f"{solution.iterations:,} pivots, {solution.seconds:.3f} s; {solution.result}")
        return
    if regularised:
        line(console, f"agent quantal response equilibrium at alpha {solution.temperature}, no Nash equilibrium")
        quantity = "residual"
    else:
        line(console, NOT_NASH)
        quantity = "CCE gap"
    distance = "–" if solution.certificate is None else number(solution.certificate)
    line(console, f"{quantity} {distance}, NashConv of the policies {number(solution.nash_conv)}")
    line(console, f"{solution.iterations:,} iterations, {solution.seconds:.3f} s; {solution.result}")
    if solution.remedy:
        line(console, solution.remedy)


def path_entry(solution: ExtensiveSolution | GeneralSolution) -> dict[str, Any]:
    """Return what ``solution.json`` says of one temperature of a path."""
    summary = solution.summary()
    keys = ("alpha", "value", "exploitability", "nash_conv", "distance", "iterations", "seconds", "result")
    return {key: summary[key] for key in keys}


def print_path(console: Console, solutions: Sequence[ExtensiveSolution] | Sequence[GeneralSolution]) -> None:
    """Print one line for each temperature of a path."""
    quantity = DISTANCES.get(solutions[0].target, "distance")
    headings = ["alpha", "iterations", "seconds", "value", "exploitability", quantity, "result"]
    rows = [
        [
            one.temperature,
            f"{one.iterations:,}",
            f"{one.seconds:.3f}",
            f"{one.value:.6f}",
            number(one.exploitability),
            "–" if one.certificate is None else number(one.certificate),
            str(one.result),
        ]
        for one in solutions
    ]
    print_table(console, headings, rows, text=(0, 6), lean=True, title="path")


def print_lock(console: Console, outcome: Mapping[str, Any]) -> None:
    """Print what a policy with a locked part is worth in the whole game (``solvers.extensive.locked``)."""
    first, second = outcome["locked_infosets"]
    line(console, f"locked: {first:,} + {second:,} infosets; the lines above are of the game that is left")
    whole, answer = outcome["whole_game"], outcome["answer"]
    line(console, f"in the whole game: value {whole['value']:.9g}, exploitability {number(whole['exploitability'])}")
    if answer is not None:
        who = f"player {answer['player']} gets {answer['against_lock']:.9g} from the locked policy"
        line(console, f"{who}, and {answer['worst_case']:.9g} at worst")


def print_algorithms(console: Console) -> None:
    """Print every algorithm with what it is, where it is from and what it converges to."""
    rows = []
    for one in map(algorithm, algorithm_names()):
        which = "average" if one.returns == "average" else "last iterate"
        order = "alternating" if one.alternating else "simultaneous"
        rows.append([one.name, one.title, one.source, f"{TARGETS[one.target]} ({which})", order])
    source = "von Stengel 1996; Koller, Megiddo and von Stengel 1994"
    rows.append([LINEAR_PROGRAM, "sequence-form linear program (HiGHS)", source, f"{TARGETS['nash']} (exactly)", "–"])
    source = "Koller, Megiddo and von Stengel 1996"
    target = f"{TARGETS['nash']} of two players, any utilities (exactly)"
    rows.append([COMPLEMENTARITY, "linear complementarity problem (Lemke)", source, target, "–"])
    rows += [[one.name, one.title, one.source, _sampled_target(one.name), "alternating"] for one in SAMPLED.values()]
    headings = ("name", "title", "source", "converges to", "updates")
    print_table(console, headings, rows, text=range(5), caption=_CAPTION)


def _sampled_target(method: str) -> str:
    if method == "sampled-mmd":
        return f"{TARGETS['agent-quantal-response']} (last iterate)"
    return f"{TARGETS['nash']} (average)"
