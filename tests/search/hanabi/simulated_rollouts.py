"""Rollouts in numba's simulator of a card (NUMBA_ENABLE_CUDASIM=1) beside those on the CPU, a program of its own.

Both are of the same networks. The CPU's are in turn those of compiled blueprints (``test_batched``), where worlds are
made and played by other loops.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from agents.blueprints.neural.batched import batched_blueprint
from agents.blueprints.neural.card import TorchCardPolicy, plays_on_card
from agents.blueprints.neural.torch_networks import PolicyNetwork, make_network
from games.hanabi.cuda.batch import CudaHanabi
from games.hanabi.game import HanabiGame
from games.hanabi.state import HanabiState
from search.hanabi.policy.batched import BatchedBlueprint
from search.hanabi.rollouts.cuda import CudaRollouts
from search.hanabi.rollouts.requests import Request, RequestedValues
from tests.search.hanabi.searching import Search, belief, searchers
from tests.search.hanabi.test_batched import SMALL, SMALL_THREE, positions, roll_out
from tests.search.hanabi.test_gathered import Counted, assert_same, side_by_side, told

SEARCH = Search(belief(particles=40, exact_limit=40), rollouts=16)


def network_of(game: HanabiGame, inputs: str) -> PolicyNetwork:
    """Return a random network that does not always do the same."""
    network = make_network(game, "feed-forward", (16, 8), inputs, 0.0, seed=4)
    generator = torch.Generator().manual_seed(1)
    torch.nn.init.normal_(network.heads.policy.weight, generator=generator)
    torch.nn.init.normal_(network.heads.value.weight, std=0.1, generator=generator)
    return network


def pair(game: HanabiGame, inputs: str) -> tuple[BatchedBlueprint, BatchedBlueprint]:
    """Return a blueprint whose rollouts are on the CPU, and the same on the card."""
    network = network_of(game, inputs)
    blueprint = batched_blueprint(network, "none", workers=1)
    assert blueprint.card is None and plays_on_card(network, "none")
    return blueprint, replace(blueprint, card=TorchCardPolicy(network))


def same_scores(game: HanabiGame, inputs: str, plies: int | None) -> None:
    """Compare the scores of decisions of several games: on the CPU, in one batch, and, where rollouts are short (the
    simulator is slow), cut in pieces and one by one.
    """
    host, card = pair(game, inputs)
    tolerance = 0.0 if plies is None else 1e-5  # values are rounded otherwise in other batches
    asked = [
        Request(position, moves[::2], number, number + 2)
        for number, (position, moves) in enumerate(positions(game, host, 2))
    ]
    wanted = roll_out(game, host, asked, plies)
    together, cut = CudaRollouts(game, card, plies=plies), CudaRollouts(game, card, rows=7, plies=plies)
    for rollouts in (together,) if plies is None else (together, cut):
        for mine, theirs in zip(rollouts.roll_out(asked), wanted, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=0.0, atol=tolerance)
    for request, theirs in zip(asked, wanted, strict=True) if plies is not None else ():
        values = RequestedValues(together, request.position)
        alone = values.returns(request.moves[::-1], request.start + 1, request.stop)
        np.testing.assert_allclose(alone[:, ::-1], theirs[1:], rtol=0.0, atol=tolerance)
        assert values.returns(request.moves, 2, 2).shape == (0, len(request.moves))
    scores = np.concatenate([returns.ravel() for returns in wanted])
    assert len(set(scores.tolist())) > 3
    assert (scores == scores.round()).all() == (plies is None)
    print(inputs, game.players, "players:", len(scores), "scores")


def same_decisions(game: HanabiGame) -> None:
    """Compare a seat that searches on the card with one that searches on the CPU."""
    state, decisions = HanabiState.from_seed(game, 2, 0), []
    for blueprint in pair(game, "canonical"):
        seat = searchers(state, blueprint, SEARCH, 2, 0)[0]
        assert isinstance(seat._rollouts, CudaRollouts) == (blueprint.card is not None)
        decisions.append(seat.decide(state.view(0)))
    first, second = decisions
    assert first.action == second.action and first.rollouts == second.rollouts > 8
    np.testing.assert_array_equal(first.q, second.q)


def same_games(game: HanabiGame) -> None:
    """Compare the first turns of games whose rollouts are gathered on the card with those on the CPU, one by one."""
    host, card = pair(game, "canonical")
    rollouts = Counted(CudaRollouts(game, card))
    found = side_by_side(card, rollouts, range(2), SEARCH, together=2, turns=2)
    assert max(rollouts.requests) == 2
    assert_same(found, [told(game, host, number, SEARCH, turns=2) for number in range(2)])


class Illegal(TorchCardPolicy):
    """A policy that plays a move which there is not."""

    def player(self, batch: CudaHanabi, turns: int) -> Callable[[], None]:
        def play() -> None:
            batch.moves.copy_to_device(np.full(batch.size, batch.game.moves))
            batch.step()

        return play


def refused(game: HanabiGame) -> None:
    """Check the sentences for what cannot be rolled out."""
    host, card = pair(game, "v0")
    (position, moves), *_ = positions(game, host, 1)
    illegal: Any = replace(card, card=Illegal(network_of(game, "v0")))
    with pytest.raises(RuntimeError, match="'torch' made an illegal move in a rollout"):
        CudaRollouts(game, illegal).roll_out([Request(position, moves[:1], 0, 1)])
    with pytest.raises(ValueError, match="torch does not play on a CUDA card"):
        CudaRollouts(game, host)
    with pytest.raises(ValueError, match="torch plays Hanabi with players = 2, not 3"):
        CudaRollouts(replace(game, players=3), card)
    with pytest.raises(ValueError, match="rows must be at least 1, not 0"):
        CudaRollouts(game, card, 0)
    recurrent = make_network(game, "public-recurrent", (8,), "v0", 0.0, seed=1)
    sparse = make_network(game, "feed-forward", (8,), "features", 0.0, seed=1)
    assert not any((plays_on_card(recurrent, "none"), plays_on_card(sparse, "none")))
    assert not plays_on_card(network_of(game, "v0"), "smart")


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)
    torch.set_num_threads(1)
    same_scores(replace(SMALL, bomb="keep"), "v0", None)
    same_scores(replace(SMALL_THREE, bomb="keep"), "canonical", None)
    same_scores(replace(SMALL, bomb="keep"), "canonical", 3)
    same_decisions(SMALL)
    same_games(SMALL)
    refused(SMALL)
    print("all the same")
