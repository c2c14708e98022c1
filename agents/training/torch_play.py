"""Self-play of a torch network, and the decisions that it leaves, as tensors on the learner's device."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from agents.blueprints.neural.features import feature_count
from agents.blueprints.neural.torch_networks import Batch, PolicyNetwork, public_part
from agents.training.colours import ColourTables
from agents.training.side_by_side import Look, SideBySide, advantages_of_games


@dataclass(frozen=True)
class Decisions:
    """All decisions of some games, turn by turn: first those of the first turn, in the order of the games.

    batch : what was seen.  games, turns : int64 [rows].  rows : int64 [turns, games], -1 after a game's end.
    moves, teacher : int64 [rows].  cards : int64 [rows, hand], the own cards, -1 for none.
    logits : float32 [rows, moves], of the policy that played.
    advantages, returns : float32 [rows].
    lengths, scores : int32 [games].
    """

    batch: Batch
    games: Tensor
    turns: Tensor
    rows: Tensor
    moves: Tensor
    teacher: Tensor
    cards: Tensor
    logits: Tensor
    advantages: Tensor
    returns: Tensor
    lengths: npt.NDArray[np.int32]
    scores: npt.NDArray[np.int32]


def batch_of(network: PolicyNetwork, look: Look, device: torch.device) -> Batch:
    """Return what players see as tensors; what the network does not read is left out.

    Earlier moves come last among the features, so those beyond the network's history are where its padding begins.
    """

    def tensor(array: npt.NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(array).to(device)

    padding = np.uint16(feature_count(network.game, network.history))
    seen = look.features if network.inputs == "features" else look.features[:, :0]
    features = np.minimum(seen, padding).astype(np.int32)
    advice = np.where(look.advice < 0, network.game.moves, look.advice).astype(np.int64)
    return Batch(tensor(features), tensor(look.observations), tensor(advice), tensor(look.legal))


def chosen_moves(logits: Tensor, chances: Tensor) -> Tensor:
    """Return the moves at which the cumulative probabilities pass ``chances`` (float64 [rows], in [0, 1))."""
    passed = logits.double().softmax(dim=-1).cumsum(dim=-1) <= chances[:, None]
    places = torch.arange(logits.shape[1], device=logits.device)
    last = torch.where(torch.isneginf(logits), -1, places).amax(dim=-1)
    return torch.minimum(passed.sum(dim=-1), last)


class Player:
    """Plays games side by side with a network, remembering what it must of each."""

    def __init__(self, network: PolicyNetwork, table: SideBySide, device: torch.device) -> None:
        self.network, self.table, self.device = network, table, device
        self._public = public_part(table.game)
        self._memory: Tensor | None = None

    def start(self, seed: int, first: int) -> None:
        """Deal the games ``first ..`` of a seed."""
        self._memory = None
        self.table.start(seed, first)

    def answer(self, look: Look) -> tuple[Batch, Tensor, Tensor]:
        """Return the batch of the running games, its logits and values; must be asked once a turn."""
        batch = batch_of(self.network, look, self.device)
        slots = torch.from_numpy(look.slots).to(self.device)
        before = None if self._memory is None else self._memory[:, slots]
        context, after = self.network.context(batch.observations[None, :, self._public], before)
        if self._memory is None:
            self._memory = after.new_zeros((2, self.table.games, after.shape[2]))
        self._memory[:, slots] = after
        answers = self.network(batch, context[0])
        return batch, answers.logits, answers.values

    @torch.no_grad()
    def play_greedily(self, seed: int, first: int) -> npt.NDArray[np.int32]:
        """Return the scores of the games ``first ..`` of a seed under the most likely legal moves."""
        self.start(seed, first)
        while len((look := self.table.look()).slots):
            moves = self.answer(look)[1].argmax(dim=-1)
            self.table.step(look.slots, moves.cpu().numpy())
        return self.table.scores()

    @torch.no_grad()
    def play(
        self, seed: int, first: int, *, teacher_plays: bool, penalty: float, gamma: float, trace: float
    ) -> Decisions:
        """Play the games ``first ..`` of a seed and return their decisions.

        ``teacher_plays``: the moves are the teacher's, else drawn from the policy; the rest as in
        ``agents.training.self_play``.
        """
        self.start(seed, first)
        looks: list[Look] = []
        answers: list[tuple[Batch, Tensor, Tensor]] = []
        chosen: list[Tensor] = []
        rewards: list[npt.NDArray[np.float64]] = []
        while len((look := self.table.look()).slots):
            answer = self.answer(look)
            if teacher_plays:
                moves = torch.from_numpy(look.teacher.astype(np.int64)).to(self.device)
            else:
                moves = chosen_moves(answer[1], torch.from_numpy(look.chances).to(self.device))
            rewards.append(self.table.step(look.slots, moves.cpu().numpy(), penalty))
            looks.append(look)
            answers.append(answer)
            chosen.append(moves)
        return self._decisions(looks, answers, torch.cat(chosen), rewards, gamma, trace)

    def _decisions(
        self,
        looks: list[Look],
        answers: list[tuple[Batch, Tensor, Tensor]],
        moves: Tensor,
        rewards: list[npt.NDArray[np.float64]],
        gamma: float,
        trace: float,
    ) -> Decisions:
        games = np.concatenate([look.slots for look in looks])
        turns = np.concatenate([np.full(len(look.slots), turn) for turn, look in enumerate(looks)])
        lengths = np.bincount(games, minlength=self.table.games).astype(np.int32)
        grid = np.zeros((self.table.games, len(looks)))
        grid[games, turns] = np.concatenate(rewards)
        values = np.zeros(grid.shape, np.float32)
        values[games, turns] = torch.cat([answer[2] for answer in answers]).cpu().numpy()
        players = self.table.game.players
        advantages, returns = advantages_of_games(lengths, players, gamma, trace, grid, values)
        rows = np.full((len(looks), self.table.games), -1)
        rows[turns, games] = np.arange(len(games))

        def tensor(array: npt.NDArray[np.generic]) -> Tensor:
            return torch.from_numpy(array).to(self.device)

        return Decisions(
            batch=Batch(*(torch.cat(parts) for parts in zip(*(answer[0] for answer in answers), strict=True))),
            games=tensor(games),
            turns=tensor(turns),
            rows=tensor(rows),
            moves=moves,
            teacher=tensor(np.concatenate([look.teacher for look in looks]).astype(np.int64)),
            cards=tensor(np.concatenate([look.cards for look in looks])),
            logits=torch.cat([answer[1] for answer in answers]),
            advantages=tensor(advantages[games, turns]),
            returns=tensor(returns[games, turns]),
            lengths=lengths,
            scores=self.table.scores(),
        )


class Renaming:
    """Decisions with the colours of every game renamed; ``choice`` [games] are permutations (0: as they were)."""

    def __init__(self, tables: ColourTables, decisions: Decisions, choice: npt.NDArray[np.int64]) -> None:
        device = decisions.moves.device
        self._decisions = decisions
        self._choice = torch.from_numpy(choice).to(device)[decisions.games]
        self._tables = [torch.from_numpy(table).to(device) for table in tables]

    def batch(self, rows: Tensor) -> Batch:
        """Return what the players of some decisions see."""
        choice, batch = self._choice[rows, None], self._decisions.batch.rows(rows)
        features, moves, _, observations = self._tables
        seen = batch.observations
        return Batch(
            features[choice, batch.features.long()] if batch.features.shape[1] else batch.features,
            seen.gather(1, observations[choice[:, 0]]) if seen.shape[1] else seen,
            moves[choice[:, 0], batch.advice],
            self._moved(batch.legal, choice[:, 0]),
        )

    def _moved(self, values: Tensor, choice: Tensor) -> Tensor:
        """Return columns [rows, moves] under the new numbers of their moves."""
        return torch.zeros_like(values).scatter(1, self._tables[1][choice, :-1], values)

    def moves(self, rows: Tensor, moves: Tensor) -> Tensor:
        """Return the new numbers of the moves [rows] of some decisions."""
        return self._tables[1][self._choice[rows], moves]

    def cards(self, rows: Tensor) -> Tensor:
        """Return the own cards of some decisions, -1 for none."""
        cards = self._decisions.cards[rows]
        none = cards < 0
        table = self._tables[2]
        return table[self._choice[rows, None], cards.masked_fill(none, 0)].masked_fill(none, -1)
