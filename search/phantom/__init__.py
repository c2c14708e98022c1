"""Mirror-descent search in phantom games, tabulated: what the planner would play at every information state.

A search policy is a function of the information state, so its exploitability can be computed exactly
(``solvers.phantom``) once it is written down at all of them. ``values`` has the action values of the exact posterior,
``sampled`` those of a few particles, ``tabulate`` applies the planner's update; ``moment`` has the belief of a single
information state, for players; ``beliefs`` and ``positions`` are what sampling needs. ``docs/phantom_search.md`` shows
the results.
"""
