"""Behavioural policies of a compiled game: arrays, files, and the way to OpenSpiel and back.

A policy is a pair of arrays, one for each player, with the probability of every sequence's action given its infoset
([S] float64; entry 0, the empty sequence, is 1). Files and OpenSpiel's policies name infosets by their
information-state strings and actions by OpenSpiel's numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from games._base.files import whole_file, write_whole
from games._base.numbers import whole
from games.arrays import load_arrays
from games.extensive.game import ExtensiveGame, Floats, Names, Policy, Treeplex
from games.extensive.histories import legal_actions
from games.extensive.policy_formats import read_policy_csv, read_profile, write_policy_csv, write_profile

POLICY_SUFFIXES = (".npz", ".json", ".csv", ".profile")
"""What policies are written to and read from."""

_TOLERANCE = 1e-6  # of probabilities that sum to 1

Tables = Sequence[Mapping[str, Sequence[tuple[int, float]]]]
"""For each player, information-state string → [(action, probability), ...]."""


class SequenceForm(Protocol):
    """What policies need of a game, however many players it has (``ExtensiveGame``, ``GeneralGame``)."""

    @property
    def name(self) -> str: ...
    @property
    def treeplexes(self) -> tuple[Treeplex, ...]: ...
    @property
    def names(self) -> tuple[Names, ...]: ...


def _spread(tree: Treeplex, values: Floats) -> Floats:
    """Return the value of each infoset [I] at all of its sequences [S]; 1 at the empty one."""
    return np.concatenate([[1.0], np.repeat(values, np.diff(tree.first))])


def _infoset_sums(tree: Treeplex, values: Floats) -> Floats:
    """Return the sum over the sequences of each infoset [I]."""
    return np.add.reduceat(values, tree.first[:-1]) if len(tree.parent) else np.empty(0)


def uniform_policy(game: ExtensiveGame) -> Policy:
    """Return the policy that gives all actions of an infoset the same probability.

    Parameters
    ----------
    game : the compiled game.

    Returns
    -------
    Policy
        A pair of arrays [S]; entry 0, the empty sequence, is 1.

    Examples
    --------
    >>> import tamaya
    >>> tamaya.uniform_policy(tamaya.compile_game("kuhn_poker"))[0][:3].tolist()
    [1.0, 0.5, 0.5]
    """
    first, second = uniform_policies(game)
    return first, second


def uniform_policies(game: SequenceForm) -> tuple[Floats, ...]:
    """Return the same for any number of players."""
    return tuple(_spread(tree, 1.0 / np.diff(tree.first)) for tree in game.treeplexes)


def random_policy(game: ExtensiveGame, seed: int) -> Policy:
    """Return a policy drawn uniformly from each infoset's simplex, the same one for the same seed."""
    generator = np.random.default_rng(seed)
    first, second = (_normalised(tree, generator.exponential(size=len(tree.owner))) for tree in game.treeplexes)
    return first, second


def _normalised(tree: Treeplex, weights: Floats) -> Floats:
    policy = weights / _spread(tree, _infoset_sums(tree, weights))
    policy[0] = 1.0
    return policy


def checked_policy(game: ExtensiveGame, policy: Sequence[npt.ArrayLike]) -> Policy:
    """Return a policy as contiguous float64 arrays.

    Raises ``ValueError`` if it is not a pair of arrays of the numbers of sequences, or if the probabilities of some
    infoset, which the message names, are negative, not numbers, or do not sum to 1 (to 1e-6).
    """
    found = len(policy) if hasattr(policy, "__len__") else f"a {type(policy).__name__}: from_open_spiel makes one of it"
    if found != 2:
        raise ValueError(f"a policy is a pair of arrays, one for each player, not {found}")
    first, second = _checked(game, policy)
    return first, second


