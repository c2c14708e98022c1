"""The torch learner: self-play side by side, then some passes of minibatches, and again, on a CPU or a CUDA card.

It plays the same games as the compiled learner and has the same losses, schedules and optimiser, for networks of any
size and for those that remember; besides it can rename the colours of a game in every pass after the first (the
policy that played is then asked anew, so that ratios and divergences compare like with like), and trains the auxiliary
head. Everything is a function of the options and of the arrays that ``arrays`` returns: on a CPU with the same number
of threads, a run that was interrupted goes on to the same bits.
"""

from __future__ import annotations

import copy
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from agents.blueprints.neural.torch_networks import Batch, PolicyNetwork, make_network, public_part
from agents.blueprints.registry import blueprint as blueprint_by_name
from agents.training.colours import colour_tables
from agents.training.gradients import PPO, Loss
from agents.training.optimiser import EPSILON, FIRST_DECAY, SECOND_DECAY
from agents.training.options import TrainingOptions
from agents.training.progress import Progress, check_arrays
from agents.training.side_by_side import SideBySide
from agents.training.torch_losses import TORCH_METRICS, card_loss, log_policy, policy_loss, value_loss
from agents.training.torch_play import Decisions, Player, Renaming
from games.hanabi.game import HanabiGame


class TorchLearner(Progress):
    """PPO with mirror-descent regularisers for torch networks.

    Attributes
    ----------
    network, average : the network and its moving average.
    iteration, steps, updates : see ``Progress``.
    """

    def __init__(
        self, game: HanabiGame, options: TrainingOptions, device: str = "cpu", workers: int | None = None
    ) -> None:
        super().__init__(game, options)
        self.device = torch.device(device)
        network = make_network(game, options.network, options.hidden, options.inputs, self.advice, options.seed)
        self.network = network.to(self.device)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self._played = copy.deepcopy(self.average)
        self._optimiser = torch.optim.Adam(
            self.network.parameters(), lr=options.learning_rate, betas=(FIRST_DECAY, SECOND_DECAY), eps=EPSILON
        )
        teacher = blueprint_by_name(options.teacher)
        self._table = lambda games: SideBySide(
            game,
            teacher,
            teacher.new_memories(game),
            games,
            with_base=options.base != "none",
            inputs=network.encoding,
            workers=workers,
        )
        self._player = Player(self.network, self._table(options.games), self.device)

    def play(self) -> Decisions:
        """Play the games of the present iteration and return their decisions."""
        options = self.options
        return self._player.play(
            self.seed,
            self.first_game,
            teacher_plays=self.cloning,
            penalty=options.at("bomb_penalty", self.steps),
            gamma=options.gamma,
            trace=options.at("trace", self.steps),
        )

    def play_greedily(self, seed: int, first: int, games: int) -> npt.NDArray[np.int32]:
        """Return the scores of the averaged network in the games ``first ..`` of a seed."""
        return Player(self.average, self._table(games), self.device).play_greedily(seed, first)

    def iterate(self) -> dict[str, float]:
        """Play and learn once; return what happened (``score`` is the mean of the sampled games)."""
        began = time.perf_counter()
        decisions = self.play()
        played = time.perf_counter()
        metrics = self.learn(decisions, self.loss())
        self.iteration += 1
        self.steps += len(decisions.moves)
        return {
            "steps": float(len(decisions.moves)),
            "games": float(self.options.games),
            "score": float(decisions.scores.mean()),
            **metrics,
            "seconds_play": played - began,
            "seconds_update": time.perf_counter() - played,
        }

    def learn(self, decisions: Decisions, weights: Loss) -> dict[str, float]:
        """Make ``epochs`` passes over the decisions; return the means of the metrics over the last pass."""
        options, tables = self.options, colour_tables(self.game)
        generator = self.shuffler()
        for group in self._optimiser.param_groups:
            group["lr"] = options.at("learning_rate", self.steps)
        self._played.load_state_dict(self.network.state_dict())
        advantages = decisions.advantages
        advantages = (advantages - advantages.mean()) / advantages.std(correction=0).clamp_min(1e-6)
        games = len(decisions.lengths)
        sums = torch.zeros(len(TORCH_METRICS), device=self.device)
        for epoch in range(options.epochs):
            renamed = options.augment and epoch > 0
            choice = generator.integers(len(tables.moves), size=games) if renamed else np.zeros(games, np.int64)
            renaming = Renaming(tables, decisions, choice)
            for rows in self._minibatches(decisions, generator):
                found = self._descend(decisions, renaming, rows, advantages[rows], renamed, weights)
                if epoch == options.epochs - 1:
                    sums += found * (len(rows) / len(decisions.moves))
        return dict(zip(TORCH_METRICS, sums.tolist(), strict=True))

    def _minibatches(self, decisions: Decisions, generator: np.random.Generator) -> list[Tensor]:
        """Return the rows of each minibatch: any, or those of whole games for a network that remembers."""
        count = len(decisions.moves)
        pieces = max(1, round(count / self.options.minibatch))
        if not self.network.recurrent:
            return [
                torch.from_numpy(part).to(self.device) for part in np.array_split(generator.permutation(count), pieces)
            ]
        games = generator.permutation(len(decisions.lengths))
        parts = np.array_split(games, min(pieces, len(games)))
        found = []
        for part in parts:
            rows = decisions.rows[:, torch.from_numpy(part).to(self.device)].flatten()
            found.append(rows[rows >= 0])
        return found

    def _context(self, network: PolicyNetwork, decisions: Decisions, rows: Tensor, batch: Batch) -> Tensor:
        """Return what a network remembers at the decisions ``rows`` (whole games, if it does remember)."""
        if not network.recurrent:
            return network.context(batch.observations[None, :, :0])[0][0]
        games, place = torch.unique(decisions.games[rows], return_inverse=True)
        turns = decisions.turns[rows]
        part = public_part(self.game)
        public = batch.observations.new_zeros((int(turns.max()) + 1, len(games), part.stop - part.start))
        public[turns, place] = batch.observations[:, part]
        return network.context(public)[0][turns, place]

    def _descend(
        self,
        decisions: Decisions,
        renaming: Renaming,
        rows: Tensor,
        advantages: Tensor,
        renamed: bool,
        weights: Loss,
    ) -> Tensor:
        """Make one gradient step; return its metrics."""
        batch = renaming.batch(rows)
        output = self.network(batch, self._context(self.network, decisions, rows, batch))
        if renamed and weights.kind == PPO:
            with torch.no_grad():
                context = self._context(self._played, decisions, rows, batch)
                old = log_policy(self._played(batch, context).logits)
        else:
            old = log_policy(decisions.logits[rows])
        loss, parts = policy_loss(
            log_policy(output.logits),
            old,
            batch.legal,
            renaming.moves(rows, decisions.moves[rows]),
            advantages,
            renaming.moves(rows, decisions.teacher[rows]),
            weights,
        )
        parts["value_loss"] = value_loss(output, decisions.returns[rows])
        parts["card_loss"] = card_loss(output, renaming.cards(rows))
        loss = loss + weights.value * parts["value_loss"] + self.options.card_weight * parts["card_loss"]
        self._step(loss)
        return torch.stack([parts[name].detach() for name in TORCH_METRICS])

    def _step(self, loss: Tensor) -> None:
        self._optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.options.gradient_norm)
        self._optimiser.step()
        self.updates += 1
        with torch.no_grad():
            for kept, new in zip(self.average.parameters(), self.network.parameters(), strict=True):
                kept.lerp_(new, 1.0 - self.averaging)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that a bit-exact resume needs."""
        found: dict[str, npt.NDArray[Any]] = {"counters": self.counters()}
        averages = dict(self.average.named_parameters())
        for name, parameter in self.network.named_parameters():
            moments = self._optimiser.state.get(parameter, {})
            kept = {
                "parameter": parameter,
                "average": averages[name],
                "first_moment": moments.get("exp_avg", torch.zeros_like(parameter)),
                "second_moment": moments.get("exp_avg_sq", torch.zeros_like(parameter)),
            }
            found |= {f"{kind}.{name}": tensor.detach().cpu().numpy() for kind, tensor in kept.items()}
        return found

    def restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Go on from what ``arrays`` returned; raises ``ValueError`` if it is of another shape."""
        check_arrays(self.arrays(), arrays)

        def tensor(name: str) -> Tensor:
            return torch.from_numpy(arrays[name].copy()).to(self.device)

        self.restore_counters(arrays)
        averages = dict(self.average.named_parameters())
        with torch.no_grad():
            for name, parameter in self.network.named_parameters():
                parameter.copy_(tensor(f"parameter.{name}"))
                averages[name].copy_(tensor(f"average.{name}"))
                if self.updates:
                    self._optimiser.state[parameter] = {
                        "step": torch.tensor(float(self.updates)),
                        "exp_avg": tensor(f"first_moment.{name}"),
                        "exp_avg_sq": tensor(f"second_moment.{name}"),
                    }
