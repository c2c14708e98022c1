"""A person at the terminal, with a planner to ask."""
