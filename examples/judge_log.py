"""A log of votes by several judges: the policy that nobody beats, whether it is the only one, and where judges differ.

``python examples/judge_log.py [FILE]``
"""

import sys
from pathlib import Path

from games.preference import read_preference_groups
from solvers.preference import solve

VOTES = Path(__file__).parent / "data" / "votes.csv"


def main(file: str | Path = VOTES) -> None:
    """Print the certified answer for all votes together, then for each judge."""
    everybody, judges = read_preference_groups(file, "judge")
    solution = solve(everybody)
    print(f"{solution.algorithm}: nobody gains more than {solution.exploitability:.1e} on this policy")
    board = solution.leaderboard()
    for name, share, score in zip(board["label"], board["probability"], board["score"], strict=True):
        print(f"  {name:<8} plays {share:.3f}, beats the policy with probability {score:.3f}")
    print("the only answer" if solution.unique else "one of many: votes are missing that would settle it")
    for judge, game in judges.items():
        policy = solve(game).policy
        held = [f"{name} {share:.3f}" for name, share in zip(game.labels, policy, strict=True) if share > 0]
        print(f"{judge}: {', '.join(held)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
