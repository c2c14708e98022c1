"""Training beside a vector environment: games that never stop, on the CPU or on a CUDA card, as torch tensors.

``docs/gpu.md`` is the guide. Nothing is imported here.
"""
