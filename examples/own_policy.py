"""A Hanabi policy of one's own, and two networks, as ``--blueprint examples/own_policy.py:Policy`` takes them.

A policy answers ``act(view)`` with a move: here it plays what is sure, hints at a playable card, or discards.
"""

import torch

from games.hanabi.view import HanabiView


class Policy:
    """Play a sure card; else hint at a playable one; else discard a sure loss, or the oldest card without a hint."""

    def act(self, view: HanabiView):
        cards = range(len(view.own))
        for i in cards:
            if view.surely_playable(i):
                return view.play(i)
        if view.information_tokens:
            for card in view.others[0]:
                if view.is_playable(card.type) and not card.rank_hinted:
                    return view.hint(1, rank=card.type % view.game.ranks)
            for card in view.others[0]:
                if view.is_playable(card.type) and not card.colour_hinted:
                    return view.hint(1, colour=card.type // view.game.ranks)
        if view.information_tokens == view.game.information_tokens:  # nobody may discard
            return next(move for move in view.legal if move.kind == "rank")
        useless = [i for i in cards if view.surely_useless(i)]
        fresh = [i for i in cards if not view.own[i].hinted]
        return view.discard((useless or fresh or [0])[0])


class Network(torch.nn.Module):
    """A feed-forward network over HLE's observation; ``weights=FILE`` in its brackets loads a state dict."""

    def __init__(self, game, width: int = 64):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(game.observation_size, width), torch.nn.ReLU(), torch.nn.Linear(width, game.moves)
        )

    def forward(self, observations):
        return self.layers(observations)


class Recurrent(torch.nn.Module):
    """An LSTM over what its own seat saw, turn by turn: its state is h and c, side by side."""

    def __init__(self, game, width: int = 32, seed: int = 0):
        super().__init__()
        torch.manual_seed(seed)
        self.state_size = 2 * width
        self.cell = torch.nn.LSTMCell(game.observation_size, width)
        self.head = torch.nn.Linear(width, game.moves)

    def forward(self, observations, states):
        hidden, cell = self.cell(observations, tuple(states.chunk(2, dim=1)))
        return self.head(hidden), torch.cat((hidden, cell), dim=1)