def _checked(game: SequenceForm, policy: Sequence[npt.ArrayLike]) -> list[Floats]:
    """Return each player's policy as a contiguous float64 array; raises ``ValueError`` as ``checked_policy`` does."""
    checked = []
    for player, tree in enumerate(game.treeplexes):
        array = np.ascontiguousarray(policy[player], np.float64)
        if array.shape != tree.owner.shape:
            raise ValueError(
                f"the policy of player {player} has the shape {array.shape}, but {game.name} has {len(tree.owner)} "
                "sequences of this player, the empty one included"
            )
        sums = _infoset_sums(tree, array)
        lowest = np.minimum.reduceat(array, tree.first[:-1]) if len(sums) else sums
        wrong = np.flatnonzero(~((np.abs(sums - 1.0) <= _TOLERANCE) & (lowest >= 0.0)))
        if len(wrong):
            found = array[tree.first[wrong[0]] : tree.first[wrong[0] + 1]].tolist()
            raise ValueError(
                f"the probabilities of player {player} at the infoset "
                f"{game.names[player].information_states[int(wrong[0])]!r} must be at least 0 and sum to 1, not {found}"
            )
        checked.append(array)
    return checked


def policy_table(game: SequenceForm, policy: Sequence[Floats], player: int) -> dict[str, list[tuple[int, float]]]:
    """Return one player's policy as OpenSpiel writes it: information-state string → [(action, probability), ...]."""
    player = whole(player, "player", 0, len(game.treeplexes) - 1)
    tree, names = game.treeplexes[player], game.names[player]
    actions, probabilities, first = names.actions.tolist(), policy[player].tolist(), tree.first.tolist()
    return {
        text: list(zip(actions[start:stop], probabilities[start:stop], strict=True))
        for text, start, stop in zip(names.information_states, first[:-1], first[1:], strict=True)
    }


def policy_from_table(game: ExtensiveGame, tables: Tables, *, fill: bool = False) -> Policy:
    """Return the policy of two tables like that of ``policy_table``, one for each player (they may be the same one).

    Actions that a table does not name have probability 0. ``fill``: where a table lacks an infoset the policy is
    uniform. Raises ``ValueError`` if an infoset is missing otherwise, names an action that is not legal there, or has
    probabilities that do not sum to 1.
    """
    first, second = policies_from_tables(game, tables, fill=fill)
    return first, second


def policies_from_tables(game: SequenceForm, tables: Tables, *, fill: bool = False) -> tuple[Floats, ...]:
    """Return the same for any number of players, with a table for each."""
    arrays = []
    for player, (tree, names, table) in enumerate(zip(game.treeplexes, game.names, tables, strict=True)):
        array = np.zeros(len(tree.owner))
        array[0] = 1.0
        actions, first = names.actions.tolist(), tree.first.tolist()
        for text, start, stop in zip(names.information_states, first[:-1], first[1:], strict=True):
            if text not in table and fill:
                array[start:stop] = 1.0 / (stop - start)
                continue
            if text not in table:
                raise ValueError(f"the policy lacks the infoset {text!r} of player {player} in {game.name}")
            legal = actions[start:stop]
            for action, probability in table[text]:
                if action not in legal:
                    raise ValueError(
                        f"the policy has the action {action} at the infoset {text!r} of player {player}, where the "
                        f"legal actions are {legal}"
                    )
                array[start + legal.index(action)] = probability
        arrays.append(array)
    return tuple(_checked(game, arrays))


def to_open_spiel(game: ExtensiveGame, policy: Policy) -> Any:
    """Return the policy as a ``pyspiel.TabularPolicy``.

    Parameters
    ----------
    game : the compiled game.
    policy : a pair of arrays [S].

    Returns
    -------
    pyspiel.TabularPolicy
        Of both players; information-state strings are its keys.

    Raises
    ------
    ValueError
        If an information-state string is both players': OpenSpiel's tables could not tell them apart.

    Examples
    --------
    >>> import tamaya
    >>> kuhn = tamaya.compile_game("kuhn_poker")
    >>> sorted(tamaya.to_open_spiel(kuhn, tamaya.uniform_policy(kuhn)).action_probabilities("0pb").items())
    [(0, 0.5), (1, 0.5)]
    """
    import pyspiel

    return pyspiel.TabularPolicy(_joint_table(game, policy))


def _joint_table(game: ExtensiveGame, policy: Policy) -> dict[str, list[tuple[int, float]]]:
    first, second = (policy_table(game, policy, player) for player in (0, 1))
    shared = first.keys() & second.keys()
    if shared:
        raise ValueError(f"the infoset {min(shared)!r} is both players', which an OpenSpiel table cannot express")
    return first | second


