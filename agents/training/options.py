"""The settings of a training run: frozen, written beside the weights, compared when a run goes on."""

from __future__ import annotations

import math
from dataclasses import dataclass

BASES = ("smart", "information", "none")
METHODS = ("ppo", "expert-iteration")
NETWORKS = ("compiled", "feed-forward", "public-recurrent")
INPUTS = ("features", "canonical", "v0")
_WEIGHTS = (
    *("advice", "learning_rate_end", "entropy", "entropy_end", "value_weight", "kl_previous"),
    *("kl_magnet", "kl_magnet_end", "card_weight", "label_step"),
)

MOST_HISTORY = 32
_MOST = 1e6  # of a weight: networks compute in single precision


@dataclass(frozen=True)
class TrainingOptions:
    """How a blueprint is trained. Quantities with a start and an end change linearly over ``horizon`` steps.

    Attributes
    ----------
    network : ``compiled`` (numba, small), or a torch network: ``feed-forward``, ``public-recurrent``.
    method : ``ppo``, or ``expert-iteration``: logits are fitted to the values of moves that search found.
    base : rule-based blueprint whose conclusions and advice the network reads, or ``none``.
    teacher : rule-based blueprint that is cloned at first and is the magnet; the base, if there is one.
    hidden : units of the hidden layers.
    history : moves before the last one that a compiled network reads (``agents.blueprints.neural.history``).
    advice : logit by which the base's advice leads at the start.
    seed : of parameters, decks, moves and minibatches.
    horizon : steps (decisions) after which schedules stay at their end.
    start : file of weights, of layers as wide or narrower, that learning starts from, in place of new ones and cloning.
    distil : file of a larger network that is cloned in place of the teacher.
    clone_games : games of the teacher on which policy and value are fitted before self-play learns anything.
    clone_softening : the cloned policy plays the teacher's move with 1 minus this probability, else a random legal one.
    games : self-play games an iteration.
    epochs, minibatch : passes over the samples of an iteration; samples a gradient step.
    learn_share : share of the decisions of an iteration that are learned from in PPO, and count the more
        (``agents.training.thinning``).
    learning_rate, learning_rate_end : of Adam.
    clip : of the probability ratio in PPO (Schulman et al. 2017, eq. 7).
    gamma : discount a decision of the same seat.
    trace, trace_end : lambda of generalised advantage estimation; it stays what it is if there is no end.
    entropy, entropy_end : weight of the entropy bonus (advantages have unit variance).
    value_weight : of the squared error of the value.
    kl_previous : weight of KL(policy, policy that played) (mirror-descent policy optimisation).
    kl_magnet, kl_magnet_end : weight of KL(policy, softened teacher) (magnetic mirror descent).
    bomb_penalty, bomb_penalty_end : share of the points that a third misplay costs while learning; 1 is the game's.
    label_step : size ``eta`` of a mirror-descent step in expert iteration, per point; 0: a policy of a temperature.
    temperature : of that policy, in points: a move that costs so much is played e times less often.
    label_share : share of the decisions that are labelled in expert iteration.
    label_margin : moves with a logit so far below the best are considered one time in eight.
    label_plies, label_trace : a considered move is played on for so many moves, then the network's value stands for the
        rest; the shorter ones count ``1 - trace``, ``(1 - trace) trace``, ... With a trace of 1 and 100 moves or more a
        label is the final score.
    label_exploration : share of the moves that expert iteration draws from the policy; the others are its best.
    inputs : of a torch network: sparse ``features``, or the ``canonical`` or ``v0`` observation in their place.
    augment : a torch network sees other names of the colours in every pass but the first.
    card_weight : of the cross-entropy of the own cards that a torch network guesses beside policy and value.
    gradient_norm : gradients are scaled down to this Euclidean norm.
    average_decay : a gradient step of the exponential moving average that is evaluated and saved.
    """

    network: str = "compiled"
    method: str = "ppo"
    base: str = "smart"
    teacher: str = "smart"
    hidden: tuple[int, ...] = (128, 128)
    history: int = 0
    advice: float = 6.0
    seed: int = 0
    horizon: float = 3e8
    start: str | None = None
    distil: str | None = None
    clone_games: int = 20_000
    clone_softening: float = 0.02
    games: int = 512
    epochs: int = 2
    minibatch: int = 4096
    learn_share: float = 1.0
    learning_rate: float = 5e-4
    learning_rate_end: float = 5e-5
    clip: float = 0.2
    gamma: float = 0.999
    trace: float = 0.9
    trace_end: float | None = None
    entropy: float = 0.01
    entropy_end: float = 0.002
    value_weight: float = 0.5
    kl_previous: float = 0.0
    kl_magnet: float = 0.02
    kl_magnet_end: float = 0.0
    bomb_penalty: float = 1.0
    bomb_penalty_end: float = 1.0
    label_step: float = 0.0
    temperature: float = 0.1
    label_share: float = 0.125
    label_margin: float = 8.0
    label_plies: int = 1000
    label_trace: float = 1.0
    label_exploration: float = 1.0
    inputs: str = "features"
    augment: bool = True
    card_weight: float = 0.1
    gradient_norm: float = 0.5
    average_decay: float = 0.999

    def __post_init__(self) -> None:
        if self.network not in NETWORKS:
            raise ValueError(f"network must be one of {', '.join(NETWORKS)}, not {self.network!r}")
        if self.method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(METHODS)}, not {self.method!r}")
        if self.inputs not in INPUTS:
            raise ValueError(f"inputs must be one of {', '.join(INPUTS)}, not {self.inputs!r}")
        if self.base not in BASES:
            raise ValueError(f"base must be one of {', '.join(BASES)}, not {self.base!r}")
        if self.teacher == "none" or (self.base != "none" and self.teacher != self.base):
            raise ValueError(f"the teacher must be a blueprint, and the base if there is one, not {self.teacher!r}")
        for name in ("games", "epochs", "minibatch", "label_plies"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if not 0 <= self.history <= MOST_HISTORY:
            raise ValueError(f"history must be 0 to {MOST_HISTORY}, not {self.history}")
        if self.history and self.network != "compiled":
            raise ValueError(f"history needs the compiled network, not {self.network}")
        if self.method == "expert-iteration" and self.network != "compiled":
            raise ValueError(f"expert iteration needs the compiled network, not {self.network}")
        for name in ("horizon", "learning_rate", "clip", "temperature", "label_margin", "gradient_norm"):
            if not (getattr(self, name) > 0.0 and math.isfinite(getattr(self, name))):
                raise ValueError(f"{name} must be positive and finite, not {getattr(self, name)}")
        for name in _WEIGHTS:
            if not (getattr(self, name) >= 0.0 and math.isfinite(getattr(self, name))):
                raise ValueError(f"{name} must be finite and not negative, not {getattr(self, name)}")
            if getattr(self, name) > _MOST:
                raise ValueError(f"{name} must be at most {_MOST:g}, not {getattr(self, name)}")
        for name in (
            "gamma",
            "trace",
            "average_decay",
            "bomb_penalty",
            "bomb_penalty_end",
            "label_trace",
            "label_exploration",
        ):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must lie between 0 and 1, not {getattr(self, name)}")
        if self.trace_end is not None and not 0.0 <= self.trace_end <= 1.0:
            raise ValueError(f"trace_end must lie between 0 and 1, not {self.trace_end}")
        for name in (
            "clone_softening",
            "label_share",
            "learn_share",
        ):  # at 0, a logarithm of -inf; nothing to learn
            if not 0.0 < getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must be above 0 and at most 1, not {getattr(self, name)}")

    def at(self, name: str, steps: int) -> float:
        """Return the present value of a quantity with a start and an end, after so many steps."""
        start, given = float(getattr(self, name)), getattr(self, f"{name}_end")
        end = start if given is None else float(given)
        return start + (end - start) * min(1.0, steps / self.horizon)
