"""Games looked at move by move."""
