"""Hanabi at the table: players, searches, tables, and the run that measures what a search gains."""
