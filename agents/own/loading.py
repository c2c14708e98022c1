"""Blueprints of one's own by name: what is named is imported, made, recognised and wrapped for the batched engine.

A policy is, in the order in which it is recognised,

- an object with ``log_probabilities``, a whole ``search.hanabi.policy.batched.BatchedPolicy``, or a subclass of it with
  ``step``, a ``PrivateRecurrence``; it names the ``base`` that keeps its memories;
- a ``torch.nn.Module`` (``agents.own.network``), into which ``weights=FILE`` are loaded;
- an agent of HLE, a bot or a policy of OpenSpiel (``agents.own.adapters``);
- an object with ``probabilities(view)`` or ``act(view)`` (``agents.own.python``).

It is made once a process, with the options in brackets, and with the game if it has a parameter of that name.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any, get_type_hints

from agents.modules import digest_of_source, module_of, named
from agents.own.adapters import RL_ENV, adapted, kind_of, make
from agents.own.keepers import RECENT_MOVES, state_keeper
from agents.own.names import TORCHSCRIPT, short_name, specification_of
from agents.own.python import PythonPolicy
from agents.runs.forfeit import in_words
from agents.specification import Specification, nearest
from games.hanabi.game import HanabiGame
from games.hanabi.view import HanabiView
from search.hanabi.policy.batched import BatchedBlueprint

_SOFTENING = 0.1
SEES = "hanabi-view"


def own_policy(game: HanabiGame, name: str, threads: int | None = 1, device: str = "cpu") -> BatchedBlueprint:
    """Return the blueprint called ``name`` for a game, the same object while its files are the same.

    threads : of what is computed in numpy and torch (``None``: all cores). Raises ``ValueError`` with one sentence if
    there is no such thing, or it is no policy.
    """
    specification = specification_of(name)
    return _loaded(game, name, _digest(specification), threads, device)


@lru_cache(maxsize=4)
def _loaded(game: HanabiGame, name: str, digest: str, threads: int | None, device: str) -> BatchedBlueprint:
    return blueprint_of(game, _made(game, specification_of(name)), name, digest, threads, device)


def blueprint_of(
    game: HanabiGame, thing: Any, name: str, digest: str = "", threads: int | None = 1, device: str = "cpu"
) -> BatchedBlueprint:
    """Return an object that is a policy as a blueprint; raises ``ValueError`` with one sentence if it is none."""
    shown, softening = short_name(name), _softening_of(thing, short_name(name))
    if hasattr(thing, "log_probabilities"):
        recurrence = thing if hasattr(thing, "step") else None
        base, values = getattr(thing, "base", RECENT_MOVES), hasattr(thing, "values")
        return BatchedBlueprint(name, game, thing, base, digest, softening, has_values=values, recurrence=recurrence)
    if _is_module(thing):
        return _module(game, thing, name, digest, softening, threads, device)
    thing = adapted(thing)
    if not (hasattr(thing, "act") or hasattr(thing, "probabilities")):
        raise ValueError(f"{shown} is not a policy: it needs act(view) or probabilities(view), or to be a torch module")
    if device != "cpu":
        raise ValueError(f"{shown} is a plain Python class: --device cuda is for torch networks")
    policy = PythonPolicy(game, thing, shown)
    return BatchedBlueprint(name, game, policy, RECENT_MOVES, digest, softening, has_values=hasattr(thing, "value"))


def _softening_of(thing: Any, shown: str) -> float:
    """Return the probability of a random move that a policy is softened by; raises ``ValueError`` if it is none."""
    given = getattr(thing, "softening", _SOFTENING)
    try:
        softening = float(given)
    except (TypeError, ValueError):
        softening = -1.0
    if not 0.0 <= softening <= 1.0:
        raise ValueError(f"{shown}: softening must be a probability, from 0 to 1, not {given!r:.40}")
    return softening


def _module(
    game: HanabiGame, module: Any, name: str, digest: str, softening: float, threads: int | None, device: str
) -> BatchedBlueprint:
    import torch

    from agents.own.network import ModulePolicy
    from games._base.threads import available_cores

    torch.set_num_threads(threads or available_cores())
    policy = ModulePolicy(game, module, short_name(name), device=device, workers=threads)
    base, recurrence = (state_keeper(policy.initial_state()), policy) if policy.state_size else (RECENT_MOVES, None)
    return BatchedBlueprint(
        name, game, policy, base, digest, softening, has_values=policy.has_value, recurrence=recurrence
    )


def _is_module(thing: Any) -> bool:
    torch = sys.modules.get("torch")  # whoever made a module has imported it
    return torch is not None and isinstance(thing, torch.nn.Module)


def is_policy(thing: Any) -> bool:
    """Return whether a thing of the user is a policy for blueprints, not an agent that is shown arrays.

    It is if it is a torch module, has ``probabilities`` or ``log_probabilities``, says ``sees = "hanabi-view"``, or has
    an ``act`` whose ``view`` is annotated as a ``HanabiView``, or is a bot or a policy of OpenSpiel.
    """
    torch = sys.modules.get("torch")
    if torch is not None and (isinstance(thing, torch.nn.Module) or _is_subclass(thing, torch.nn.Module)):
        return True
    if any(hasattr(thing, method) for method in ("probabilities", "log_probabilities")):
        return True
    if kind_of(thing) in ("bot", "policy"):
        return True
    if getattr(thing, "sees", None) in (SEES, RL_ENV):
        return True
    try:
        return HanabiView in get_type_hints(thing.act).values()
    except (AttributeError, NameError, TypeError):
        return False


def _is_subclass(thing: Any, kind: type) -> bool:
    return inspect.isclass(thing) and issubclass(thing, kind)


def _digest(specification: Specification) -> str:
    """Return what tells a policy from another: its source, its options, its weights."""
    parts = [specification.rest, repr(sorted(specification.arguments.items(), key=str))]
    if specification.name == TORCHSCRIPT:
        parts.append(hashlib.sha256(Path(specification.rest).read_bytes()).hexdigest())
    else:
        parts.append(digest_of_source(module_of(specification.name)))
    weights = specification.arguments.get("weights")
    if isinstance(weights, str) and Path(weights).is_file():
        parts[1] = repr(sorted(key for key in specification.arguments if key != "weights"))
        parts.append(hashlib.sha256(Path(weights).read_bytes()).hexdigest())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _made(game: HanabiGame, specification: Specification) -> Any:
    """Return the object that a specification names."""
    options: dict[str, Any] = dict(specification.arguments)
    if specification.name == TORCHSCRIPT:
        from agents.own.network import load_script

        script = load_script(specification.rest)
        for key, value in options.items():
            setattr(script, key, value)
        return script
    thing = named(specification.name, specification.rest)
    shown = short_name(specification.text)
    if not callable(thing) or _is_module(thing) or (not inspect.isclass(thing) and is_policy(thing)):
        if options:
            raise ValueError(f"{shown} is not a class or a function, so it takes no options")
        return thing
    parameters = _parameters(thing)
    weights = options.pop("weights", None) if "weights" not in parameters else None
    unknown = [key for key in options if key not in parameters]
    if unknown and "**" not in parameters:
        remedy = nearest(unknown[0], parameters) if parameters else "it takes none"
        raise ValueError(f"{shown} has no option {unknown[0]!r}: {remedy}")
    try:
        made = make(game, thing, options, parameters)
    except Exception as error:
        raise ValueError(f"{shown} cannot be made: {in_words(error)}") from None
    if weights is not None:
        if not _is_module(made):
            raise ValueError(f"{shown} is no torch module and has no parameter 'weights' to load {weights} into")
        from agents.own.network import load_weights

        load_weights(made, str(weights))
    return made


def _parameters(thing: Any) -> dict[str, Any]:
    """Return the parameters of a class or a function by name; ``**`` stands for any."""
    try:
        parameters = inspect.signature(thing).parameters
    except (TypeError, ValueError):
        return {"**": None}
    any_name = inspect.Parameter.VAR_KEYWORD
    return {"**" if parameter.kind is any_name else name: parameter for name, parameter in parameters.items()}
