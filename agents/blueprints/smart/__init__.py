"""A blueprint of the SmartBot kind: public possibility masks, warnings, play hints, finesses – and hints chosen by
reading them as the listener will.

The conventions and the idea of one public mask a card are SmartBot's, by Arthur O'Dwyer (Quuxplusone/Hanabi). Added
here: hints are valued by their outcome, no gamble on the last life where losing it costs every point, chances weighted
by copies, and token and pace terms tuned on paired seeds. Read ``memory``, ``readings``, ``outlook``, ``choices``.
"""

from agents.blueprints.smart.blueprint import SMART

__all__ = ["SMART"]
