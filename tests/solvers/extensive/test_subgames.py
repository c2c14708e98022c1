"""Re-solving subgames: the theorem, the published example in which beliefs mislead, and equilibria as fixed points."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.extensive import Chance, Decision, ExtensiveGame, GameError, Policy, Terminal, compile_game, from_tree
from games.extensive.gadget import gadget
from games.extensive.policies import policy_from_table, random_policy, uniform_policy
from games.extensive.public_states import PublicStates, Subgame, public_states
from solvers.extensive.evaluation import best_response, counterfactual_values, evaluate, exploitability
from solvers.extensive.solving import solve
from solvers.extensive.subgames import Method, resolve, resolve_everywhere

COIN_TOSS = """EFG 2 R "Coin Toss" { "knows the side" "guesses" }
c "" 1 "" { "heads" 1/2 "tails" 1/2 } 0
p "" 1 1 "heads" { "sell" "play" } 0
t "" 1 "" { 1/2, -1/2 }
p "" 2 1 "" { "heads" "tails" } 0
t "" 2 "" { -1, 1 }
t "" 3 "" { 1, -1 }
p "" 1 2 "tails" { "sell" "play" } 0
t "" 4 "" { -1/2, 1/2 }
p "" 2 1 "" { "heads" "tails" } 0
t "" 3 "" { 1, -1 }
t "" 2 "" { -1, 1 }
"""
"""Brown and Sandholm, "Safe and nested subgame solving for imperfect-information games", NeurIPS 2017, figure 1."""


@cache
def known(name: str) -> PublicStates:
    return public_states(compile_game(name))


@pytest.fixture
def coin_toss(tmp_path: Path) -> tuple[Subgame, Policy]:
    """The subgame after *play*, and a blueprint that is an equilibrium for the one who guesses.

    The one who knows plays 3/4 of heads and 1/2 of tails.
    """
    path = tmp_path / "coin_toss.efg"
    path.write_text(COIN_TOSS)
    game = compile_game(str(path))
    states = public_states(game)
    assert [states.players(k) for k in range(len(states))] == [(0,), (1,)]
    rows = [[(1 / 4, 3 / 4), (1 / 2, 1 / 2)], [(1 / 4, 3 / 4)]]
    tables = [
        {text: list(enumerate(row)) for text, row in zip(names.information_states, part, strict=True)}
        for names, part in zip(game.names, rows, strict=True)
    ]
    return states.subgame(1), policy_from_table(game, tables)


def guesses(policy: Policy) -> list[float]:
    return policy[1][1:].tolist()


def test_beliefs_mislead_in_the_coin_toss_and_a_gadget_does_not(coin_toss: tuple[Subgame, Policy]) -> None:
    subgame, blueprint = coin_toss
    game = subgame.game
    assert best_response(game, blueprint, 0).value == pytest.approx(0.0)  # the value of the game
    unsafe = resolve(subgame, blueprint, "unsafe", player=1, algorithm="lp")
    assert guesses(unsafe.policy) == pytest.approx([1.0, 0.0])  # three coins of five show heads
    assert best_response(game, unsafe.policy, 0).value == pytest.approx(3 / 4)  # sell heads, play tails
    methods: tuple[Method, Method] = ("safe", "margin")
    for method in methods:
        found = resolve(subgame, blueprint, method, player=1, algorithm="lp")
        assert guesses(found.policy) == pytest.approx([1 / 4, 3 / 4])
        assert found.bound == pytest.approx(0.0, abs=1e-12)
    made = gadget(subgame, blueprint, 1)
    assert made is not None
    assert made.alternatives.tolist() == pytest.approx([0.25, -0.25])  # half of ±1/2: what *play* gets against it
    assert resolve(subgame, blueprint, player=0).policy[0].tolist() == blueprint[0].tolist()  # who has no move there


@settings(derandomize=True, max_examples=25, deadline=None)
@given(
    st.sampled_from(["kuhn_poker", "liars_dice(dice_sides=3)"]),
    st.integers(0, 63),
    st.integers(0, 1000),
    st.sampled_from(["safe", "margin"]),
    st.integers(1, 30),
)
def test_safe_resolving_never_costs_more_than_its_excess(
    name: str, number: int, seed: int, method: Method, iterations: int
) -> None:
    """The theorem, for solutions as rough as a few iterations give; for each player, and with both new."""
    states = known(name)
    game, subgame = states.game, states.subgame(number % len(states))
    blueprint = random_policy(game, seed)
    before, found = evaluate(game, blueprint), resolve(subgame, blueprint, method, iterations=iterations)
    after = evaluate(game, found.policy)
    for player in (0, 1):
        opponent = 1 - player
        grown = after.best_response_values[opponent] - before.best_response_values[opponent]
        assert grown <= found.excess[player] + 1e-12
        solution = found.solutions[player]
        assert solution is None or found.excess[player] <= solution.evaluation.nash_conv + 1e-12
    assert after.exploitability <= before.exploitability + found.bound + 1e-12


@pytest.mark.parametrize("method", ["safe", "margin", "unsafe"])
def test_nothing_but_the_subgame_changes_and_an_equilibrium_stays_one(method: Method) -> None:
    states = known("liars_dice(dice_sides=3)")
    game = states.game
    equilibrium = solve(game, "lp").policy
    for number in (0, 1, 20):
        subgame = states.subgame(number)
        found = resolve(subgame, equilibrium, method, algorithm="lp")
        for player in (0, 1):
            outside = ~subgame.sequences[player]
            assert np.array_equal(found.policy[player][outside], equilibrium[player][outside])
        if method != "unsafe" or number == 0:
            assert exploitability(game, found.policy) == pytest.approx(0.0, abs=1e-8)


def test_margins_at_the_root_solve_the_game() -> None:
    game = known("kuhn_poker").game
    subgame = known("kuhn_poker").subgame(0)
    for blueprint in (uniform_policy(game), random_policy(game, 5)):
        found = resolve(subgame, blueprint, "margin", algorithm="lp")
        assert exploitability(game, found.policy) == pytest.approx(0.0, abs=1e-9)
        assert evaluate(game, found.policy).value == pytest.approx(-1 / 18)


def test_alternatives_are_best_response_values() -> None:
    """At the root of the game the opponent's only way in is the empty sequence, and all of the game follows."""
    game = known("kuhn_poker").game
    blueprint = random_policy(game, 2)
    for player in (0, 1):
        made = gadget(known("kuhn_poker").subgame(0), blueprint, player)
        assert made is not None
        assert made.roots.tolist() == [0]
        assert made.alternatives[0] == pytest.approx(best_response(game, blueprint, 1 - player).value)
        lifted = made.lift(uniform_policy(made.game), blueprint)
        assert counterfactual_values(game, lifted, player)[0] != counterfactual_values(game, blueprint, player)[0]


