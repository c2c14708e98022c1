"""Blueprints that were learned: a small network over what a player sees and what a rule-based convention makes of it.

``features`` says what the network reads, ``network`` what it computes; both run inside rollouts like a rule-based bot.
``playing`` has the compiled functions of the policy, ``weights`` its files, ``blueprint`` makes a ``Blueprint`` of it.
"""
