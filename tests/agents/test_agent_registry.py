"""Agents and games by name: the grammar of specifications, what the errors say, and what agents play."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pyspiel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.agent import OpenSpielView, Seating
from agents.game import load_game
from agents.registry import HANABI, OPENSPIEL, agent_type, check_labels
from agents.runs.random_stream import RandomStream, fold, mix, text_key
from agents.specification import parse_specification
from games._base import rng
from games.extensive import compile_game
from games.extensive.policies import save_policy
from solvers.extensive.evaluation import expected_value
from solvers.extensive.solving import solve

PLAYERS = "tests.agents.players"


def test_random_words_are_those_of_compiled_code() -> None:
    with np.errstate(over="ignore"):
        key = np.uint64(0)
        for part in (7, 2**63 - 1, 0):
            key = rng.fold(key, part)
        assert fold(7, 2**63 - 1, 0) == int(key)
        stream = RandomStream(fold(7, 2**63 - 1, 0))
        words = [rng.draw(key, counter) for counter in range(6)]
        assert [stream.word() for _ in range(3)] == [int(word) for word in words[:3]]
        assert stream.uniform() == rng.uniform(words[3])
        assert stream.below(10) == rng.below(words[4], 10)
        assert mix(5) == int(rng.mix(np.uint64(5)))
    assert text_key("ab") != text_key("ba")


@pytest.mark.parametrize(
    ("text", "name", "rest", "arguments"),
    [
        ("uniform", "uniform", "", {}),
        (" uniform() ", "uniform", "", {}),
        ("mmds(blueprint=uniform, rollouts=1000, eta=10, alpha=.05)", "mmds", "",
         {"blueprint": "uniform", "rollouts": 1000, "eta": 10, "alpha": 0.05}),
        ("policy:solution/policy.npz", "policy", "solution/policy.npz", {}),
        ("a.b:Agent(x='a, b', y=true, z=none)", "a.b", "Agent", {"x": "a, b", "y": True, "z": None}),
        ("mds(blueprint=cfr(iterations=3, alpha=2e-1), eta=-1)", "mds", "",
         {"blueprint": "cfr(iterations=3, alpha=2e-1)", "eta": -1}),
        ("cfr+", "cfr+", "", {}),
    ],
)  # fmt: skip
def test_specifications_are_taken_apart(text: str, name: str, rest: str, arguments: dict[str, Any]) -> None:
    found = parse_specification(text)
    assert (found.name, found.rest, found.arguments) == (name, rest, arguments)
    again = parse_specification(found.text)
    assert (again.name, again.rest, again.arguments, again.text) == (name, rest, arguments, found.text)
    assert parse_specification(f"my name={text}").label == "my name"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no agent"),
        ("x=", "names no agent"),
        ("mmds(rollouts=3", "lacks a closing parenthesis"),
        ("mmds rollouts=3)", "without an opening one"),
        ("mmds(a=(b)", "lacks a closing parenthesis"),
        ("mmds(a=b))", "without an opening one"),
        ("mmds(a='b)", "lacks a closing quote"),
        ("mmds(3)", "written name=value, not '3'"),
        ("mmds(eta=)", "written name=value"),
        ("mmds(eta=1, eta=2)", "gives eta twice"),
        ("?(eta=1)", "should begin with a name"),
    ],
)
def test_what_is_no_specification_is_told_so(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        parse_specification(text)


@given(st.text(alphabet="ab1.:=(),'\" -x", max_size=14))
@settings(derandomize=True, max_examples=300)
def test_any_text_is_a_specification_or_an_error_in_one_sentence(text: str) -> None:
    try:
        found = parse_specification(text)
    except ValueError as error:
        sentences = str(error).splitlines()
        assert len(sentences) == 1
    else:
        assert found.name
        assert parse_specification(found.text).arguments == found.arguments


@pytest.mark.parametrize(
    ("text", "game", "message"),
    [
        ("unifrom", "kuhn_poker", "no agent called 'unifrom': did you mean 'uniform'"),
        ("zzz", "kuhn_poker", "there are uniform, policy"),
        ("smart", "kuhn_poker", "smart plays Hanabi only, not kuhn_poker"),
        ("ismcts", "hanabi(players=2)", "ismcts plays OpenSpiel's games only"),
        ("cfr(iteration=3)", "kuhn_poker", "cfr has no option 'iteration': did you mean 'iterations'"),
        ("cfr(iterations=many)", "kuhn_poker", "iterations of cfr must be a whole number, not many"),
        ("cfr(iterations=0)", "kuhn_poker", "iterations of cfr must be at least 1, not 0"),
        ("cfr(iterations=2.5)", "kuhn_poker", "must be a whole number, not 2.5"),
        ("uniform:3", "kuhn_poker", "uniform takes nothing after a colon"),
        ("cfr", "tic_tac_toe(", "tic_tac_toe"),
        ("cfr", "kuhn_poker(players=3)", "two"),
        ("mcts", "kuhn_poker", "perfect information, which kuhn_poker is not: use ismcts"),
        ("bot:uniform_randm", "kuhn_poker", "did you mean 'uniform_random'"),
        ("policy:nothing.npz", "kuhn_poker", "there is no file nothing.npz"),
        ("policy", "kuhn_poker", "policy needs a file"),
        ("ismcts(simulations=0)", "kuhn_poker", "simulations of ismcts must be at least 1"),
        ("mmds(blueprint=ismcts)", "kuhn_poker", "blueprint of a search must be a policy"),
        ("mds(alpha=1)", "kuhn_poker", "the option alpha of mds has no effect here: it is read by mmds only"),
        ("monte-carlo(eta=1)", "kuhn_poker", "eta of monte-carlo has no effect here: it is read by mds and mmds only"),
        ("mds(reinvest=2)", "kuhn_poker", "reinvest of mds has no effect here: it is read by racing only"),
        ("mmds(belief=guess)", "kuhn_poker", "belief of mmds must be auto, exact, resample or particles, not guess"),
        ("mds(blueprint=smrt)", "hanabi", "did you mean 'smart'"),
        ("mds(allocation=odd)", "hanabi", "must be racing or even"),
        ("mds(search=sparta)", "hanabi", "mds has no option 'search'"),
        ("mds(blueprint=information, plies=8)", "hanabi", "plies of mds needs a blueprint that is a network"),
        ("sparta(eta=3)", "hanabi", "the option eta of sparta has no effect here: it is read by mds and mmds only"),
        ("nosuchmodule:Agent", "kuhn_poker", "no agent and no module called 'nosuchmodule'"),
        (f"{PLAYERS}:Frist", "kuhn_poker", "did you mean 'First'"),
        (f"{PLAYERS}:Last(slipp=1)", "kuhn_poker", "no option 'slipp': did you mean 'slip'"),
        (f"{PLAYERS}:NOT_AN_AGENT", "kuhn_poker", "is not an agent"),
        (f"{PLAYERS}:Needy", "kuhn_poker", "cannot be made: TypeError"),
        (f"{PLAYERS}:Recorder(sees=hands)", "kuhn_poker", "an agent may see actions"),
        (f"{PLAYERS}:Recorder(sees='information-state')", "phantom_ttt_nope", "phantom_ttt"),
    ],
)
def test_bad_specifications_end_with_one_sentence(text: str, game: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (the message is looked at below)
        agent_type(text, load_game(game))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("leduc_pokr", "did you mean leduc_poker"),
        ("hanabi(player=2)", "did you mean 'players'"),
        ("hanabi(players=7)", "players must be 2 to 5"),
        ("hanabi(bomb=boom)", "zero or keep"),
        ("hanabi(variant=tiny)", "there is no variant 'tiny'"),
        ("hanabi(variant=small, ranks=3)", "fixes ranks"),
        ("mfg_crowd_modelling", "mean-field"),
        ("morpion_solitaire", "for one player"),
    ],
)
def test_games_that_cannot_be_played_are_told_so(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_game(text)


def test_games_know_their_bounds_and_what_a_forfeit_costs() -> None:
    assert load_game("kuhn_poker").forfeit_returns(1) == [2.0, -2.0]
    assert load_game("kuhn_poker(players=3)").forfeit_returns(0) == [-2.0, 1.0, 1.0]
    assert load_game("hanabi(players=3)").forfeit_returns(2) == [0.0, 0.0, 0.0]
    prisoners = load_game("matrix_pd")  # general-sum: 0 to 10
    assert prisoners.forfeit_returns(0) == [0.0, 5.0]
    assert load_game("hanabi(colors=2, max_life_tokens=1)").rules.colours == 2


def test_two_agents_of_one_name_are_refused() -> None:
    game = load_game("kuhn_poker")
    with pytest.raises(ValueError, match="two agents are called 'uniform': write name=uniform"):
        check_labels(["uniform", "uniform"])
    check_labels(["uniform", "b=uniform"])
    assert [agent_type(text, game).label for text in ("uniform", "b=uniform")] == ["uniform", "b"]


def test_a_policy_file_is_played_and_explained(tmp_path: Path) -> None:
    compiled = compile_game("kuhn_poker")
    solution = solve(compiled, "cfr+", iterations=200)
    save_policy(tmp_path / "policy.npz", compiled, solution.policy)
    game = load_game("kuhn_poker")
    agent: Any = agent_type(f"policy:{tmp_path / 'policy.npz'}", game).make()
    agent.start(Seating(game.rules, 1, 5))
    assert [agent.act(OpenSpielView((0, 1), "2b")) for _ in range(50)] == [1] * 50  # the best card calls
    with pytest.raises(LookupError, match="no entry for the information state 'x'"):
        agent.act(OpenSpielView((0, 1), "x"))
    with pytest.raises(ValueError, match="is not a policy of leduc_poker"):
        agent_type(f"policy:{tmp_path / 'policy.npz'}", load_game("leduc_poker"))


def test_tabular_agents_draw_their_probabilities() -> None:
    game = load_game("kuhn_poker")
    agent: Any = agent_type("cfr(iterations=50)", game).make()
    drawn = []
    for seed in range(4000):
        agent.start(Seating(game.rules, 0, seed))
        drawn.append(agent.act(OpenSpielView((0, 1), "0")))
    agent.start(Seating(game.rules, 0, 1))
    explained = agent.explain(OpenSpielView((0, 1), "0"))
    bet = explained.policy[explained.actions.index(1)]
    assert math.isclose(sum(explained.policy), 1.0)
    assert abs(np.mean(drawn) - bet) < 4 * math.sqrt(bet * (1 - bet) / 4000) + 1e-9


def test_action_values_are_expected_utilities() -> None:
    """At the root of Kuhn the value of each card is the policy's mean of action values; cards' values sum to 3 v."""
    compiled = compile_game("kuhn_poker")
    policy = solve(compiled, "cfr", iterations=50).policy
    game = load_game("kuhn_poker")
    agent: Any = agent_type("cfr(iterations=50)", game).make()
    agent.start(Seating(game.rules, 0, 0))
    total = 0.0
    for card in "012":
        explained = agent.explain(OpenSpielView((0, 1), card))
        total += sum(p * v for p, v in zip(explained.policy, explained.values, strict=True))
    assert math.isclose(total / 3, expected_value(compiled, policy), abs_tol=1e-12)
    # Player 1 with the king facing a bet: calling wins 2, folding loses 1, whatever anybody else does.
    agent.start(Seating(game.rules, 1, 0))
    assert agent.explain(OpenSpielView((0, 1), "2b")).values == pytest.approx((-1.0, 2.0))


def test_every_name_makes_agents_that_play_a_game_to_its_end() -> None:
    """Each built-in agent of OpenSpiel's games plays a game; Hanabi's are covered by the tournament's tests."""
    special = {"policy", "human", "bot", "mcts"}
    game = load_game("kuhn_poker")
    few = {"ismcts": "(simulations=5)"} | dict.fromkeys(("mmds", "mds", "monte-carlo"), "(rollouts=20)")
    few |= {name: "(iterations=3)" for name in OPENSPIEL if "solved" in OPENSPIEL[name].function and name != "lp"}
    for name in OPENSPIEL.keys() - special:
        play_alone(game, name + few.get(name, ""))
    play_alone(game, "bot:uniform_random")
    play_alone(load_game("tic_tac_toe"), "mcts(simulations=5)")
    play_alone(load_game("kuhn_poker"), f"{PLAYERS}:Bot(action=-1)")
    play_alone(load_game("matrix_rps"), "cfr(iterations=3)")
    assert set(HANABI) >= {"smart", "mds", "sparta", "random"}


def play_alone(game: Any, text: str) -> None:
    from agents.openspiel.table import OpenSpielTable

    kind = agent_type(text, game)
    table = OpenSpielTable(game, [kind.make() for _ in range(game.players)])
    played = table.play(3, list(range(game.players)))
    assert played.forfeit is None, (text, played.forfeit)
    state = game.rules.new_initial_state()
    for action in played.history:
        state.apply_action(action)
    assert state.is_terminal()
    assert played.returns == state.returns()
    assert table.play(3, list(range(game.players))).history == played.history, f"{text} is not a function of its seed"


def test_openspiel_policies_of_users_are_recognised() -> None:
    import sys
    import types

    module = types.ModuleType("a_users_policies")
    module.policy = pyspiel.UniformRandomPolicy(pyspiel.load_game("kuhn_poker"))  # type: ignore[attr-defined]
    sys.modules["a_users_policies"] = module
    try:
        play_alone(load_game("kuhn_poker"), "a_users_policies:policy")
    finally:
        del sys.modules["a_users_policies"]
