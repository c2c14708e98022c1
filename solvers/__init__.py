"""Equilibria of games small enough to tabulate, and the single-state updates that solvers and searches share.

(Part of Tamaya.)
"""
