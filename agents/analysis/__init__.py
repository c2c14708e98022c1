"""Games of Hanabi looked at move by move: what every move is worth, what could be known, what was lost."""