def to_open_spiel_python(game: ExtensiveGame, policy: Policy, open_spiel_game: Any) -> Any:
    """Return the policy as an ``open_spiel.python.policy.TabularPolicy`` of a ``pyspiel`` game (walks it once).

    A game with simultaneous moves must be given as its turn-based form. Raises ``ValueError`` as ``to_open_spiel``.
    """
    tabular = _python_policy_module().TabularPolicy(open_spiel_game)
    for text, row in _joint_table(game, policy).items():
        probabilities = tabular.action_probability_array[tabular.state_lookup[text]]
        for action, probability in row:
            probabilities[action] = probability
    return tabular


def from_open_spiel(game: ExtensiveGame, policy: Any, open_spiel_game: Any | None = None) -> Policy:
    """Return an OpenSpiel policy as arrays.

    Parameters
    ----------
    game : the compiled game.
    policy : an ``open_spiel.python.policy.TabularPolicy``, a ``pyspiel`` policy that answers to information-state
        strings (tabular policies; averages of the CFR solvers), or any policy with ``action_probabilities(state)``.
    open_spiel_game : must be given for the last kind, in turn-based form, and is walked once.

    Returns
    -------
    Policy
        A pair of arrays [S].

    Raises
    ------
    ValueError
        If the game is not compiled, an infoset is missing or its probabilities do not sum to 1.

    Examples
    --------
    >>> import pyspiel, tamaya
    >>> kuhn = tamaya.compile_game("kuhn_poker")
    >>> uniform = pyspiel.UniformRandomPolicy(pyspiel.load_game("kuhn_poker"))
    >>> policy = tamaya.from_open_spiel(kuhn, uniform, pyspiel.load_game("kuhn_poker"))
    >>> round(tamaya.exploitability(kuhn, policy), 6)
    0.458333
    """
    if not isinstance(game, ExtensiveGame):
        raise ValueError(f"{game} is not compiled: compile_game of it is what arrays belong to")
    if hasattr(policy, "policy_table"):
        table = policy.policy_table()
        return policy_from_table(game, (table, table))
    if hasattr(policy, "action_probability_array"):
        return policy_from_table(game, [_python_table(game, policy, player) for player in (0, 1)])
    if open_spiel_game is not None:
        return policy_from_table(game, _asked_on_a_walk(policy, open_spiel_game))
    if hasattr(policy, "get_state_policy"):
        texts = [names.information_states for names in game.names]
        return policy_from_table(game, [{text: policy.get_state_policy(text) for text in part} for part in texts])
    raise ValueError(f"a {type(policy).__name__} answers to states only: open_spiel_game is needed")


def _python_policy_module() -> Any:
    from importlib import import_module

    return import_module("open_spiel.python.policy")


def _python_table(game: ExtensiveGame, policy: Any, player: int) -> dict[str, list[tuple[int, float]]]:
    """Return what an ``open_spiel.python.policy.TabularPolicy`` plays at the infosets of one player that it has."""
    lookup, array = policy.state_lookup, policy.action_probability_array
    rows = {text: array[lookup[text]] for text in game.names[player].information_states if text in lookup}
    return {text: [(int(a), float(row[a])) for a in np.flatnonzero(row)] for text, row in rows.items()}


def _asked_on_a_walk(policy: Any, open_spiel_game: Any) -> list[dict[str, list[tuple[int, float]]]]:
    tables: list[dict[str, list[tuple[int, float]]]] = [{}, {}]
    stack = [open_spiel_game.new_initial_state()]
    while stack:
        state = stack.pop()
        if state.is_terminal():
            continue
        if not state.is_chance_node():
            table, text = tables[state.current_player()], state.information_state_string()
            if text not in table:
                answer = policy.action_probabilities(state)
                table[text] = [(int(action), float(probability)) for action, probability in answer.items()]
        stack += [state.child(action) for action in legal_actions(state)]
    return tables


