r"""Networks in torch behind one interface: feed-forward, and public-recurrent times private feed-forward.

All of them answer a batch of decisions with masked logits, a value, and a guess of the own cards (the auxiliary head:
it makes the hidden layers attend to what the partner's moves say about them). Logits contain ``A`` [advice], a row for
each move that a rule-based blueprint may advise, as in ``agents.blueprints.neural.network``.

``FeedForward`` with two hidden layers on sparse features computes what the compiled network does; ``flat_parameters``
and ``load_flat`` go from one to the other. Its first layer is an ``EmbeddingBag``, which is a sum of rows, too.

``PublicRecurrent`` is for partners' moves of long ago. The recurrent part reads only what everybody sees – board, last
move with the card that it showed, hints – so it is computed once for a position; for a hypothetical hand only the
private part is evaluated again, and nothing is replayed. With ``u`` the recurrent output and ``f`` that of the private
layers, the heads read their product ``u * f``.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import linear, pad

from agents.blueprints.neural.features import feature_count
from agents.blueprints.neural.network import Shape, new_network, views
from games.hanabi.game import HanabiGame
from games.hanabi.observation import observation_sections

Floats = npt.NDArray[np.float32]

_TYPICAL = 100.0  # features that are on at once, for the scale of the first layer


class Batch(NamedTuple):
    """Decisions to evaluate.

    features : int64 [rows, most features], padded with the number of features; no columns for dense inputs.
    observations : float32 or bfloat16 [rows, observation size or more, zeros]; no columns if the network reads sparse
        features only.
    advice : int64 [rows], the number of moves standing for none.
    legal : bool [rows, moves].
    """

    features: Tensor
    observations: Tensor
    advice: Tensor
    legal: Tensor

    def rows(self, chosen: Tensor) -> Batch:
        """Return some rows."""
        return Batch(*(part[chosen] for part in self))


def batch_of(observations: Tensor, legal: Tensor) -> Batch:
    """Return what a network reads that knows no sparse features and no advice."""
    rows, moves = legal.shape
    none = torch.full((rows,), moves, dtype=torch.int64, device=legal.device)
    return Batch(none.new_zeros((rows, 0)), observations, none, legal)


class Output(NamedTuple):
    """What a network answers: logits [rows, moves] (-inf where illegal), values [rows], cards [rows, hand, types]."""

    logits: Tensor
    values: Tensor
    cards: Tensor


def public_part(game: HanabiGame) -> slice:
    """Return which part of an observation everybody sees: all but the cards in the others' hands, which come first."""
    return slice(observation_sections(game)["other hands"].stop, game.observation_size)


class _Private(nn.Module):
    """The hidden layers on what a player sees: sparse features or a dense observation."""

    def __init__(self, game: HanabiGame, hidden: tuple[int, ...], inputs: str, history: int) -> None:
        super().__init__()
        self.inputs = inputs
        count = feature_count(game, history)
        if inputs == "features":
            self.first: nn.Module = nn.EmbeddingBag(count + 1, hidden[0], mode="sum", padding_idx=count)
            self.first_bias = nn.Parameter(torch.zeros(hidden[0]))
        else:
            self.first = nn.Linear(game.observation_size, hidden[0], bias=False)
            self.first_bias = nn.Parameter(torch.zeros(hidden[0]))
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(hidden))

    def forward(self, batch: Batch) -> Tensor:
        """Return the last hidden layer, [rows, hidden[-1]]."""
        values: Tensor = torch.relu(self._first(batch) + self.first_bias)
        for layer in self.layers:
            values = torch.relu(layer(values))
        return values

    def _first(self, batch: Batch) -> Tensor:
        if self.inputs == "features":
            return cast(Tensor, self.first(batch.features))
        assert isinstance(self.first, nn.Linear)
        padding = batch.observations.shape[1] - self.first.in_features  # on a card, to whole vectors
        return linear(batch.observations, pad(self.first.weight, (0, padding)) if padding else self.first.weight)


class _Heads(nn.Module):
    """Policy, value and own cards from the last hidden layer."""

    def __init__(self, game: HanabiGame, width: int) -> None:
        super().__init__()
        self.hand, self.types = game.cards_in_hand, game.types
        self.policy = nn.Linear(width, game.moves)
        self.value = nn.Linear(width, 1)
        self.cards = nn.Linear(width, game.cards_in_hand * game.types)
        self.advice = nn.Embedding(game.moves + 1, game.moves, padding_idx=game.moves)

    def forward(self, hidden: Tensor, batch: Batch) -> Output:
        """Return the answers for rows of the last hidden layer."""
        logits = (self.policy(hidden) + self.advice(batch.advice)).masked_fill(~batch.legal, -torch.inf)
        cards = self.cards(hidden).view(-1, self.hand, self.types)
        return Output(logits, self.value(hidden).squeeze(-1), cards)


