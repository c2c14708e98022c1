"""The vector learner: games that never stop, rollouts of fixed length, and updates without a look from the host.

It learns what the torch learner does – PPO with mirror-descent regularisers, the auxiliary head, renamed colours – for
feed-forward networks that read dense observations and no rule-based blueprint. On a card, games, network and update are
all there: bfloat16 products with float32 weights, a rollout and a gradient step recorded in a CUDA graph each,
schedules as scalars on the card, one look at the metrics an iteration. On a CPU the same class runs beside compiled
games, in float32; that is how its logic is tested.

A rule-based teacher is cloned first, by the torch learner and from games on the CPU. The *magnet* is then the network
as it was when self-play began: the clone, or without one a nearly uniform policy.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from agents.blueprints.neural.graphs import Recorded
from agents.blueprints.neural.torch_networks import PolicyNetwork, batch_of, make_network
from agents.training.gradients import PPO, Loss
from agents.training.optimiser import EPSILON, FIRST_DECAY, SECOND_DECAY
from agents.training.options import TrainingOptions
from agents.training.progress import Progress, check_arrays
from agents.training.torch_learner import TorchLearner
from agents.training.torch_losses import TORCH_METRICS, card_loss, clipped_cost, log_policy, regularised, value_loss
from agents.training.vector.environment import Environment
from agents.training.vector.renaming import Decisions, Renamer
from agents.training.vector.rollouts import advantages_of, collect, empty_rollout, greedy_scores
from games.hanabi.game import HanabiGame

TURNS = 64  # decisions a slot and iteration: about a game
DECKS = 5 << 32  # added to the seed of a run: decks that no other learner deals

MakeEnvironment = Callable[[int, int, bool], Environment]
"""``(slots, seed, auto_reset) -> environment`` of the learner's game, with its version of observations."""


def fits(options: TrainingOptions) -> bool:
    """Return whether the settings are of the kind that this learner learns."""
    return options.network == "feed-forward" and options.inputs != "features" and options.base == "none"


