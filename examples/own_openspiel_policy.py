"""How exploitable is a policy of one's own? Any class with ``action_probabilities`` of OpenSpiel will do.

``python examples/own_openspiel_policy.py``
"""

import pyspiel
from open_spiel.python.policy import Policy

import tamaya


class Timid(Policy):
    """Calls whenever it may, and raises now and then."""

    def action_probabilities(self, state, player_id=None):
        """Return the probability of each legal action."""
        legal = state.legal_actions()
        weights = {action: {0: 0.0, 1: 0.9, 2: 0.1}[action] for action in legal}
        total = sum(weights.values())
        return {action: weight / total for action, weight in weights.items()}


def main(name: str = "leduc_poker") -> None:
    """Measure the policy, say where it loses most, and what beats it."""
    rules = pyspiel.load_game(name)
    game = tamaya.compile_game(rules)
    timid = tamaya.from_open_spiel(game, Timid(rules, [0, 1]), rules)
    found = tamaya.evaluate(game, timid)
    print(f"value {found.value:.4f}, exploitability {found.exploitability:.4f} (half of NashConv, as OpenSpiel has it)")
    for player, gain in enumerate(found.best_response_values):
        print(f"  a best response of player {player} gets {gain:.4f}")
    answer = tamaya.best_response(game, timid, player=0)
    print(f"  and as a policy: {tamaya.evaluate(game, (answer.policy, timid[1])).value:.4f}")


if __name__ == "__main__":
    main()
