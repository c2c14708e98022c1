"""Tournaments: schedules, games, statistics and reports."""
