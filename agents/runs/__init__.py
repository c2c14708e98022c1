"""What long work has in common: workers that play pieces of it, random streams, forfeits, replays."""
