"""OpenSpiel's players at our tables, and our agents where OpenSpiel expects a bot or a policy.

A ``pyspiel.Bot`` is given the state of the game, as ``evaluate_bots`` gives it: its interface has no other way, so it
is trusted (``agents.agent``). Our agents are shown views there as everywhere: ``AgentBot`` takes them from the state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyspiel

from agents.agent import Agent, Explanation, OpenSpielView, Seating, Sees
from agents.runs.forfeit import in_words
from agents.runs.random_stream import RandomStream, fold

MakeBot = Callable[[Any, int, int], Any]
"""``(game, seat, seed of at most 31 bits) -> pyspiel.Bot``."""

_NAN = float("nan")


def view_of(state: Any, player: int, sees: Sees) -> OpenSpielView:
    """Return what ``player``, who is to move, sees of a state."""
    legal = tuple(state.legal_actions(player))
    if sees == "actions":
        return OpenSpielView(legal)
    if sees == "information-state":
        return OpenSpielView(legal, state.information_state_string(player))
    if sees == "observation":
        return OpenSpielView(legal, state.observation_string(player))
    if sees == "information-state-tensor":
        return OpenSpielView(legal, tensor=state.information_state_tensor(player))
    return OpenSpielView(legal, tensor=state.observation_tensor(player))


def check_sees(game: Any, sees: Sees, name: str) -> None:
    """Raise ``ValueError`` if a game does not provide what an agent wants to see."""
    kind = game.get_type()
    provided = {
        "actions": True,
        "information-state": kind.provides_information_state_string,
        "observation": kind.provides_observation_string,
        "information-state-tensor": kind.provides_information_state_tensor,
        "observation-tensor": kind.provides_observation_tensor,
    }
    if sees not in provided:
        raise ValueError(f"{name} sees {sees!r}: an agent may see {', '.join(provided)}")
    if not provided[sees]:
        raise ValueError(f"{name} needs the {sees.replace('-', ' ')}, which {game} does not provide")


class BotAgent:
    """A ``pyspiel.Bot`` at our table, made anew for every game so that a game depends on its own seed only.

    From ``start`` on ``act_at`` and ``inform`` are the bot's own ``step`` and ``inform_action``.
    """

    act_at: Callable[[Any], int]
    inform: Callable[[Any, int, int], None]

    def __init__(self, make: MakeBot) -> None:
        self._make = make
        self.act_at = self._not_started
        self.inform = lambda state, player, action: None

    def start(self, seating: Seating) -> None:
        self._bot = bot = self._make(seating.game, seating.seat, seating.seed & 0x7FFFFFFF)
        bot.restart_at(seating.view)
        self.act_at, self.inform = bot.step, bot.inform_action

    def _not_started(self, state: Any) -> int:
        raise RuntimeError("start first")

    def explain_at(self, state: Any) -> Explanation:
        """Return the bot's policy; raises ``ValueError`` if it keeps it to itself."""
        if not self._bot.provides_policy():
            raise ValueError("this bot does not say what it thinks")
        policy = dict(self._bot.get_policy(state))
        legal = state.legal_actions()
        unknown = tuple(_NAN for _ in legal)
        return Explanation(tuple(legal), tuple(policy.get(a, 0.0) for a in legal), unknown, unknown, "the bot's policy")


@dataclass(frozen=True)
class Bots:
    """Makes ``BotAgent``; ``repeats``: equal seeds give equal games."""

    bot: MakeBot
    repeats: bool

    def __call__(self) -> BotAgent:
        return BotAgent(self.bot)


def bots(game: Any, name: str, bot: MakeBot, repeats: bool = True) -> Bots:
    """Return what seats a bot; raises ``ValueError`` if it cannot be made for every seat of the game."""
    for seat in range(game.players):
        try:
            bot(game.rules, seat, 0)
        except Exception as error:
            raise ValueError(f"{name} cannot be made: {in_words(error)}") from None
    return Bots(bot, repeats)


class PolicyObjectAgent:
    """Any policy of OpenSpiel at our table: an object with ``action_probabilities(state)``."""

    def __init__(self, policy: Any) -> None:
        self._policy = policy
        self._stream = RandomStream(0)

    def start(self, seating: Seating) -> None:
        self._stream = RandomStream(fold(seating.seed))

    def act_at(self, state: Any) -> int:
        return sample(self._policy.action_probabilities(state).items(), self._stream)

    def inform(self, state: Any, player: int, action: int) -> None:
        return None


def sample(probabilities: Any, stream: RandomStream) -> int:
    """Return an action drawn from pairs (action, probability), whose sum need not be exactly 1."""
    pairs = [(int(action), float(probability)) for action, probability in probabilities]
    mark = stream.uniform() * sum(probability for _, probability in pairs)
    chosen = -1
    for action, probability in pairs:
        if probability > 0.0:
            chosen, mark = action, mark - probability
            if mark < 0.0:
                break
    return chosen


class AgentBot(pyspiel.Bot):
    """One of our agents as a ``pyspiel.Bot``: it is shown views of the states that it is given.

    Parameters
    ----------
    agent : an agent for OpenSpiel's games.
    game, seat : what it plays and where it sits. seed : of its randomness; a restart draws the next game's.
    """

    def __init__(self, agent: Agent, game: Any, seat: int, seed: int = 0) -> None:
        pyspiel.Bot.__init__(self)
        check_sees(game, agent.sees, type(agent).__name__)
        self._agent, self._game, self._seat = agent, game, seat
        self._seed, self._started = seed, 0
        self._begin()

    def _begin(self) -> None:
        self._agent.start(Seating(self._game, self._seat, fold(self._seed, self._started)))
        self._started += 1

    def restart(self) -> None:
        """Begin a new game."""
        self._begin()

    def restart_at(self, state: Any) -> None:
        """Begin a new game at a state."""
        self._begin()

    def inform_action(self, state: Any, player_id: int, action: int) -> None:
        """Ignore it: a view says what the player may know."""

    def step(self, state: Any) -> int:
        """Return the agent's action at a state."""
        return self._agent.act(view_of(state, self._seat, self._agent.sees))
