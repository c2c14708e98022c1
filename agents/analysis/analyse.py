"""``tamaya.analyse``: what a search thinks of a position, or of every decision of a game, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from agents.analysis.asking import search_for
from agents.analysis.decisions import analyse_moves, analyse_position
from agents.analysis.sources import Source, read_source
from agents.hanabi.blueprints import policy_for
from games.hanabi.bridges import state_from_openspiel
from games.hanabi.position import Position
from games.hanabi.replay import GameRecord
from games.hanabi.state import HanabiState

Bomb = Literal["zero", "keep"]


def analyse(
    game: Any,
    *,
    blueprint: str | None = None,
    rollouts: int | None = None,
    seconds: float | None = None,
    softening: float | None = None,
    bomb: Bomb = "keep",
    turns: Sequence[int] | None = None,
    seed: int = 0,
    threads: int | None = None,
) -> Any:
    r"""Return values, standard errors, beliefs and policies of the decisions of a game.

    With ``W`` worlds drawn from the belief of the player to move, :math:`\hat q(a) = \frac1W \sum_w R(a, w)`, ``R`` the
    final score when everybody plays the blueprint after ``a``; what ``a`` loses is the mean of
    :math:`R(a^*, w) - R(a, w)` over the worlds of both, ``a*`` the best move. That is too much, as ``a*`` is the
    highest of noisy values: ``missed`` finds it in one half of the worlds and measures it in the other (``halves``).

    Parameters
    ----------
    game : a ``GameRecord``, or the name of a file, a link or a run folder (``agents.analysis.sources``): all its
        decisions. A ``HanabiState`` or a Hanabi state of OpenSpiel: the present decision, with its past. Another
        ``Position`` (``games.hanabi.built``): its decision, without a past; the own hand is not looked at.
    blueprint : by default that of the run, else ``piers``, which knows no conventions.
    rollouts : of a decision, by default 1,000.
    seconds : of a decision, in place of that; the rollouts that fit are in ``DecisionAnalysis.rollouts``.
    softening : by default that of the run, else 0.5.
    bomb : what losing the last life scores in rollouts.
    turns : those to be analysed, from 0; by default all.
    seed : fixes the result (but for ``seconds``).
    threads : ``None``: all cores.

    Returns
    -------
    list of DecisionAnalysis, or DecisionAnalysis
        One for each decision, or the only one.

    Raises
    ------
    ValueError
        One sentence for what cannot be analysed.

    References
    ----------
    Sokota et al., "The update-equivalence framework for decision-time planning", ICLR 2024.

    Examples
    --------
    >>> import tamaya
    >>> hands = [["??"] * 5, ["R1", "R2", "Y1", "G4", "B5"]]
    >>> position = tamaya.built_position(tamaya.hanabi.standard(2), hands, fireworks={"R": 1})
    >>> tamaya.analyse(position, rollouts=200).moves[0].lost
    0.0
    """
    if isinstance(game, str | Path):
        source = read_source(str(game))
    elif hasattr(game, "full_history") and hasattr(game, "get_game"):
        source = Source(state_from_openspiel(game))
    elif isinstance(game, GameRecord | Position):
        source = Source(game)
    else:
        raise ValueError(f"a {type(game).__name__} is neither a game nor a position of Hanabi")
    found = source.game
    asked: dict[str, Any] = {"rollouts": rollouts, "seconds": seconds, "softening": softening, "bomb": bomb}
    search = search_for(found.game, source.search, blueprint=blueprint, **asked)
    policy = policy_for(search.game, search.blueprint, threads, search.device)
    if isinstance(found, HanabiState):
        if found.is_terminal:
            raise ValueError("the game is over: there is nothing to decide")
        deck, moves, present = found.deck.tolist(), found.history, range(found.turn, found.turn + 1)
        (only,) = analyse_moves(search, policy, deck, moves, seed=seed, threads=threads, turns=present)
        return only
    if isinstance(found, Position):
        if found.is_terminal:
            raise ValueError("the game is over: there is nothing to decide")
        return analyse_position(search, policy, found, seed=seed, threads=threads)
    wanted = None if turns is None else set(turns)
    told = analyse_moves(search, policy, found.deck, found.moves, seed=seed, threads=threads, turns=wanted)
    return list(told)
