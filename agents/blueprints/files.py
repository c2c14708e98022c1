"""Where the weights of networks are: how their files end, and the folder of those that come with the project."""

from __future__ import annotations

from pathlib import Path

WEIGHTS = ".safetensors"  # how the name of a weights file ends
SHIPPED = Path(__file__).with_name("neural") / "weights"  # <players>_players[_wide].safetensors, of standard games
