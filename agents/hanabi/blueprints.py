"""What plays and searches Hanabi: compiled blueprints, torch networks by their weights, policies of one's own.

All are policies of ``search.hanabi.policy``. Torch is imported only for a file that needs it.
"""

from __future__ import annotations

import os
from pathlib import Path

from agents.blueprints.files import WEIGHTS
from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.hanabi.table import HanabiTable
from agents.own.loading import own_policy
from agents.own.names import is_own
from games._base.threads import available_cores
from games.hanabi.game import HanabiGame
from games.hanabi.self_play import self_play
from games.hanabi.state import HanabiState
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.compiled import CompiledPolicy
from search.hanabi.policy.follower import Policy
from search.hanabi.seat import FollowSeat
from search.hanabi.spec import DeviceName


def searchable(
    name: str, threads: int | None = 1, device: DeviceName = "cpu", game: HanabiGame | None = None
) -> Policy:
    """Return the policy called ``name``; a torch network computes on ``threads`` threads (``None``: all cores).

    game : what is played, for policies of one's own, which are made for it.

    device : ``cuda`` for a torch network on the card, with its rollouts (``search.hanabi.rollouts.cuda``).

    Raises ``ValueError`` with one sentence for an unknown name, for a file that holds no network, and for a blueprint
    that cannot be on the device.
    """
    if is_own(name):
        if game is None:
            raise ValueError(f"{name} is made for a game: say which")
        if device != "cpu":
            _require_card()
        return own_policy(game, name, threads, device)
    if not _torch_file(name):
        if device != "cpu":
            raise ValueError(f"the blueprint {name} is compiled for the CPU: --device cuda is for torch networks")
        return CompiledPolicy(blueprint_by_name(name))
    import torch

    from agents.blueprints.neural.batched import batched_blueprint_of_file

    if device != "cpu":
        _require_card()
    torch.set_num_threads(threads or available_cores())
    found = batched_blueprint_of_file(Path(os.path.realpath(name)), threads, device)
    if device != "cpu" and found.card is None:
        raise ValueError(
            f"{name} cannot be searched on a card: --device cuda needs a network without memory and without a "
            "rule-based base that reads dense inputs (canonical, v0)"
        )
    return found


def _torch_file(name: str) -> bool:
    """Return whether a name is the path of a torch network; raises ``ValueError`` if it is of no network."""
    if not name.endswith(WEIGHTS) or not Path(name).is_file():
        return False
    from agents.blueprints.neural.weights import needs_torch

    return needs_torch(Path(name))


def _require_card() -> None:
    """Raise ``ValueError`` unless torch and numba can use a card; both then use torch's."""
    import torch

    if not torch.cuda.is_available():
        raise ValueError("--device cuda needs a CUDA card and a torch that was built for it: use --device cpu")
    from numba import cuda

    from games.hanabi.cuda.device import NoCardError, require_card

    try:
        require_card()
    except NoCardError as error:
        raise ValueError(f"--device cuda: {error}") from None
    cuda.select_device(torch.cuda.current_device())


def policy_for(game: HanabiGame, name: str, threads: int | None = 1, device: DeviceName = "cpu") -> Policy:
    """Return the policy called ``name`` for a seat of a game; raises ``ValueError`` as ``searchable`` does, and if it
    cannot play the game, or not as somebody who does not see the own cards.
    """
    policy = searchable(name, threads, device, game)
    policy.memory_size(game)
    if policy.sees_own_hand:
        raise ValueError(f"the {name} blueprint sees its own cards, so it cannot sit at a table: choose another")
    return policy


def blueprint_score(game: HanabiGame, policy: Policy, seed: int, number: int) -> int:
    """Return the score of game ``number`` of a seed with the policy in every seat."""
    if isinstance(policy, CompiledPolicy):
        return int(self_play(game, policy.blueprint, 1, seed, number).scores[0])
    state, seats = HanabiState.from_seed(game, seed, number), [FollowSeat(policy) for _ in range(game.players)]
    keys = SeatKeys.of_game(game, seed, number)
    HanabiTable(game, seats, forfeits=False).play(state, [0] * game.players, keys=keys)
    return state.score
