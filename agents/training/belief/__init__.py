"""Training of learned beliefs (``agents.blueprints.neural.belief`` is what searches use of them)."""
