"""Whoever plays rollouts: compiled, batched, gathered over several games, or on a CUDA card."""
