"""Hanabi as the environments that others write for: HLE's ``rl_env``, one game or many, and PettingZoo's AEC.

All of them step the compiled engine (``games.hanabi.batch``). PettingZoo is imported when ``aec_env`` is called.

>>> from games.hanabi.environments import make
>>> environment = make("Hanabi-Full", num_players=2, seed=0)
>>> observations = environment.reset()
>>> observations["player_observations"][0]["legal_moves"][0]
{'action_type': 'PLAY', 'card_index': 0}
>>> observations, reward, done, _ = environment.step(5)
>>> reward, done, observations["current_player"]
(0, False, 1)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from games._base.lazy import lazy

if TYPE_CHECKING:
    from games.hanabi.environments.petting_zoo import aec_env as aec_env
    from games.hanabi.environments.rl_env import HanabiEnv as HanabiEnv
    from games.hanabi.environments.rl_env import make as make
    from games.hanabi.environments.vector import HanabiVectorEnv as HanabiVectorEnv

_PLACES = {
    "make": "games.hanabi.environments.rl_env",
    "HanabiEnv": "games.hanabi.environments.rl_env",
    "HanabiVectorEnv": "games.hanabi.environments.vector",
    "aec_env": "games.hanabi.environments.petting_zoo",
}

__all__ = ["HanabiEnv", "HanabiVectorEnv", "aec_env", "make"]

__getattr__ = lazy(__name__, _PLACES)
