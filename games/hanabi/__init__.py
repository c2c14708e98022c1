"""Hanabi: rules, observations, batches, replays, and bridges to the engines that people already use."""

from games.hanabi.game import HanabiGame, seven_card, small, standard

__all__ = ["HanabiGame", "seven_card", "small", "standard"]
