r"""A subgame solved again, given a policy of the whole game: unsafe, safe, or with the largest margin.

- ``"unsafe"``: everything outside of the subgame is locked to the blueprint, so that both players begin there with the
  beliefs that its reach gives them, and the rest is solved. Where the beliefs are right that is optimal; but the
  opponent need not come as the blueprint does, and the policy may be worse than the blueprint in the whole game (the
  coin toss of Brown and Sandholm, "Safe and nested subgame solving for imperfect-information games", NeurIPS 2017).
- ``"safe"`` and ``"margin"``: each player in turn solves a gadget (``games.extensive.gadget``), in which the opponent
  may have what the blueprint gave instead. *Theorem* (Burch, Johanson and Bowling, AAAI 2014, for exact solutions):

  .. math:: \text{exploitability}(\text{new}) \le \text{exploitability}(\text{blueprint}) + \tfrac12 (e_0 + e_1) ,

  where ``e_p``, the ``excess``, is what the opponent's best response gets in player ``p``'s gadget more than the
  blueprint allows: measured, not assumed, and 0 for exact solutions.

Subgames of the new policy may be solved again in turn (``resolve_everywhere``), each of them safely: what a player does
who re-solves at every public state that comes up (continual re-solving; Moravčík et al., "DeepStack", Science 2017,
there with estimated values at the depth where a subgame is cut).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from games.extensive import Policy
from games.extensive.gadget import Gadget, gadget
from games.extensive.game import Floats
from games.extensive.locking import lock_infosets, locking_plan
from games.extensive.policies import checked_policy
from games.extensive.public_states import Mask, PublicStates, Subgame
from solvers.extensive.evaluation import best_response
from solvers.extensive.registry import LINEAR_PROGRAM
from solvers.extensive.solution import ExtensiveSolution
from solvers.extensive.solving import solve

Method = Literal["safe", "margin", "unsafe"]

_GROWTH = 100.0  # from one measurement to the next, in iterations, where nothing waits for what it says


@dataclass(frozen=True, eq=False)
class Resolved:
    """What re-solving a subgame gave."""

    policy: Policy
    """Of the whole game: the blueprint outside of the subgame, and where nothing is decided in it."""
    solutions: tuple[ExtensiveSolution | None, ExtensiveSolution | None]
    """Of the game that was solved for each player; the same one for both if ``unsafe``, None for a player for whom
    there was nothing to solve."""
    excess: tuple[float, float]
    """``e_0`` and ``e_1`` of the module, in units of utility; infinite if ``unsafe``, which promises nothing."""

    @property
    def bound(self) -> float:
        """By how much the exploitability may have grown at most."""
        return 0.5 * sum(self.excess)


def resolve(
    subgame: Subgame,
    blueprint: Policy,
    method: Method = "safe",
    *,
    player: int | None = None,
    algorithm: str = "pcfr+",
    **settings: Any,
) -> Resolved:
    """Solve a subgame again.

    Parameters
    ----------
    subgame : ``public_states(game).subgame(k)`` (``games.extensive.public_states``), or any other set of infosets that
        is closed under what follows.
    blueprint : a policy of the whole game.
    method : see the module.
    player : whose policy is wanted; by default both players', one after the other, from the same blueprint.
    algorithm, settings : of ``solvers.extensive.solving.solve``: ``"lp"`` is exact; the CFR family takes
        ``iterations``. Algorithms that need the reach of infosets solve no gadget.

    Raises
    ------
    ValueError
        The policy is not one of the game, or the settings have no meaning.

    Examples
    --------
    >>> from games.extensive import compile_game
    >>> from games.extensive.policies import uniform_policy
    >>> from games.extensive.public_states import public_states
    >>> from solvers.extensive.evaluation import exploitability
    >>> kuhn = compile_game("kuhn_poker")
    >>> after_a_bet = public_states(kuhn).subgame(2)
    >>> found = resolve(after_a_bet, uniform_policy(kuhn), algorithm="lp")
    >>> [round(exploitability(kuhn, policy), 4) for policy in (uniform_policy(kuhn), found.policy)]
    [0.4583, 0.375]
    """
    if method not in get_args(Method):
        raise ValueError(f"method must be one of {', '.join(get_args(Method))}, not {method!r}")
    if player not in (None, 0, 1):
        raise ValueError(f"the players are 0 and 1, not {player}")
    if algorithm != LINEAR_PROGRAM and not settings.get("tolerance"):
        settings = {"growth": _GROWTH} | settings
    checked = checked_policy(subgame.game, blueprint)
    players = (0, 1) if player is None else (player,)
    if method == "unsafe":
        return _unsafe(subgame, checked, players, algorithm, settings)
    policy, excess = list(checked), [0.0, 0.0]
    solutions: list[ExtensiveSolution | None] = [None, None]
    for p in players:
        if subgame.infosets[p].any() and (
            made := gadget(subgame, checked, p, "resolving" if method == "safe" else "margin")
        ):
            solution = solutions[p] = solve(made.game, algorithm, **settings)
            policy[p] = made.lift(solution.policy, checked)[p]
            excess[p] = _excess(made, solution, method)
    return Resolved((policy[0], policy[1]), (solutions[0], solutions[1]), (excess[0], excess[1]))


def _excess(made: Gadget, solution: ExtensiveSolution, method: Method) -> float:
    """Return what the opponent's best response gets more than the blueprint allows.

    In a margin, one unit more counts with the probability of the ``t``, at most 1.
    """
    allowed = float(made.alternatives.sum()) if method == "safe" else 0.0
    reached = best_response(made.game, solution.policy, 1 - made.player).values[0]
    return max(0.0, float(reached) - allowed)


def _unsafe(
    subgame: Subgame, blueprint: Policy, players: tuple[int, ...], algorithm: str, settings: dict[str, Any]
) -> Resolved:
    first, second = subgame.infosets
    promised = np.inf if 0 in players else 0.0, np.inf if 1 in players else 0.0
    decided = [_decided(subgame, blueprint, p) for p in (0, 1)]
    if not any(decided[p].any() for p in players):
        return Resolved(blueprint, (None, None), (0.0, 0.0))
    left = lock_infosets(subgame.game, blueprint, (~first, ~second))
    solution = solve(left.game, algorithm, **settings)
    lifted, policy = left.lift(solution.policy), list(blueprint)
    for p in players:
        own = np.concatenate([[False], decided[p][subgame.game.treeplexes[p].owner[1:]]])
        policy[p] = np.where(own, lifted[p], blueprint[p])
    return Resolved((policy[0], policy[1]), (solution, solution), promised)


def _decided(subgame: Subgame, blueprint: Policy, player: int) -> Mask:
    """Return the player's infosets [I] in the subgame that the blueprint of both may come to."""
    game, other = subgame.game, 1 - player
    weights: list[Floats] = [
        locking_plan(tree, ~inside, policy).weight
        for tree, inside, policy in zip(game.treeplexes, subgame.infosets, blueprint, strict=True)
    ]
    entries = game.payoffs[0] if game.chances is None else game.chances
    row = np.repeat(np.arange(game.sequences[0]), np.diff(entries.start))
    pair = row, entries.column
    met = np.bincount(pair[player], np.abs(entries.value) * weights[other][pair[other]], game.sequences[player])
    tree = game.treeplexes[player]
    first, parent = tree.first.tolist(), tree.parent.tolist()
    for infoset in np.flatnonzero(subgame.infosets[player])[::-1].tolist():
        met[parent[infoset]] += met[first[infoset] : first[infoset + 1]].sum()
    reached = np.add.reduceat(met, tree.first[:-1]) if len(parent) else np.empty(0)
    return subgame.infosets[player] & (reached > 0.0) & (weights[player][tree.first[:-1]] > 0.0)


def resolve_everywhere(
    states: PublicStates,
    blueprint: Policy,
    method: Method = "safe",
    *,
    player: int,
    watch: Callable[[int], None] | None = None,
    **settings: Any,
) -> Policy:
    """Return what a player plays who solves the subgame again at every public state at which it is to move.

    Each subgame is solved with the policy that the solutions above it gave, so that ``"safe"`` loses nothing on the
    way. The result is what ``search.openspiel.ResolvingPolicy`` plays. ``settings`` are those of ``resolve``;
    ``watch`` is called with the number of each public state when it is done.
    """
    policy = checked_policy(states.game, blueprint)
    for state in range(len(states)):
        if player in states.players(state):
            policy = resolve(states.subgame(state), policy, method, player=player, **settings).policy
            if watch is not None:
                watch(state)
    return policy