class VectorLearner(Progress):
    """PPO with mirror-descent regularisers in a vector environment; ``options.games`` are its slots.

    Attributes
    ----------
    network, average : the network and its moving average.
    iteration, steps, updates : see ``Progress``; steps are the decisions learned from.
    recorded : whether CUDA graphs run.
    """

    def __init__(
        self,
        game: HanabiGame,
        options: TrainingOptions,
        make_environment: MakeEnvironment,
        device: str = "cpu",
        workers: int | None = None,
        *,
        graphs: bool = True,
        turns: int = TURNS,
    ) -> None:
        if not fits(options):
            raise ValueError("games on the card need a feed-forward network, dense inputs (canonical, v0) and no base")
        super().__init__(game, options)
        self.device, self.turns = torch.device(device), turns
        self._make_environment = make_environment
        self._cloner = TorchLearner(game, options, device, workers) if options.clone_games else None
        if self._cloner is not None:
            self.network, self.average = self._cloner.network, self._cloner.average
        else:
            network = make_network(game, options.network, options.hidden, options.inputs, 0.0, options.seed)
            self.network = network.to(self.device)
            self.average = copy.deepcopy(self.network).requires_grad_(False)
        self._begun = False
        self._graphs = graphs
        self._greedy: tuple[int, Environment] | None = None

    @property
    def recorded(self) -> bool:
        return self._begun and self._play.recorded and all(update.recorded for update in self._updates)

    def _precision(self) -> AbstractContextManager[object]:
        if self.device.type == "cuda":
            return torch.autocast("cuda", torch.bfloat16, cache_enabled=False)
        return nullcontext()

    def _begin(self) -> None:
        """Prepare self-play with the network as it is."""
        options, device = self.options, self.device
        self._begun = True
        self.environment = self._make_environment(options.games, options.seed + DECKS, True)
        self.rollout = empty_rollout(self.environment, self.turns)
        self._generator = torch.Generator(device).manual_seed(options.seed)
        self._magnet, self._played = (copy.deepcopy(self.network).requires_grad_(False) for _ in range(2))
        on_card = device.type == "cuda"
        rate = torch.tensor(options.learning_rate, device=device) if on_card else options.learning_rate
        self._optimiser = torch.optim.Adam(
            self.network.parameters(),
            lr=rate,
            betas=(FIRST_DECAY, SECOND_DECAY),
            eps=EPSILON,
            fused=on_card,
            capturable=on_card,
        )
        count = self.turns * options.games
        self._pieces = max(1, round(count / options.minibatch))
        self._rows = torch.zeros(count // self._pieces, dtype=torch.int64, device=device)
        self._choice = torch.zeros_like(self._rows)
        self._renamer = Renamer(self.game, self.rollout.observations.shape[-1], device)
        self._advantages, self._returns = torch.zeros((2, count), device=device)
        names = ("penalty", "entropy", "kl_magnet", "updates", "score")
        self._scalars = {name: torch.zeros((), device=device) for name in names}
        self._sums = torch.zeros(len(TORCH_METRICS), device=device)
        self._play = Recorded(self._collect, device, (self._generator,), wanted=self._graphs)
        self._updates = [
            Recorded(update, device, wanted=self._graphs) for update in (self._descend, self._descend_renamed)
        ]

    def iterate(self) -> dict[str, float]:
        """Play and learn once; return what happened (``score`` is the mean of the sampled games that ended)."""
        if self.cloning:
            assert self._cloner is not None
            numbers = self._cloner.iterate()
            self.iteration, self.steps = self._cloner.iteration, self._cloner.steps
            return numbers
        if not self._begun:
            self._begin()
        began = time.perf_counter()
        self._schedule()
        self._play()
        self._wait()
        played = time.perf_counter()
        self._learn()
        total, ended, *metrics = torch.cat([self.rollout.scores, self._sums / self._pieces]).tolist()
        if ended:
            self._scalars["score"].fill_(total / ended)
        self.iteration += 1
        self.steps += self.turns * self.options.games
        self.updates += self._pieces * self.options.epochs
        return {
            "steps": float(self.turns * self.options.games),
            "games": ended,
            "score": self._scalars["score"].item(),
            **dict(zip(TORCH_METRICS, metrics, strict=True)),
            "seconds_play": played - began,
            "seconds_update": time.perf_counter() - played,
        }

    def play_greedily(self, seed: int, first: int, games: int) -> npt.NDArray[np.int32]:
        """Return the scores of the averaged network in the games ``first ..`` of a seed."""
        if self._greedy is None or (self._greedy[0], self._greedy[1].slots) != (seed, games):
            self._greedy = seed, self._make_environment(games, seed, False)
        scores: npt.NDArray[np.int32] = (
            greedy_scores(self._greedy[1], self.average, first, self._precision()).cpu().numpy()
        )
        return scores

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def _schedule(self) -> None:
        options = self.options
        self._scalars["penalty"].fill_(options.at("bomb_penalty", self.steps))
        for name in ("entropy", "kl_magnet"):
            self._scalars[name].fill_(options.at(name, self.steps))
        rate = options.at("learning_rate", self.steps)
        for group in self._optimiser.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

    def _collect(self) -> None:
        collect(
            self.environment, self.network, self.rollout, self._scalars["penalty"], self._generator, self._precision()
        )

    @torch.no_grad()
    def _learn(self) -> None:
        """Make ``epochs`` passes over the rollout; the metrics are sums over the minibatches of the last."""
        options = self.options
        trace = options.at("trace", self.steps)
        advantages, returns = advantages_of(self.rollout, self.game.players, options.gamma, trace)
        scale = advantages.std(correction=0).clamp_min(1e-6)
        self._advantages.copy_(((advantages - advantages.mean()) / scale).flatten())
        self._returns.copy_(returns.flatten())
        for kept, new in zip(self._played.parameters(), self.network.parameters(), strict=True):
            kept.copy_(new)
        for epoch in range(options.epochs):
            self._sums.zero_()
            renamed = options.augment and epoch > 0
            order = torch.randperm(len(self._advantages), generator=self._generator, device=self.device)
            for piece in range(self._pieces):
                self._rows.copy_(order[piece * len(self._rows) : (piece + 1) * len(self._rows)])
                if renamed:
                    self._choice.random_(self._renamer.count, generator=self._generator)
                with torch.enable_grad():
                    self._updates[renamed]()

    def _decisions(self) -> Decisions:
        """Return the decisions of the minibatch."""
        rollout, rows = self.rollout, self._rows

        def chosen(part: Tensor) -> Tensor:
            return part[: self.turns].flatten(0, 1).index_select(0, rows)

        return Decisions(
            chosen(rollout.observations), chosen(rollout.legal), chosen(rollout.moves), chosen(rollout.cards)
        )

    def _log_policy(self, network: PolicyNetwork, decisions: Decisions) -> Tensor:
        """Return a fixed network's log-probabilities."""
        context = self._advantages.new_zeros((len(self._rows), 0))
        with torch.no_grad(), self._precision():
            output = network(batch_of(decisions.observations, decisions.legal), context)
        return log_policy(output.logits.float())

    def _descend(self) -> None:
        """Make a gradient step on the minibatch as it was played."""
        logits = self.rollout.logits[: self.turns].flatten(0, 1).index_select(0, self._rows)
        self._step(self._decisions(), log_policy(logits))

    def _descend_renamed(self) -> None:
        """Make a gradient step on the minibatch under other names of the colours, a choice for each decision."""
        decisions = self._renamer.renamed(self._decisions(), self._choice)
        self._step(decisions, self._log_policy(self._played, decisions))

    def _step(self, decisions: Decisions, old: Tensor) -> None:
        options, scalars = self.options, self._scalars
        with self._precision():
            context = old.new_zeros((len(old), 0))
            output = self.network(batch_of(decisions.observations, decisions.legal), context)
        output = type(output)(*(part.float() for part in output))
        new = log_policy(output.logits)
        attracted = options.kl_magnet > 0.0 or options.kl_magnet_end > 0.0
        log_magnet = self._log_policy(self._magnet, decisions) if attracted else new.detach()
        cost, clipped = clipped_cost(new, old, decisions.moves, self._advantages[self._rows], options.clip)
        weights: Any = Loss(PPO, options.clip, 0.0, options.kl_previous, 0.0, 0.0, options.value_weight)
        weights = weights._replace(entropy=scalars["entropy"], kl_magnet=scalars["kl_magnet"])
        loss, parts = regularised(new, old, log_magnet, decisions.legal, cost, clipped, weights)
        parts["value_loss"] = value_loss(output, self._returns[self._rows])
        parts["card_loss"] = card_loss(output, decisions.cards)
        loss = loss + options.value_weight * parts["value_loss"] + options.card_weight * parts["card_loss"]
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), options.gradient_norm)
        self._optimiser.step()
        self._sums += torch.stack([parts[name].detach() for name in TORCH_METRICS])
        self._follow()

    @torch.no_grad()
    def _follow(self) -> None:
        """Let the moving average follow the network."""
        updates = self._scalars["updates"]
        updates += 1.0
        step = 1.0 - (updates / (updates + 10.0)).clamp_max(self.options.average_decay)
        for kept, new in zip(self.average.parameters(), self.network.parameters(), strict=True):
            kept.lerp_(new, step)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that a resume needs; on a CPU it goes on to the same bits."""
        if self.cloning:
            assert self._cloner is not None
            return {f"clone.{name}": array for name, array in self._cloner.arrays().items()}
        if not self._begun:
            self._begin()
        found: dict[str, npt.NDArray[Any]] = {
            "counters": self.counters(),
            "score": np.array(self._scalars["score"].item()),
            "generator": self._generator.get_state().numpy(),
        }
        found |= {f"environment.{name}": array for name, array in self.environment.arrays().items()}
        return found | {name: tensor.detach().cpu().numpy() for name, tensor in self._tensors().items()}

    def _tensors(self) -> dict[str, Tensor]:
        """Return what is trained, by name."""
        averages, magnets = dict(self.average.named_parameters()), dict(self._magnet.named_parameters())
        found: dict[str, Tensor] = {}
        for name, parameter in self.network.named_parameters():
            moments = self._optimiser.state.get(parameter, {})
            found[f"parameter.{name}"] = parameter
            found[f"average.{name}"], found[f"magnet.{name}"] = averages[name], magnets[name]
            found[f"first_moment.{name}"] = moments.get("exp_avg", torch.zeros_like(parameter))
            found[f"second_moment.{name}"] = moments.get("exp_avg_sq", torch.zeros_like(parameter))
        return found

    def restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Go on from what ``arrays`` returned; raises ``ValueError`` if it is of another shape."""
        if "clone.counters" in arrays:
            if self._cloner is None:
                raise ValueError("the saved run was cloning a teacher")
            self._cloner.restore({name.removeprefix("clone."): array for name, array in arrays.items()})
            self.iteration, self.steps = self._cloner.iteration, self._cloner.steps
            return
        self.restore_counters(arrays)
        self._begin()
        check_arrays(self.arrays(), arrays)
        self._scalars["updates"].fill_(self.updates)
        self._scalars["score"].fill_(float(arrays["score"]))
        self._generator.set_state(torch.from_numpy(arrays["generator"].copy()))
        prefix = "environment."
        self.environment.restore({n.removeprefix(prefix): array for n, array in arrays.items() if n.startswith(prefix)})
        if self.updates:
            self._prepare_moments()
        with torch.no_grad():
            for name, tensor in self._tensors().items():
                tensor.copy_(torch.from_numpy(arrays[name]))

    def _prepare_moments(self) -> None:
        device = self.device if self.device.type == "cuda" else None
        for parameter in self.network.parameters():
            self._optimiser.state[parameter] = {
                "step": torch.tensor(float(self.updates), device=device),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": torch.zeros_like(parameter),
            }
