"""Training of Hanabi blueprints by self-play: compiled for small networks on a CPU, torch for large ones.

``options`` is what can be set; ``self_play`` makes samples, ``losses`` and ``gradients`` turn them into a gradient,
``optimiser`` into a step; ``learner`` is the loop of these.
"""
