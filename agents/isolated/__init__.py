"""Agents that each play in a process of their own, which is sent views and nothing else."""
