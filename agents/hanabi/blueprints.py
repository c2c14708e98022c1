"""What a Hanabi search may start from: compiled blueprints by name, and torch networks by the path of their weights.

A torch network cannot play inside compiled code, so it has seats of its own (``search.hanabi.batched_seat``), which
answer to the same calls. Torch is imported only for a file that needs it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.blueprints.neural.files import WEIGHTS
from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.hanabi.table import Seat, play_game
from games._base.threads import available_cores
from games.hanabi.blueprint import Blueprint
from games.hanabi.game import HanabiGame
from games.hanabi.self_play import self_play
from games.hanabi.state import HanabiState
from search.hanabi.keys import SeatKeys
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.rollouts.batched import BatchedRollouts, Rollouts
from search.hanabi.seat import BlueprintSeat, SearchOptions, SearchSeat
from search.hanabi.spec import DeviceName

AnyBlueprint = Blueprint | BatchedBlueprint


def searchable(name: str, threads: int | None = 1, device: DeviceName = "cpu") -> AnyBlueprint:
    """Return the blueprint called ``name``; a torch network computes on ``threads`` threads (``None``: all cores).

    device : ``cuda`` for a torch network on the card, with its rollouts (``search.hanabi.rollouts.cuda``).

    Raises ``ValueError`` with one sentence for an unknown name, for a file that holds no network, and for a blueprint
    that cannot be on the device.
    """
    if not _torch_file(name):
        if device != "cpu":
            raise ValueError(f"the blueprint {name} is compiled for the CPU: --device cuda is for torch networks")
        return blueprint_by_name(name)
    import torch

    from agents.blueprints.neural.batched import batched_blueprint_of_file

    if device != "cpu":
        _require_card()
    torch.set_num_threads(threads or available_cores())
    found = batched_blueprint_of_file(Path(name).resolve(), threads, device)
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


def seat_over(
    game: HanabiGame,
    blueprint: AnyBlueprint,
    seat: int,
    view: NDArray[np.int32],
    keys: SeatKeys,
    options: SearchOptions | None,
    rollouts: Rollouts | None = None,
) -> BlueprintSeat:
    """Return a player that searches on top of a blueprint, or without options one that follows it.

    rollouts : plays the rollouts over a torch network; ``None``: the seat itself.
    """
    if isinstance(blueprint, Blueprint):
        if options is None:
            return BlueprintSeat(game, blueprint, seat, keys)
        return SearchSeat(game, blueprint, seat, view, options, keys)
    from search.hanabi.batched_seat import BatchedBlueprintSeat, BatchedSeat

    if options is None:
        return BatchedBlueprintSeat(game, blueprint, seat, view, SearchOptions(workers=1), keys)
    return BatchedSeat(game, blueprint, seat, view, options, keys, rollouts)


def rollouts_over(
    game: HanabiGame, blueprint: BatchedBlueprint, threads: int | None = 1, plies: int | None = None
) -> Rollouts:
    """Return what plays the rollouts over a torch network for several games, on its device."""
    if blueprint.card is not None:
        from search.hanabi.rollouts.cuda import rollouts_of  # needs CUDA, or its simulator

        return rollouts_of(game, blueprint, plies)
    return BatchedRollouts(game, blueprint, threads, plies)


def blueprint_score(game: HanabiGame, blueprint: AnyBlueprint, seed: int, number: int) -> int:
    """Return the score of game ``number`` of a seed with the blueprint in every seat."""
    if isinstance(blueprint, Blueprint):
        return int(self_play(game, blueprint, 1, seed, number).scores[0])
    keys = SeatKeys.of_game(game, seed, number)

    def seat_at(seat: int, view: NDArray[np.int32]) -> Seat:
        return seat_over(game, blueprint, seat, view, keys, None)

    return play_game(HanabiState.from_seed(game, seed, number), seat_at).score