def save_policy(path: Path | str, game: SequenceForm, policy: Sequence[Floats]) -> None:
    """Write ``policy.npz``: the arrays information_state, player, action, probability, one row per state and action.

    Parameters
    ----------
    path : the file; it appears whole or not at all.
    game : the compiled game, of any number of players.
    policy : an array [S] for each player.

    Raises
    ------
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib, tamaya
    >>> kuhn = tamaya.compile_game("kuhn_poker")
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "policy.npz"
    >>> tamaya.save_policy(path, kuhn, tamaya.uniform_policy(kuhn))
    """
    columns: dict[str, list[npt.NDArray[np.generic]]] = {"information_state": [], "player": [], "action": []}
    for player, (tree, names) in enumerate(zip(game.treeplexes, game.names, strict=True)):
        texts = np.array(list(names.information_states), dtype=np.str_)
        columns["information_state"].append(texts[tree.owner[1:]] if len(texts) else np.empty(0, np.str_))
        columns["player"].append(np.full(len(tree.owner) - 1, player, np.int8))
        columns["action"].append(names.actions[1:])
    arrays = {name: np.concatenate(parts) for name, parts in columns.items()}
    arrays["probability"] = np.concatenate([part[1:] for part in policy])
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def read_policy_tables(path: Path) -> list[dict[str, list[tuple[int, float]]]]:
    """Return what ``save_policy`` wrote as one table like that of ``policy_table`` for each player that occurs.

    Raises ``ValueError`` if the file is not such a file.
    """
    columns = {"information_state": "U", "player": "iu", "action": "iu", "probability": "fiu"}
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    try:
        arrays = load_arrays(path, columns, tuple(columns), copies=1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).removeprefix(f"{path} ")
        raise ValueError(f"{path} is not a policy: it {reason}") from None
    if any(arrays[name].ndim != 1 or arrays[name].dtype.kind not in kinds for name, kinds in columns.items()):
        raise ValueError(f"{path} is not a policy: it must have text, whole numbers twice, and probabilities")
    rows = [arrays[name].tolist() for name in columns]
    if len({len(row) for row in rows}) != 1:
        raise ValueError(f"{path} is not a policy: {', '.join(columns)} must have one row for each state and action")
    tables: list[dict[str, list[tuple[int, float]]]] = []
    for text, player, action, probability in zip(*rows, strict=True):
        if not 0 <= player < 100:
            raise ValueError(f"{path} has a row of player {player}, but players are counted from 0")
        while len(tables) <= player:
            tables.append({})
        tables[player].setdefault(text, []).append((int(action), float(probability)))
    return tables


def load_policy(path: Path | str, game: ExtensiveGame, *, fill: bool = False) -> Policy:
    """Return the policy of a file: ``.npz`` as of ``save_policy``, ``.json``, ``.csv`` or ``.profile``.

    Parameters
    ----------
    path : the file.
    game : the compiled game.
    fill : play uniformly at infosets that the file lacks, as those of sampled methods do (``missing_infosets``).

    Returns
    -------
    Policy
        A pair of arrays [S].

    Raises
    ------
    ValueError
        One sentence that names the file, if it is not a policy of this game.

    Examples
    --------
    >>> import tempfile, pathlib, tamaya
    >>> kuhn = tamaya.compile_game("kuhn_poker")
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "policy.npz"
    >>> tamaya.save_policy(path, kuhn, tamaya.uniform_policy(kuhn))
    >>> tamaya.load_policy(path, kuhn)[1][:3].tolist()
    [1.0, 0.5, 0.5]
    """
    return policy_from_table(game, two_player_tables(Path(path), game), fill=fill)


def two_player_tables(path: Path, game: ExtensiveGame) -> list[dict[str, list[tuple[int, float]]]]:
    """Return the two tables of a policy file of this game (``tables_of_game``)."""
    return tables_of_game(path, game)


def tables_of_game(path: Path, game: SequenceForm) -> list[dict[str, list[tuple[int, float]]]]:
    """Return the tables of a policy file of this game, one for each player.

    The suffix says what it is: ``.json`` (``write_policy_json``), ``.csv`` or ``.profile``
    (``games.extensive.policy_formats``), else ``.npz``. Raises ``ValueError`` if it is not such a file, or is for more
    players.
    """
    tables: Sequence[dict[str, list[tuple[int, float]]]]
    if path.suffix == ".json":
        tables = read_policy_json(path, game)
    elif path.suffix == ".csv":
        tables = read_policy_csv(path)
    elif path.suffix == ".profile":
        tables = read_profile(path, game.name)
    else:
        tables = read_policy_tables(path)
    players = len(game.treeplexes)
    if len(tables) > players:
        has = "two" if players == 2 else f"{players}"
        raise ValueError(f"{path} has a policy for {len(tables)} players, but {game.name} has {has}")
    return [*tables, *({} for _ in range(players))][:players]


