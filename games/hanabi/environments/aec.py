"""PettingZoo's AEC environment: the class that ``aec_env`` makes one of. PettingZoo must be installed."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from pettingzoo import AECEnv

from games._base.numbers import whole
from games.hanabi.batch import HanabiBatch
from games.hanabi.game import HanabiGame
from games.hanabi.moves import move_text
from games.hanabi.position import Position
from games.hanabi.text import position_text

MODES = ("ansi", "human")


class HanabiAEC(AECEnv):
    """One game of Hanabi; see ``aec_env``."""

    metadata: ClassVar[dict[str, Any]] = {
        "name": "tamaya_hanabi_v0",
        "render_modes": list(MODES),
        "is_parallelizable": False,
    }

    def __init__(self, game: HanabiGame, seed: int, version: str, render_mode: str | None) -> None:
        super().__init__()
        self.game, self.render_mode = game, render_mode
        self.possible_agents = [f"player_{seat}" for seat in range(game.players)]
        self.agents = list(self.possible_agents)
        self._seats = {agent: seat for seat, agent in enumerate(self.possible_agents)}
        self._version, self._seed, self._next = version, seed, 0
        kind = np.uint8 if version == "canonical" else np.float32
        self.observation_spaces = {
            agent: spaces.Dict(
                {
                    "observation": spaces.Box(0, 1, (game.observation_size,), kind),
                    "action_mask": spaces.Box(0, 1, (game.moves,), np.int8),
                }
            )
            for agent in self.possible_agents
        }
        self.action_spaces = {agent: spaces.Discrete(game.moves) for agent in self.possible_agents}
        self._batch = self._games()

    def _games(self) -> HanabiBatch:
        version: Any = self._version
        return HanabiBatch(self.game, 1, self._seed, auto_reset=False, seats="all", version=version, workers=1)

    def observation_space(self, agent: str) -> Any:
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Any:
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Begin the next game of the seed; with ``seed`` given, the first game of that one. No options."""
        if seed is not None:
            self._seed, self._next = whole(seed, "seed"), 0
            self._batch = self._games()
        self._batch.reset(self._next)
        self._next += 1
        self.agents = list(self.possible_agents)
        self.rewards = dict.fromkeys(self.agents, 0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos: dict[str, dict[str, Any]] = {agent: {} for agent in self.agents}
        self.agent_selection = self.possible_agents[int(self._batch.current_player[0])]

    def observe(self, agent: str) -> dict[str, NDArray[Any]]:
        """Return what an agent observes now, arrays of its own."""
        seat = self._seats[agent]
        moves = seat == self._batch.current_player[0]
        return {
            "observation": self._batch.observations[0, seat].copy(),
            "action_mask": self._batch.legal[0].astype(np.int8) * np.int8(moves),
        }

    def step(self, action: Any) -> None:
        """Make the move of ``agent_selection``, or ``None`` for an agent whose game is over."""
        if self.terminations[self.agent_selection]:
            self._was_dead_step(action)
            return
        move = whole(action, "an action", 0, self.game.moves - 1)
        if not self._batch.legal[0, move]:
            raise ValueError(f"{move_text(self.game, move)} is not a legal move here: action_mask says which are")
        self._cumulative_rewards[self.agent_selection] = 0
        reward = int(self._batch.step(np.array([move]))[0])
        self.rewards = dict.fromkeys(self.agents, reward)
        if self._batch.done[0]:
            self.terminations = dict.fromkeys(self.agents, True)
            self.agent_selection = self.agents[(self._seats[self.agent_selection] + 1) % len(self.agents)]
        else:
            self.agent_selection = self.possible_agents[int(self._batch.current_player[0])]
        self._accumulate_rewards()
        if self.render_mode == "human":
            self.render()

    def render(self) -> str | None:
        """Return the board and all hands as text, or print it."""
        if self.render_mode is None:
            return None
        text = position_text(Position(self.game, self._batch.states[0]))
        if self.render_mode == "human":
            print(text)
            return None
        return text

    def close(self) -> None:
        """Nothing is held open."""
