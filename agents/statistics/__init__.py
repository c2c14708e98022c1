"""Statistics of played games: means and rates here, one method a module for everything a tournament needs.

``paired`` – duplicate groups as observations, t intervals; ``clusters`` – means over several pairings that share deals;
``ratings`` – Bradley–Terry and Elo; ``cyclicity`` – Hodge decomposition; ``nash_averaging`` and alpha-rank;
``confidence_sequences`` – intervals that hold at every look; ``control_variates`` – AIVAT; ``teams`` – cross-play.
"""

from __future__ import annotations

from agents.statistics.means import Mean, mean, wilson_interval

__all__ = ["Mean", "mean", "wilson_interval"]
