"""The options of ``python -m agents.train_blueprint``, and the game and the settings that they describe."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from tyro.conf import FlagConversionOff, arg

from agents.blueprints.registry import rule_based_for
from agents.training.evaluation import EVALUATION_SEED
from agents.training.options import TrainingOptions
from agents.training.run import Goal
from games._base.command_line import check_least, check_workers, refuse_given
from games._base.errors import UsageError
from games._base.files import check_folder
from games.hanabi.game import HanabiGame
from games.hanabi.variants import variant_game

PROGRAM = "python -m agents.train_blueprint"

_LABELS = ("label_step", "label_share", "label_margin", "label_plies", "label_trace", "label_exploration")
_GRADIENT = ("learn_share", "clip", "entropy", "entropy_end", "kl_previous", "kl_magnet", "kl_magnet_end")

_DEFAULT = TrainingOptions()
_LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class Options:
    """Train a Hanabi blueprint by self-play, from a rule-based one or from nothing.

    Quantities with an --...-end change linearly with the decisions made, from 0 to --steps, whatever the clock says.
    """

    help_groups: ClassVar[dict[str, str]] = {
        "basic options": "help players minutes steps checkpoint device seed workers",
        "the network": "network hidden history inputs",
        "the method": "method base teacher advice start distil clone clone-softening",
        "reinforcement learning": (
            "games epochs minibatch learn-share learning-rate learning-rate-end clip gamma lambda lambda-end "
            "entropy entropy-end value-weight kl-previous kl-magnet kl-magnet-end bomb-penalty "
            "bomb-penalty-end card-weight gradient-norm average-decay augment"
        ),
        "labels of a search": (
            "label-step temperature label-share label-margin label-plies label-trace label-exploration"
        ),
        "on a card": "graphs",
        "what is played": "variant bomb",
        "evaluation": "evaluate-games evaluate-every quick-games",
    }
    help_examples: ClassVar[tuple[str, ...]] = (
        "python -m agents.train_blueprint --players 2 --minutes 60 --checkpoint runs/mine",
        "python -m agents.train_blueprint --players 2 --device cuda --network feed-forward --checkpoint runs/card",
    )

    checkpoint: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="(needed)")] = None
    """Folder of the run: state, log, weights, model card, learning curve. The same command goes on where it stopped."""
    players: int = 2
    """Number of players, 2 to 5."""
    device: Annotated[str, arg(metavar="cpu|cuda")] = "cpu"
    """Where torch networks compute, cpu or cuda: the compiled network is for the CPU."""
    minutes: Annotated[float | None, arg(metavar="FLOAT", help_behavior_hint="(default: no limit)")] = None
    """Stop after so many minutes: of training and evaluation, earlier calls with the same folder included."""
    steps: float = _DEFAULT.horizon
    """Stop after so many decisions; also where quantities with an --...-end reach it."""
    network: Literal["compiled", "feed-forward", "public-recurrent"] = "compiled"
    """Which network learns; compiled: small, in numba, for a CPU; the others are torch networks."""
    method: Literal["ppo", "expert-iteration"] = "ppo"
    """How the network learns; ppo: policy gradients of self-play; expert-iteration: fit the values of moves that
    rollouts found (compiled)."""
    base: Annotated[
        Literal["smart", "information", "none"] | None,
        arg(metavar="NAME", help_behavior_hint="(default: smart for 2 players, information for 3 to 5)"),
    ] = None
    """Rule-based blueprint whose conclusions and advice the network reads: smart, information, or none."""
    teacher: Annotated[
        str | None, arg(metavar="NAME", help_behavior_hint="(default: the base, or what it would be)")
    ] = None
    """Rule-based blueprint that is cloned at first and is the magnet."""
    hidden: tuple[int, ...] = _DEFAULT.hidden
    """Units of the hidden layers, multiples of 16: two layers for the compiled network."""
    history: Annotated[int, arg(metavar="MOVES")] = _DEFAULT.history
    """Moves before the last one that the compiled network reads besides the position."""
    advice: float = _DEFAULT.advice
    """Logit by which the base's advice leads at the start."""
    seed: int = _DEFAULT.seed
    """Seed of everything random: of parameters, decks, moves and minibatches."""
    start: Annotated[str | None, arg(metavar="FILE", help_behavior_hint="(default: new weights)")] = None
    """Weights of a compiled network, as wide or narrower, that learning starts from; nothing is cloned."""
    distil: Annotated[str | None, arg(metavar="FILE", help_behavior_hint="(default: clone the teacher)")] = None
    """Weights of a larger network whose games and probabilities are cloned in place of the teacher's."""
    clone: Annotated[int, arg(metavar="GAMES")] = _DEFAULT.clone_games
    """Games of the teacher on which policy and value are fitted before self-play learns anything."""
    clone_softening: float = _DEFAULT.clone_softening
    """The cloned policy, and the magnet, play a random legal move with this probability."""
    games: int = _DEFAULT.games
    """Number of games: of self-play, an iteration."""
    epochs: int = _DEFAULT.epochs
    """Passes over the decisions of an iteration."""
    minibatch: int = _DEFAULT.minibatch
    """Decisions a gradient step."""
    learn_share: float = _DEFAULT.learn_share
    """Share of the decisions that are learned from, drawn by what they would teach; these count the more (compiled)."""
    learning_rate: float = _DEFAULT.learning_rate
    """Learning rate of Adam, at the start."""
    learning_rate_end: float = _DEFAULT.learning_rate_end
    """Learning rate of Adam, at the end."""
    clip: float = _DEFAULT.clip
    """Share by which PPO lets the ratio of probabilities leave 1."""
    gamma: float = _DEFAULT.gamma
    """Discount from one decision of a seat to its next, from 0 to 1; 1: values are points, no discount."""
    trace: Annotated[float, arg(name="lambda")] = _DEFAULT.trace
    """Weight lambda of generalised advantage estimation, at the start."""
    trace_end: Annotated[
        float | None, arg(name="lambda-end", metavar="FLOAT", help_behavior_hint="(default: as at the start)")
    ] = None
    """Weight lambda of generalised advantage estimation, at the end."""
    entropy: float = _DEFAULT.entropy
    """Weight of the entropy bonus, at the start."""
    entropy_end: float = _DEFAULT.entropy_end
    """Weight of the entropy bonus, at the end."""
    value_weight: float = _DEFAULT.value_weight
    """Weight of the squared error of the value."""
    kl_previous: float = _DEFAULT.kl_previous
    """Weight of the divergence from the policy that played (mirror-descent policy optimisation)."""
    kl_magnet: float = _DEFAULT.kl_magnet
    """Weight of the divergence from the softened teacher (magnetic mirror descent), at the start."""
    kl_magnet_end: float = _DEFAULT.kl_magnet_end
    """Weight of the divergence from the softened teacher, at the end."""
    bomb_penalty: float = _DEFAULT.bomb_penalty
    """Share of the points that a lost last life costs while learning, at the start."""
    bomb_penalty_end: float = _DEFAULT.bomb_penalty_end
    """Share of the points that a lost last life costs while learning, at the end; 1 is the game's."""
    label_step: float = _DEFAULT.label_step
    """In expert iteration, size of the step of mirror descent that is imitated, per point; 0: fit to a temperature."""
    temperature: float = _DEFAULT.temperature
    """Temperature of the policy in expert iteration without steps: a move that costs so many points is played e times
    less often."""
    label_share: float = _DEFAULT.label_share
    """Share of the decisions that are labelled in expert iteration."""
    label_margin: float = _DEFAULT.label_margin
    """In expert iteration, moves with a logit so far below the best are considered one time in eight."""
    label_plies: int = _DEFAULT.label_plies
    """In expert iteration, a move is played on for so many moves; then the network's value stands for the rest."""
    label_trace: float = _DEFAULT.label_trace
    """In expert iteration, weight of longer playouts against shorter ones, whose rest is a value; 1: only longest."""
    label_exploration: float = _DEFAULT.label_exploration
    """In expert iteration, share of the moves that are drawn from the policy; the others are its best."""
    inputs: Literal["features", "canonical", "v0"] = "features"
    """What a torch network reads: sparse features, or the canonical or V0 observation in their place."""
    augment: Annotated[bool, FlagConversionOff] = _DEFAULT.augment
    """A torch network sees other names of the colours in every pass but the first: True or False."""
    card_weight: float = _DEFAULT.card_weight
    """Weight of the cross-entropy of the own cards that a torch network guesses."""
    gradient_norm: float = _DEFAULT.gradient_norm
    """Gradients are scaled down to this Euclidean norm."""
    average_decay: float = _DEFAULT.average_decay
    """Weight of what was, a gradient step, in the moving average of the weights that is evaluated and saved."""
    variant: Literal["standard", "small", "seven-card"] = "standard"
    """Which Hanabi is played; small: 2 colours, 2 cards in hand, 3 hints, 1 life; seven-card: 2 players, 7 cards in
    hand, 4 hints."""
    bomb: Literal["zero", "keep"] = "zero"
    """What the last lost life leaves of the score: nothing, or the points so far."""
    evaluate_games: int = 10_000
    """Games of the greedy evaluation at the end."""
    evaluate_every: float = 5.0
    """Minutes between two greedy evaluations on the way."""
    quick_games: int = 2000
    """Games of a greedy evaluation on the way."""
    workers: Annotated[int | None, arg(metavar="INT", help_behavior_hint="(default: one a core)")] = None
    """Workers side by side: threads; the compiled learner learns the same for any number."""
    graphs: Annotated[bool, FlagConversionOff] = True
    """Record rollouts and gradient steps on a card in CUDA graphs where that is possible: True or False."""

    def game(self) -> HanabiGame:
        """Return the game; raises ``UsageError`` if there is none."""
        try:
            return variant_game(self.variant, self.players, self.bomb)
        except ValueError as error:
            raise UsageError(str(error)) from None

    def training(self) -> TrainingOptions:
        """Return the settings; raises ``UsageError`` if an option makes no sense."""
        self._check()
        usual = rule_based_for(self.players)
        base = self.base or usual
        given = {
            field.name: getattr(self, field.name) for field in fields(TrainingOptions) if hasattr(self, field.name)
        }
        given |= {
            "base": base,
            "teacher": self.teacher or (usual if base == "none" else base),
            "horizon": float(self.steps),
            "clone_games": 0 if self.start else self.clone,
        }
        try:
            found = TrainingOptions(**given)
        except ValueError as error:
            raise UsageError(str(error)) from None
        self._refuse_unread()
        return found

    def goal(self) -> Goal:
        """Return when the run stops and what it measures."""
        return Goal(self.steps, self.minutes, self.evaluate_every, self.quick_games, self.evaluate_games)

    def _check(self) -> None:
        """Raise ``UsageError`` for what only the command knows."""
        if self.checkpoint is None:
            raise UsageError("--checkpoint DIR is needed: the folder of the run, new or begun")
        check_folder(self.checkpoint, "--checkpoint")
        if not re.fullmatch(r"cpu|cuda(:\d{1,3})?", self.device):
            raise UsageError(f"--device must be cpu or cuda, not {self.device}")
        if self.device != "cpu" and self.network == "compiled":
            raise UsageError("the compiled network runs on the CPU: choose --network feed-forward for --device cuda")
        check_least(self, steps=1, clone=0, evaluate_games=1, quick_games=1, seed=0, history=0)
        check_workers(self)
        for name, number in (("minutes", self.minutes), ("evaluate-every", self.evaluate_every)):
            if number is not None and not (number > 0 and math.isfinite(number)):
                raise UsageError(f"--{name} must be positive and finite, not {number}")
        if self.seed > _LARGEST_SEED or self.seed == EVALUATION_SEED:
            raise UsageError(f"--seed must be at most {_LARGEST_SEED} and not {EVALUATION_SEED}, not {self.seed}")
        if self.network == "compiled" and len(self.hidden) != 2:
            raise UsageError(f"--hidden needs two numbers for the compiled network, not {len(self.hidden)}")
        if any(width < 16 or width % 16 for width in self.hidden) or not self.hidden:
            raise UsageError(f"--hidden must be positive multiples of 16, not {' '.join(map(str, self.hidden))}")
        if self.network == "compiled" and self.inputs != "features":
            raise UsageError(f"--inputs {self.inputs} needs --network feed-forward or public-recurrent")
        for name, file in (("start", self.start), ("distil", self.distil)):
            if file and self.network != "compiled":
                raise UsageError(f"--{name} needs --network compiled")
        if self.distil and (self.start or not self.clone):
            raise UsageError("--distil needs games to --clone, and no --start")
        if self.history and self.network != "compiled":
            raise UsageError("--history needs --network compiled")
        if self.network != "compiled" and self.method != "ppo":
            raise UsageError(f"--method {self.method} needs --network compiled")

    def _refuse_unread(self) -> None:
        """Raise ``UsageError`` for an option that nothing reads with the network, the method and the base chosen."""
        if self.method == "ppo":
            refuse_given("on ppo", self, (*_LABELS, "temperature"), "leave it out, or choose --method expert-iteration")
        else:
            refuse_given("on expert-iteration", self, _GRADIENT)
            if self.label_step:
                refuse_given("beside --label-step", self, ("temperature",))
        if self.network == "compiled":
            refuse_given("on the compiled network", self, ("augment", "card_weight"))
        else:
            refuse_given("on a torch network", self, ("learn_share",), "leave it out, or choose --network compiled")
        if self.device == "cpu":
            refuse_given("on the CPU", self, ("graphs",))
        if self.base == "none":
            refuse_given("on a network without --base", self, ("advice",))
