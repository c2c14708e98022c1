"""Policies that people bring along."""
