"""Two-player zero-sum games with perfect recall, compiled to the sequence form.

**The sequence form** (von Stengel, "Efficient computation of behavior strategies", Games and Economic Behavior 1996). A
*sequence* of a player is the list of the player's own actions on the way to some history, each with the information
set (*infoset*) it was taken at; with perfect recall all histories of an infoset share one sequence, its *parent*. Let
``x[s]`` be the product of the probabilities of the actions of sequence ``s`` (its *realisation weight*), so that
``x[0] = 1`` for the empty sequence and the weights of the actions of an infoset sum to that of its parent. A terminal
history is reached with probability *chance × x[s] × y[t]*, where ``s`` and ``t`` are the two players' sequences there,
so with ``A[s, t]`` the sum of *chance × utility of player 0* over the terminal histories of the pair ``(s, t)``

    value of the game for player 0 = xᵀ A y,

and ``A y`` is the gradient, i.e. the counterfactual value of every sequence of player 0 before what follows it is
added. A tree with millions of histories becomes one sparse matrix and two small trees (*treeplexes*): everything that a
first-order method does is one sparse product, one sweep from the leaves and one sweep from the root.

**Layout** (``games.extensive.game``). Sequence 0 is the empty one. Infosets are ordered by their parent sequence, and
the sequences of an infoset follow each other, in the order of the infosets. Hence parents come before children, levels
(the number of own decisions so far) are contiguous, and so are the infosets that follow one sequence: a sweep reads and
writes memory in order. Each player has the payoff matrix by rows of the player's own sequences, with the player's own
utility, so that one kernel serves both players.

- ``compile_game``: from an OpenSpiel game or its string (``games.extensive.compile``), or from a Gambit file
  (``games.extensive.gambit``).
- ``compile_general_game``: the same for any number of players and any utilities (``games.extensive.general``).
- ``from_tree`` with ``Chance``, ``Decision``, ``Terminal``: from a tree written in Python (``games.extensive.tree``).
- ``from_arrays``: from sequence-form arrays (``games.extensive.assemble``).
- ``games.extensive.policies``: behavioural policies, in files and to and from OpenSpiel.
- ``games.extensive.public_states``: what the players know in common, and subgames; ``games.extensive.gadget``: the
  games in which a subgame is solved again without harm.
- ``games.extensive.reduction``: forced moves contracted and all that is alike merged, exactly.
"""

from games.extensive.assemble import from_arrays
from games.extensive.compile import compile_game, compile_general_game
from games.extensive.game import ExtensiveGame, GameError, NotTwoPlayerZeroSum, Payoffs, Policy, Treeplex
from games.extensive.tree import Chance, Decision, Terminal, from_tree

__all__ = [
    "Chance",
    "Decision",
    "ExtensiveGame",
    "GameError",
    "NotTwoPlayerZeroSum",
    "Payoffs",
    "Policy",
    "Terminal",
    "Treeplex",
    "compile_game",
    "compile_general_game",
    "from_arrays",
    "from_tree",
]