@pytest.mark.parametrize("method", ["safe", "margin"])
def test_a_policy_that_resolves_everywhere_is_no_worse(method: Method) -> None:
    states = known("kuhn_poker")
    for seed in range(3):
        blueprint = random_policy(states.game, seed)
        parts = [resolve_everywhere(states, blueprint, method, player=p, algorithm="lp") for p in (0, 1)]
        assert np.array_equal(parts[0][1], blueprint[1])
        new = parts[0][0], parts[1][1]
        assert exploitability(states.game, new) < exploitability(states.game, blueprint)


def never_called(player: int) -> ExtensiveGame:
    """A game whose second mover is asked only after a move that the blueprint below does not make."""
    ask = Decision(1 - player, "asked", {"yes": Terminal(1.0), "no": Terminal(-1.0)})
    again = Decision(player, "again", {"one": ask, "other": Terminal(3.0)})
    return from_tree(Chance([(1.0, Decision(player, "first", {"stop": Terminal(0.0), "go": again}))]))


@pytest.mark.parametrize("player", [0, 1])
@pytest.mark.parametrize("method", ["safe", "margin", "unsafe"])
def test_where_the_blueprint_never_comes_it_is_kept(player: int, method: Method) -> None:
    game = never_called(player)
    inside = [np.array([text != "first" for text in names.information_states]) for names in game.names]
    subgame = Subgame(game, (inside[0], inside[1]))
    blueprint = list(uniform_policy(game))
    blueprint[player][1:3] = 1.0, 0.0
    found = resolve(subgame, (blueprint[0], blueprint[1]), method, player=player, algorithm="lp")
    assert found.policy[player].tolist() == blueprint[player].tolist()
    assert found.solutions == (None, None)
    assert found.bound == 0.0


def test_what_has_no_meaning_is_refused() -> None:
    states = known("kuhn_poker")
    policy = uniform_policy(states.game)
    with pytest.raises(ValueError, match="method must be one of safe, margin, unsafe, not 'sure'"):
        resolve(states.subgame(1), policy, "sure")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the players are 0 and 1, not 2"):
        resolve(states.subgame(1), policy, player=2)
    bare = replace(states.game, chances=None)
    with pytest.raises(GameError, match="margins need them"):
        gadget(Subgame(bare, states.subgame(1).infosets), policy, 0, "margin")
