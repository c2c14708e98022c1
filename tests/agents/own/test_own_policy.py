"""``--blueprint mypolicy.py:Policy``: a class of one's own under search, at tables, with resume and replays."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from agents.blueprints.registry import full_name, may_have_values
from agents.game import load_game
from agents.hanabi.blueprints import blueprint_score, policy_for
from agents.hanabi.table import HanabiTable
from agents.hanabi_search import main
from agents.own.keepers import RECENT_MOVES, events_in
from agents.own.names import is_own, short_name
from agents.registry import agent_type, is_foreign
from games._base.errors import UsageError
from games.hanabi import small, standard
from games.hanabi.game import HanabiGame
from games.hanabi.state import HanabiState
from games.hanabi.view import Watcher
from search.hanabi.policy.batched import BatchedBlueprint
from tests.agents.own.policies import COMPILED
from tests.search.hanabi.searching import Search, apply, belief, policy_of, searchers, seen
from tests.search.hanabi.test_soundness import played, scrambled

EXAMPLE = "examples/own_policy.py:Policy"
OWN = "tests.agents.own.policies"
SEARCH = Search(belief=belief(particles=200, exact_limit=400), rollouts=60)


def own(name: str, game: HanabiGame) -> BatchedBlueprint:
    found = policy_for(game, name)
    assert isinstance(found, BatchedBlueprint)
    return found


def test_the_example_is_complete_and_short_and_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Search over it, stop, go on, and look at what is left in the folder."""
    text = Path("examples/own_policy.py").read_text()
    assert len(text.split("class Network")[0].splitlines()) <= 40
    folder = tmp_path / "run"
    command = ["--blueprint", EXAMPLE, "--variant", "small", "--rollouts", "4", "--exact-limit", "20"]
    command += ["--particles", "20", "--seats", "one", "--workers", "1", "--output", str(folder), "--replays", "all"]
    assert main([*command, "--games", "1"]) == 0
    assert main([*command, "--games", "2"]) == 0
    shown = capsys.readouterr().out
    assert "1 of 2 games are finished already" in shown and "own_policy.py:Policy + mds" in shown
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["games"] == 2 and summary["weights"] and summary["rollouts_per_decision"] > 1
    assert len(list((folder / "replays").glob("*.txt"))) == 2
    job = json.loads(
        next(
            path
            for path in folder.iterdir()
            if "blueprint" in path.read_text(errors="ignore") and path.suffix == ".json" and path.name != "summary.json"
        ).read_text()
    )
    assert "own_policy.py:Policy" in json.dumps(job)


def test_a_search_over_a_python_class_is_the_search_over_the_same_policy_compiled() -> None:
    game = standard(2)
    for number, plies in enumerate((3, 14, 27)):
        state = played(game, "iggi", number, plies)
        compiled, python = SEARCH.seat(game, COMPILED), SEARCH.seat(game, own(f"{OWN}:Iggi", game))
        left, right = (seat.decide(seen(seat, state, state.current_player)) for seat in (compiled, python))
        assert (left.action, left.rollouts, left.outcome) == (right.action, right.rollouts, right.outcome)
        np.testing.assert_array_equal(left.q, right.q)
        np.testing.assert_allclose(compiled.belief.probabilities, python.belief.probabilities, rtol=1e-9)
    assert [blueprint_score(game, policy_of(COMPILED), 3, n) for n in range(3)] == [
        blueprint_score(game, own(f"{OWN}:Iggi", game), 3, n) for n in range(3)
    ]


def test_scrambling_what_is_hidden_does_not_change_the_move() -> None:
    generator = np.random.default_rng(1)
    policy, changed = own(EXAMPLE, standard(2)), 0
    for number, plies in enumerate((2, 9, 16)):
        state = played(standard(2), "iggi", number, plies)
        other = scrambled(state, state.current_player, generator)
        decisions = []
        for one in (state, other):
            seat = SEARCH.seat(state.game, policy)
            decisions.append(seat.decide(seen(seat, one, state.current_player)))
        assert decisions[0].action == decisions[1].action
        np.testing.assert_array_equal(decisions[0].q, decisions[1].q)
        changed += state.hand(state.current_player) != other.hand(state.current_player)
    assert changed >= 2


def test_the_moves_since_the_last_turn_are_seen_at_tables_in_beliefs_and_in_rollouts() -> None:
    """The policy asserts that they are there; a failure would end the search."""
    game = HanabiGame(3, colours=3, ranks=3, hand_size=2)
    state = HanabiState.from_seed(game, 4)
    seats = searchers(state, own(f"{OWN}:Partners", game), SEARCH, 0, 0)
    while state.turn < 5:
        decision = seats[state.current_player].decide(state.view(state.current_player))
        assert decision.outcome == "searched"
        apply(state, seats, decision.blueprint_action)


@pytest.mark.parametrize("game", [standard(2), standard(5)])
def test_the_keeper_remembers_what_a_watcher_does(game: HanabiGame) -> None:
    state = HanabiState.from_seed(game, 1)
    memories, watcher = RECENT_MOVES.new_memories(game), Watcher(game, 0)
    for turn in range(9):
        before = state.array.copy()
        state.apply(state.legal_moves()[-1 - turn % 2])
        RECENT_MOVES.observe(game.rules, before, state.array, memories)
        watcher.note(state.view(0))
        for row in memories:
            assert events_in(game, row) == watcher.events[-game.players :]


