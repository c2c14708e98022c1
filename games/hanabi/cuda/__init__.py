"""Hanabi on a CUDA card: the compiled rules in CUDA kernels, tens of thousands of games side by side.

The modules of this package load ``numba.cuda``; importing the package loads nothing. ``docs/gpu.md`` is the guide.
"""
