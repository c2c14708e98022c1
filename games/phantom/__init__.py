"""Phantom Tic-Tac-Toe and Dark Hex: board games in which a player sees only what the own attempts reveal.

``games.phantom.game`` says which games there are, ``rules`` plays them, ``information_states`` enumerates and numbers
what a player can know, ``bridges`` names it as OpenSpiel does.
"""