def write_policy(path: Path, game: SequenceForm, policy: Sequence[Floats]) -> None:
    """Write a policy in the format that the suffix names: ``.npz``, ``.json``, ``.csv``, ``.profile``.

    Raises ``ValueError`` for another suffix, and where a game has no Gambit file, for a profile is in the order of one.
    """
    if path.suffix == ".npz":
        save_policy(path, game, policy)
    elif path.suffix == ".json":
        write_policy_json(path, game, policy)
    elif path.suffix == ".csv":
        write_policy_csv(path, game.treeplexes, game.names, policy)
    elif path.suffix == ".profile":
        tables = [policy_table(game, policy, player) for player in range(len(game.treeplexes))]
        write_profile(path, game.name, tables)
    else:
        raise ValueError(f"a policy is written to {', '.join(POLICY_SUFFIXES)}, not to {path.name!r}")


def missing_infosets(game: SequenceForm, tables: Sequence[Mapping[str, Any]]) -> int:
    """Return how many infosets of the game the tables lack, one table for each player."""
    players = zip(game.names, tables, strict=True)
    return sum(text not in table for names, table in players for text in names.information_states)


def read_policy_json(path: Path, game: SequenceForm) -> list[dict[str, list[tuple[int, float]]]]:
    """Return what ``write_policy_json`` wrote as tables like that of ``policy_table``.

    Raises ``ValueError`` if the file is not such a file, or names an infoset or an action that the game has not.
    """
    try:
        written = json.loads(path.read_text(encoding="utf-8"))["policy"]
        players = [written[f"player {player}"] for player in range(len(written))]
        named = [{text: [(a, float(p)) for a, p in row.items()] for text, row in part.items()} for part in players]
    except FileNotFoundError:
        raise ValueError(f"there is no file {path}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(
            f'{path} is not a policy: it must be {{"policy": {{"player 0": {{infoset: {{action: probability}}}}}}}}'
        ) from None
    return [
        _numbered_actions(path, game, player, part) for player, part in enumerate(named[: len(game.treeplexes)])
    ] + [{} for _ in named[len(game.treeplexes) :]]


def _numbered_actions(
    path: Path, game: SequenceForm, player: int, part: Mapping[str, Sequence[tuple[str, float]]]
) -> dict[str, list[tuple[int, float]]]:
    """Return a player's table with actions by their numbers instead of their names."""
    index = {text: i for i, text in enumerate(game.names[player].information_states)}
    for text in part:
        if text not in index:
            raise ValueError(f"{path} has the infoset {text!r} of player {player}, which {game.name} has not")
    return {text: _numbered_row(path, game, player, text, index[text], row) for text, row in part.items()}


def _numbered_row(
    path: Path, game: SequenceForm, player: int, text: str, infoset: int, row: Sequence[tuple[str, float]]
) -> list[tuple[int, float]]:
    first, names = game.treeplexes[player].first, game.names[player]
    legal = {names.action_string(s): int(names.actions[s]) for s in range(first[infoset], first[infoset + 1])}
    for action, _ in row:
        if action not in legal:
            raise ValueError(
                f"{path} has the action {action!r} at the infoset {text!r} of player {player}, where the legal actions "
                f"are {', '.join(legal)}"
            )
    return [(legal[action], probability) for action, probability in row]


def write_policy_json(path: Path, game: SequenceForm, policy: Sequence[Floats]) -> None:
    """Write a policy for reading: player → information-state string → action string → probability."""
    players = {}
    for player, (tree, names) in enumerate(zip(game.treeplexes, game.names, strict=True)):
        first, probabilities = tree.first.tolist(), policy[player].tolist()
        players[f"player {player}"] = {
            text: {names.action_string(s): probabilities[s] for s in range(first[i], first[i + 1])}
            for i, text in enumerate(names.information_states)
        }
    write_whole(path, json.dumps({"game": game.name, "policy": players}, indent=1, ensure_ascii=False) + "\n")
