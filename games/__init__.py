"""What is played: the rules of each game, compiled, and the bridges to the engines that people already use.

Nothing here knows how to choose a move. The packages are layered ``games <- solvers <- search <- agents`` and each
imports only from those on its left, so a reader can start here and read to the right. Importing this package is
cheap: numba is imported by the modules that compile, torch by none of them.

(Part of Tamaya.)
"""
