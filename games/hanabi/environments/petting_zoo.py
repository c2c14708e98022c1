"""PettingZoo's AEC environment over the compiled engine; PettingZoo is imported by the first call of ``aec_env``.

An agent observes ``{"observation": ..., "action_mask": ...}``, the mask all 0 where another is to move; every agent is
rewarded with the change of the score.
"""

from __future__ import annotations

from typing import Any, Literal

from games._base.extras import without_extra
from games._base.numbers import whole
from games.hanabi.game import HanabiGame


def aec_env(
    game: HanabiGame | int = 2,
    *,
    seed: int = 0,
    version: Literal["canonical", "v0"] = "canonical",
    render_mode: str | None = None,
) -> Any:
    """Return a ``pettingzoo.AECEnv`` that checks the order of calls.

    Parameters
    ----------
    game : the configuration, or a number of players of the standard game.
    seed : of the decks, until ``reset(seed=...)`` gives another; each ``reset`` begins the next game of the seed.
    version : of the observations: ``"canonical"``, uint8 [observation_size], or ``"v0"``, float32.
    render_mode : ``"ansi"``: ``render()`` returns the board as text; ``"human"``: it prints it.

    Agents are ``player_0`` to ``player_{n-1}``; actions are move ids (``docs/hanabi.md``). An illegal action raises
    ``ValueError`` and changes nothing. Raises ``UsageError`` with one sentence where PettingZoo is not installed, and
    ``ValueError`` for wrong options.

    >>> environment = aec_env(2, seed=3)  # doctest: +SKIP
    >>> environment.reset()  # doctest: +SKIP
    >>> for agent in environment.agent_iter():  # doctest: +SKIP
    ...     observation, reward, termination, truncation, info = environment.last()
    ...     mask = None if termination else observation["action_mask"]
    ...     environment.step(None if termination else environment.action_space(agent).sample(mask))
    """
    try:
        from pettingzoo.utils.wrappers import OrderEnforcingWrapper

        from games.hanabi.environments.aec import MODES, HanabiAEC
    except ModuleNotFoundError as error:
        raise without_extra(error) or error from None
    if version not in ("canonical", "v0"):
        raise ValueError(f"version must be 'canonical' or 'v0', not {version!r:.60}")
    if render_mode is not None and render_mode not in MODES:
        raise ValueError(f"render_mode must be one of {', '.join(MODES)}, not {render_mode!r:.60}")
    played = game if isinstance(game, HanabiGame) else HanabiGame(players=game)
    return OrderEnforcingWrapper(HanabiAEC(played, whole(seed, "seed"), version, render_mode))
