"""One search, however it is asked for: on the command line, or as an agent."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from dataclasses import asdict, fields, replace
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from agents.blueprints import registry
from agents.hanabi.options import PROGRAM, Options
from agents.registry import HANABI, agent_type, search_spec
from agents.specification import parse_specification
from games._base.command_line import parse
from games._base.errors import UsageError
from games.hanabi.game import HanabiGame, small, standard
from search.hanabi.budget import Rollouts, Seconds
from search.hanabi.searchers import FITTED
from search.hanabi.spec import ResolvedSearch, SearchName, SearchSpec, SeatsName
from search.spec import READS, OptionError, UpdateName

ROOT = Path(__file__).parents[3]
SEARCHES = [name for name in get_args(SearchName) if name != "none"]
SEATS: list[SeatsName | None] = [None, *get_args(SeatsName)]


def by_command(*arguments: str) -> ResolvedSearch:
    return parse(Options, arguments, PROGRAM).resolved()


def by_agent(text: str, game: HanabiGame) -> ResolvedSearch:
    return search_spec(parse_specification(text)).resolved(game, registry)


@pytest.mark.parametrize(("players", "search", "seats"), list(product(range(2, 6), SEARCHES, SEATS)))
def test_a_command_and_an_agent_search_alike(players: int, search: str, seats: str | None) -> None:
    command = ["--players", str(players), "--search", search, *(["--seats", seats] if seats else [])]
    options = f"seats={seats}" if seats else ""
    assert by_command(*command) == by_agent(f"{search}({options})", standard(players))


OTHERS: dict[str, Any] = {
    "blueprint": "smart",
    "rollouts": 300,
    "allocation": "racing",
    "reinvest": 2.0,
    "caution": 0.5,
    "plies": 0,
    "rollouts_end": 60,
    "partners": "uniform",
    "softening": 0.1,
    "particles": 100,
    "exact_limit": 50,
    "belief": "learned-proposal",
    "belief_weights": "belief.safetensors",
    "device": "cpu",
    "seats": "one",
}


@pytest.mark.parametrize(("search", "number"), [("mds", "eta"), ("sparta", "threshold"), ("monte-carlo", None)])
def test_every_option_is_one_of_both(search: str, number: str | None) -> None:
    given = OTHERS | ({number: 3.5} if number else {})
    assert given.keys() | {"search", "eta", "threshold", "seconds"} == {field.name for field in fields(SearchSpec)}
    arguments = [word for key, value in given.items() for word in (f"--{key.replace('_', '-')}", str(value))]
    asked = f"{search}({', '.join(f'{key}={value}' for key, value in given.items())})"
    found = by_command("--search", search, *arguments)
    assert found == by_agent(asked, standard(2))
    assert given.items() <= (asdict(found) | {"plies": found.plies or 0}).items()


def test_seconds_stand_in_place_of_rollouts() -> None:
    found = by_command("--seconds", "0.25")
    assert found == by_agent("mds(seconds=0.25)", standard(2))
    assert (found.rollouts, found.seconds, found.budget) == (None, 0.25, Seconds(0.25))
    counted = by_agent("mds()", standard(2))
    assert (counted.rollouts, counted.seconds, counted.budget) == (1000, None, Rollouts(1000))
    assert replace(found, rollouts=1000, seconds=None) == counted  # the belief is as large
    assert by_agent("mds(rollouts=1000, rollouts_end=50)", standard(2)).budget == Rollouts(1000, 50)
    game = load("hanabi(players=2)")
    kinds = [agent_type(f"mds(blueprint=smart, {budget})", game) for budget in ("seconds=1", "rollouts=9")]
    assert [kind.repeats for kind in kinds] == [False, True]


def test_what_a_search_does_by_default() -> None:
    def chosen(search: SearchName, players: int, **given: Any) -> tuple[Any, ...]:
        found = SearchSpec(search, **given).resolved(standard(players), registry)
        return found.blueprint, found.seats, found.softening, found.caution, found.plies

    assert chosen("mds", 2) == ("neural", "all", 0.2, 2.0, 12)
    assert chosen("mds", 2, blueprint="smart") == ("smart", "all", 0.2, 1.0, None)
    assert chosen("mds", 3) == ("information", "one", 0.01, 1.0, None)
    assert chosen("mds", 3, seats="all") == ("information", "all", 0.2, 1.0, None)
    assert chosen("sparta", 2) == chosen("monte-carlo", 2) == ("neural", "one", 0.01, 0.0, 12)
    assert chosen("mds", 2, partners="fitted")[2] == FITTED["neural", 2].softening
    assert chosen("mds", 2, partners="fitted", softening=0.3)[2] == 0.3
    assert chosen("mds", 2, belief="learned")[0] == "smart"
    sizes = [SearchSpec(rollouts=rollouts).resolved(standard(2), registry).particles for rollouts in (1, 700, 9000)]
    assert sizes == [1000, 1400, 10000]
    assert SearchSpec().resolved(small(2), registry).blueprint == "smart"


@pytest.mark.parametrize(
    ("search", "given", "fault"),
    [
        ("sparta", {"eta": 3.0}, "eta has no effect here: it is read by mds and mmds only"),
        ("none", {"eta": 3.0}, "eta has no effect here: it is read by mds and mmds only"),
        ("mds", {"threshold": 0.2}, "threshold has no effect here: it is read by sparta only"),
        ("mds", {"allocation": "even", "reinvest": 2.0}, "reinvest has no effect here: it is read by racing only"),
        ("mds", {"blueprint": "smart", "plies": 4}, "plies needs a blueprint that is a network"),
        ("mds", {"belief_weights": "b.safetensors"}, "belief_weights needs a learned belief"),
        ("mds", {"belief": "learned", "softening": 0.1}, "softening has no effect here: a learned belief weighs"),
        ("mds", {"belief": "learned", "exact_limit": 9}, "exact_limit has no effect here"),
        ("mds", {"seconds": 1.0, "rollouts": 9}, "seconds is a budget in place of rollouts: give one of the two"),
        ("mds", {"seconds": 1.0, "reinvest": 2.0}, "reinvest has no effect here: until the seconds are over, all goes"),
        ("mds", {"seconds": 1.0, "rollouts_end": 9}, "rollouts_end has no effect here: seconds are the budget"),
        ("mds", {"rollouts_end": 0}, "rollouts_end must be at least 1, not 0"),
        ("none", {"rollouts_end": 9}, "rollouts_end has no effect here: nothing is searched"),
        ("mds", {"seconds": 0.0}, "seconds must be positive and at most 3600, not 0.0"),
        ("mds", {"seconds": float("nan")}, "seconds must be positive and at most 3600, not nan"),
        ("none", {"seconds": 1.0}, "seconds has no effect here: nothing is searched"),
        ("mds", {"rollouts": 0}, "rollouts must be at least 1, not 0"),
        ("mds", {"exact_limit": -1}, "exact_limit must be at least 0, not -1"),
        ("mds", {"eta": float("inf")}, "eta must be positive and finite, not inf"),
        ("mds", {"belief": "learned", "partners": "uniform"}, "partners has no effect here: a learned belief weighs"),
        ("mds", {"partners": "fitted", "seats": "one"}, "partners fitted is a model of partners who search: it needs"),
        (
            "mds",
            {"partners": "fitted", "blueprint": "smart"},
            "partners fitted is known for the usual game with neural",
        ),
        ("mds", {"softening": 1.0}, "softening must be at least 0 and below 1, not 1.0"),
    ],
)
def test_what_makes_no_sense_is_refused_alike(search: SearchName, given: dict[str, Any], fault: str) -> None:
    with pytest.raises(OptionError, match=fault) as refused:
        SearchSpec(search, **given).resolved(standard(2), registry)
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)
    arguments = [word for key, value in given.items() for word in (f"--{key.replace('_', '-')}", str(value))]
    option, _, rest = fault.partition(" ")
    with pytest.raises(UsageError, match=f"--{option.replace('_', '-')} {rest}"):
        by_command("--search", search, *arguments)
    if search in HANABI and str(next(iter(given.values()))) not in ("inf", "nan"):
        text = f"{search}({', '.join(f'{key}={value}' for key, value in given.items())})"
        with pytest.raises(ValueError, match=f"the option {option} of {search} {rest}"):
            agent_type(text, load("hanabi(players=2)"))


def load(text: str) -> Any:
    from agents.game import load_game

    return load_game(text)


def test_a_search_is_plain_data() -> None:
    found = SearchSpec("sparta", blueprint="smart").resolved(standard(3), registry)
    assert pickle.loads(pickle.dumps(found)) == found
    assert ResolvedSearch(**asdict(found) | {"game": found.game}) == found
    assert json.loads(json.dumps(asdict(found)))["game"]["players"] == 3


def test_names_stand_for_updates_and_allocations() -> None:
    from search.allocation import Even, Racing
    from search.planner import MagneticMirrorDescent, MirrorDescent, PolicyIteration
    from search.spec import allocation_of, update_of

    made = {name: update_of(name, eta=3.0, alpha=0.2, threshold=0.4) for name in get_args(UpdateName)}
    assert made == {
        "mds": MirrorDescent(3.0),
        "mmds": MagneticMirrorDescent(3.0, 0.2),
        "sparta": PolicyIteration(0.4),
        "monte-carlo": PolicyIteration(),
    }
    assert (allocation_of("racing", 8.0), allocation_of("even")) == (Racing(reinvest=8.0), Even())
    assert made.keys() | {"none", "racing", "even"} == READS.keys()


@pytest.mark.parametrize("module", ["search.spec", "search.hanabi.spec", "agents.hanabi_search", "agents.play"])
def test_asking_for_a_search_compiles_nothing(module: str) -> None:
    heavy = "('numba', 'torch', 'pyspiel', 'scipy', 'matplotlib')"
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
