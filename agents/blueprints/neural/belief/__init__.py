"""Learned beliefs: an autoregressive model of the own hand, trained on self-play of one blueprint.

``prior`` is what counting says, ``evidence`` what partners' moves passed over, ``network`` what is learned on top of
both; ``position`` puts them together for a view, ``model`` draws hands, ``samples`` and ``training`` make the weights.
"""