class PolicyNetwork(nn.Module):
    """The interface. A batch belongs to some positions; ``context`` says what is remembered of their games.

    ``history`` : earlier moves among the sparse features (``agents.blueprints.neural.history``).
    """

    recurrent = False

    def __init__(self, game: HanabiGame, hidden: tuple[int, ...], inputs: str = "features", history: int = 0) -> None:
        super().__init__()
        self.game, self.hidden, self.inputs, self.history = game, hidden, inputs, history
        self.private = _Private(game, hidden, inputs, history)
        self.heads = _Heads(game, hidden[-1])

    @property
    def encoding(self) -> str:
        """Which observations have to be written besides sparse features (``features``: none)."""
        return self.inputs

    def context(self, public: Tensor, memory: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Read the public observations [turns, games, size] of consecutive turns.

        Returns what the heads combine with the private layers, [turns, games, width], and the memory after the last
        turn, [2, games, width], with which the next turns may be read. Without a memory a game begins.
        """
        empty = public.new_zeros((*public.shape[:2], 0))
        return empty, public.new_zeros((2, public.shape[1], 0))

    def forward(self, batch: Batch, context: Tensor) -> Output:
        """Return the answers for a batch; ``context`` [rows, width] are its rows of what ``context`` returned."""
        answers: Output = self.heads(self.private(batch), batch)
        return answers


class FeedForward(PolicyNetwork):
    """A network that remembers nothing."""


class PublicRecurrent(PolicyNetwork):
    """A network whose memory is a function of what everybody has seen."""

    recurrent = True

    def __init__(self, game: HanabiGame, hidden: tuple[int, ...], inputs: str = "features", history: int = 0) -> None:
        super().__init__(game, hidden, inputs, history)
        self._public = public_part(game)
        self.read = nn.Linear(self._public.stop - self._public.start, hidden[-1])
        self.memory = nn.LSTM(hidden[-1], hidden[-1])
        self.gate = nn.Linear(hidden[-1], hidden[-1])

    @property
    def encoding(self) -> str:
        return "v0" if self.inputs == "features" else self.inputs

    def context(self, public: Tensor, memory: Tensor | None = None) -> tuple[Tensor, Tensor]:
        state = None if memory is None else (memory[:1].contiguous(), memory[1:].contiguous())
        out, (hidden, cell) = self.memory(torch.relu(self.read(public)), state)
        return 1.0 + self.gate(out), torch.cat([hidden, cell])

    def forward(self, batch: Batch, context: Tensor) -> Output:
        answers: Output = self.heads(self.private(batch) * context, batch)
        return answers


def make_network(
    game: HanabiGame, kind: str, hidden: tuple[int, ...], inputs: str, advice: float, seed: int, history: int = 0
) -> PolicyNetwork:
    """Return a network with random parameters (He et al. 2015); its policy is near ``advice`` times the identity.

    A feed-forward network of two layers on sparse features begins with the parameters of the compiled one.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        cls = PublicRecurrent if kind == "public-recurrent" else FeedForward
        network: PolicyNetwork = cls(game, hidden, inputs, history)
        _initialise(network, advice)
    if convertible(network):
        load_flat(network, new_network(_shape(network), seed, advice, network.history))
    return network


def _initialise(network: PolicyNetwork, advice: float) -> None:
    private, heads, moves = network.private, network.heads, network.game.moves
    with torch.no_grad():
        for layer in private.layers:
            assert isinstance(layer, nn.Linear)
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            layer.bias.zero_()
        assert isinstance(private.first, nn.EmbeddingBag | nn.Linear)
        private.first.weight.normal_(0.0, (2.0 / _TYPICAL) ** 0.5)
        if isinstance(private.first, nn.EmbeddingBag):
            private.first.weight[-1].zero_()
        for head, scale in ((heads.policy, 0.01), (heads.value, 0.0), (heads.cards, 0.0)):
            head.weight.normal_(0.0, 1.0).mul_(scale / network.hidden[-1] ** 0.5)
            head.bias.zero_()
        heads.advice.weight.zero_()
        heads.advice.weight[:moves] = advice * torch.eye(moves)


def convertible(network: PolicyNetwork) -> bool:
    """Return whether the compiled network can compute the same."""
    return not network.recurrent and network.inputs == "features" and len(network.hidden) == 2


def _shape(network: PolicyNetwork) -> Shape:
    first, second = network.hidden
    return Shape(feature_count(network.game, network.history), first, second, network.game.moves)


def _parts(network: PolicyNetwork) -> list[tuple[str, Tensor, bool]]:
    """Return (part of the flat vector, torch parameter, whether it is transposed)."""
    private, heads = network.private, network.heads
    second = private.layers[0]
    assert isinstance(private.first, nn.EmbeddingBag) and isinstance(second, nn.Linear)
    return [
        ("first", private.first.weight[:-1], False),
        ("first_bias", private.first_bias, False),
        ("second", second.weight, True),
        ("second_bias", second.bias, False),
        ("policy", heads.policy.weight, True),
        ("policy_bias", heads.policy.bias, False),
        ("advice", heads.advice.weight[:-1], False),
        ("value", heads.value.weight[0], False),
        ("value_bias", heads.value.bias, False),
    ]


def load_flat(network: PolicyNetwork, parameters: Floats) -> None:
    """Set a convertible network to the parameters of a compiled one; the auxiliary head stays as it is."""
    flat = views(parameters)
    with torch.no_grad():
        for name, tensor, transposed in _parts(network):
            given = torch.from_numpy(flat[name])
            given = given[..., : tensor.shape[0] if transposed else tensor.shape[-1]]
            tensor.copy_(given.T if transposed else given)


def flat_parameters(network: PolicyNetwork) -> Floats:
    """Return a convertible network's parameters as the compiled one reads them."""
    flat = new_network(_shape(network), seed=0, history=network.history)
    parts = views(flat)
    for name, tensor, transposed in _parts(network):
        given = tensor.detach().cpu()
        given = given.T if transposed else given
        parts[name][:] = 0.0
        parts[name][..., : given.shape[-1]] = given.numpy()
    return flat
