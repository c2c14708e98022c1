"""Policies that people bring along, as blueprints: a Python class, a PyTorch module, a TorchScript file."""
