"""What a search stands on: a policy, compiled or batched, with the public past that it remembers."""