def test_probabilities_become_the_prior_and_the_belief() -> None:
    policy = own(f"{OWN}:Uniform", small())
    assert policy.has_values and not own(EXAMPLE, small()).has_values
    state = HanabiState.from_seed(small(), 0)
    (seat, _) = searchers(state, policy, Search(SEARCH.belief, 60, plies=2), 0, 0)
    moves = np.array(state.legal_moves())
    np.testing.assert_allclose(np.exp(seat.log_policy(state.view(0), moves)), 1 / len(moves))
    assert seat.decide(state.view(0)).rollouts > 20


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Leaves", "fails in act, in turn 0 of a game: SystemExit"),
        ("Wrong(answer=99)", "99 is not a legal move"),
        ("Wrong", "a move must be a whole number, not None"),
        ("Wrong(answer=dance)", "not a move: 'dance'"),
        ("Wrong(fails=true)", "fails in act, in turn 0 of a game: KeyError: 'nothing here'"),
        ("WrongChances(kind=zero)", "no probabilities of legal moves"),
        ("WrongChances(kind=illegal)", "no probabilities of legal moves"),
        ("WrongChances(kind=short)", "could not broadcast"),
    ],
)
def test_wrong_answers_end_with_one_sentence(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        blueprint_score(small(), own(f"{OWN}:{name}", small()), 0, 0)


@pytest.mark.parametrize("value", ["x", "nan", None])
def test_a_value_that_is_no_number_ends_with_one_sentence(value: str | None) -> None:
    policy = own(f"{OWN}:Valued" + (f"(value={value})" if value else ""), small())
    state = HanabiState.from_seed(small(), 0)
    (seat, _) = searchers(state, policy, Search(SEARCH.belief, 60, plies=2), 0, 0)
    with pytest.raises(UsageError, match="a value must be a finite number"):
        seat.decide(state.view(0))


def test_what_a_policy_writes_into_its_view_harms_nobody() -> None:
    game = standard(2)
    state = played(game, "iggi", 1, 14)
    honest, scribbling = (SEARCH.seat(game, own(f"{OWN}:{name}", game)) for name in ("Iggi", "Scribbler"))
    left, right = (seat.decide(seen(seat, state, state.current_player)) for seat in (honest, scribbling))
    assert left.action == right.action
    np.testing.assert_array_equal(left.q, right.q)


def test_a_policy_that_failed_in_its_first_game_does_not_keep_the_folder(tmp_path: Path) -> None:
    path, folder = tmp_path / "mine.py", tmp_path / "run"
    command = ["--variant", "small", "--games", "1", "--rollouts", "20", "--particles", "20", "--workers", "1"]
    command += ["--blueprint", f"{path}:Policy", "--output", str(folder)]
    source = "class Policy:\n    def act(self, view):\n        return {}\n"
    for move, code in (("999", 2), ("view.legal[0]", 0), ("view.legal[-1]", 2)):  # at last it holds a game
        path.write_text(source.format(move))
        assert main(command) == code


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tests.agents.own.policies:Valued(softening=7)", "softening must be a probability, from 0 to 1, not 7"),
        ("tests.agents.own.policies:Valued(softening=-1)", "softening must be a probability, from 0 to 1, not -1"),
        ("tests.agents.own.policies:Valued(softening=x)", "softening must be a probability, from 0 to 1, not 'x'"),
        ("nowhere.py:Policy", "there is no file nowhere.py"),
        ("tests.agents.own.policies:Nobody", "has no 'Nobody'"),
        ("tests.agents.own.policies:NOTHING", "is not a policy"),
        ("tests.agents.own.policies:Iggi(depth=3)", "has no option 'depth'"),
        ("tests.agents.own.nowhere:Policy", "tests.agents.own.nowhere"),
        ("tests.agents.own.policies:", "names no policy"),
        ("tests.agents.own.policies:Iggi(weights=no.pth)", "is no torch module"),
        ("torchscript:nowhere.pt", "there is no file nowhere.pt"),
    ],
)
def test_what_is_no_policy_is_refused_with_one_sentence(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        policy_for(small(), name)


def test_names_of_policies() -> None:
    assert is_own(EXAMPLE) and is_own("a:B(weights=c.safetensors)") and may_have_values("a:B")
    assert not any(is_own(name) for name in ("smart", "runs/a.safetensors", "neural:a.safetensors"))
    whole = full_name(EXAMPLE + "(weights=a/b.pth)")
    assert whole.startswith(str(Path("examples").resolve())) and str(Path("a/b.pth").resolve()) in whole
    assert short_name(whole) == "own_policy.py:Policy(weights=b.pth)"
    assert short_name("runs/a.safetensors") == "a.safetensors"


def test_a_file_that_changes_is_another_policy(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    shutil.copy("examples/own_policy.py", path)
    first = own(f"{path}:Policy", small())
    assert own(f"{path}:Policy", small()) is first
    path.write_text(path.read_text().replace("view.play(i)", "view.discard(i)"))
    second = own(f"{path}:Policy", small())
    assert first.digest != second.digest


def test_it_sits_at_tables_as_it_is_and_under_search() -> None:
    game = load_game("hanabi(variant=small)")
    for text in (EXAMPLE, f"{OWN}:Uniform", f"mds(blueprint={EXAMPLE}, rollouts=20)"):
        kind = agent_type(text, game)
        assert kind.weights is not None and is_foreign(text, game)
    assert not is_foreign("mds(blueprint=smart)", game)
    texts = (EXAMPLE, f"mds(blueprint={EXAMPLE}, rollouts=20)")
    played = HanabiTable(game.rules, [agent_type(text, game).make() for text in texts]).play(
        HanabiState.from_seed(game.rules, 2), [1, 2]
    )
    assert played.forfeit is None and played.moves > 4
    wrong = [agent_type(f"{OWN}:Late", game).make(), agent_type(EXAMPLE, game).make()]
    forfeit = HanabiTable(game.rules, wrong).play(HanabiState.from_seed(game.rules, 2), [1, 2]).forfeit
    assert forfeit is not None and forfeit.seat == 0 and "policies:Late answers, in turn 0" in forfeit.reason
