"""Two-player zero-sum games with perfect recall, in the sequence form of ``games.extensive``: values and solvers."""
