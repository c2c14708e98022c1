"""Solvers of games in normal form: preference games, batches of them, and two-player zero-sum matrix games.

``problem`` brings games into one form, ``state`` and ``algorithm`` say what an algorithm is, each algorithm has a
file of its own, ``iterate`` runs them, ``certificate`` measures what they return, ``solve`` is the call that does all
of it.
"""
