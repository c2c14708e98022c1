"""What a seat believes of its own hand: weighted hands, exact or sampled, by replay or by a learned model."""
