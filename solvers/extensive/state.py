r"""What an extensive-form algorithm remembers, and the type of its step.

The state of an algorithm for one player is an array ``[rows, sequences]`` whose rows are named below. An algorithm is a
compiled *step*: it finds the player's gradient ``A y`` in ``VALUES`` (the counterfactual value of each sequence before
what follows it is added, see ``games.extensive``) and writes the next behavioural policy to ``POLICY``; on the way it
may overwrite ``VALUES``. Products, realisation weights and averages belong to the driver (``iterate``), so that an
algorithm is one sweep from the leaves to the root.
"""

from __future__ import annotations

from numba import types

# Rows of the state of a player.
POLICY = 0  # behavioural probabilities of the current iterate; entry 0 is 1
WEIGHTS = 1  # its realisation weights
VALUES = 2  # the gradient against the opponent's current iterate
AVERAGE = 3  # weighted sum of the realisation weights played
MAGNET = 4  # log-probabilities of the magnet policy; entry 0 is 0
MEMORY = 5  # first of the algorithm's own rows, which are zero at the start

# Entries of the numbers of an iteration.
ITERATION = 0  # 1, 2, ...
WEIGHT = 1  # of this iteration's policy in the average; 0 in all iterations: no average is kept
PARAMETER = 2  # first of the algorithm's own numbers

# step(parent, first, state, numbers): the tree is a player's Treeplex
STEP_TYPE = types.void(types.int32[::1], types.int32[::1], types.float64[:, ::1], types.float64[::1])
