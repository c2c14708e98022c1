"""Mirror-descent search in Hanabi: beliefs over the own hand, compiled rollouts, and the searching seat."""
