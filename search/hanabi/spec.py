"""What a Hanabi search is: every number of it, as it is asked for and as it is searched with.

``SearchSpec`` is what people write – options of a command, or ``mds(blueprint=smart, rollouts=200)`` – ``None`` being
what they leave open. ``SearchSpec.resolved`` fills that in for a game, and is the only place that does: commands,
tournaments, play and hints all call it. Plain data, and light: nothing here compiles or loads anything.
"""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass, fields
from typing import Any, Literal, Protocol

from games.hanabi.game import HanabiGame, standard
from search.hanabi.budget import Budget, Rollouts, Seconds
from search.hanabi.searchers import FITTED, PartnersName
from search.spec import AllocationName, OptionError, refuse_unread

SearchName = Literal["mds", "sparta", "monte-carlo", "none"]
SeatsName = Literal["all", "one"]
BeliefName = Literal["exact", "learned", "learned-proposal"]
DeviceName = Literal["cpu", "cuda"]

ROLLOUTS = 1000
ETA = 30.0
THRESHOLD = 0.1
REINVEST = 8.0
PLIES = 12  # of a rollout over a network
EXACT_LIMIT = 4000
_COUNTS = "rollouts", "rollouts_end", "plies", "particles", "exact_limit"
_MOST = 10_000_000  # of each: worlds and hands are kept in memory
_LONGEST = 3600.0  # seconds of a decision
_LEAST = {
    "rollouts": 1,
    "rollouts_end": 1,
    "threshold": 0,
    "reinvest": 1,
    "caution": 0,
    "plies": 0,
    "particles": 20,
    "exact_limit": 0,
}


_WITHOUT_SEARCH = ("search", "blueprint", "device", "rollouts", "particles")  # the last two bound work, also none


class Blueprints(Protocol):
    """Who knows blueprints by name (``agents.blueprints.registry``)."""

    def strongest_for(self, game: HanabiGame) -> str:
        """Return the name of the blueprint that is searched over by default."""
        ...

    def rule_based_for(self, players: int) -> str:
        """Return the name of the strongest one that was not trained."""
        ...

    def full_name(self, name: str) -> str:
        """Return the name, of a file its whole path; raises ``ValueError`` if there is no such blueprint."""
        ...

    def is_network(self, name: str) -> bool:
        """Return whether a blueprint was trained: then it has probabilities, and values to end rollouts in."""
        ...

    def may_have_values(self, name: str) -> bool:
        """Return whether rollouts over a blueprint might end in a value of its own."""
        ...


@dataclass(frozen=True)
class SearchSpec:
    """A search as it is asked for; ``None`` leaves a choice to ``resolved``.

    Parameters
    ----------
    search : ``mds`` (mirror descent), ``sparta`` (policy iteration with a threshold), ``monte-carlo`` (without),
        ``none`` (the blueprint alone).
    blueprint : name of the policy that every seat is assumed to play, the path of its weights, or a class of one's own
        (``mypolicy.py:Policy``). By default the
        strongest for the game; under a learned belief the strongest that was not trained.
    seats : how many seats search: ``all``, or ``one`` while the others follow the blueprint. By default ``all`` for
        ``mds`` at 2 players, otherwise ``one``. An agent at a table of strangers cannot know; what it can choose is
        how firmly it trusts them (``softening``), and the default follows from the same rule.
    rollouts : budget of a decision (1000).
    rollouts_end : budget once the deck is empty; in between it changes in proportion to the cards in the deck. By
        default that of the start.
    seconds : budget of a decision in place of that: as many rollouts as fit, until no move is left in question. Moves
        then depend on how fast the machine is; results name the rollouts, which repeat them (``search.hanabi.budget``).
    eta : step size of ``mds``, in 1/points (30).
    threshold : points that ``sparta`` wants to gain before it leaves the blueprint (0.1).
    allocation : ``racing`` (default) drops moves that are clearly behind; ``even`` rolls out every move in every world.
    reinvest : ``racing`` gives a surviving move up to so many times its even share of the budget (8).
    caution : standard errors by which values are lowered before the update. By default 1 for ``mds``, 2 over a
        network – its prior is graded, so that less evidence moves it – and otherwise 0: policy iteration has a
        threshold, or wants none.
    plies : moves after which a rollout ends in the network's value; 0: with the game. By default 12 over a network.
    partners : how the belief takes a partner's move: ``uniform`` (default), as the blueprint's or else a random one;
        ``fitted``, as that of a search, by a model that was fitted to games in which all seats search.
    softening : probability that a partner's move is a random one, as the belief sees it. By default that of the fitted
        model, otherwise 0.2 where all seats search, 0.01 where one does.
    particles : hands in a sampled belief. By default twice the rollouts, from 1,000 to 10,000.
    exact_limit : hands up to which a belief is exact (4000).
    belief : ``exact`` (default) weighs own hands by replaying the game, ``learned`` draws them from a trained model,
        ``learned-proposal`` does both.
    belief_weights : file of that model, by default the one that comes with Tamaya.
    device : where a torch network and its rollouts are: ``cpu`` (default) or ``cuda``.

    Raises
    ------
    ValueError
        By ``resolved``, one sentence for what makes no sense in the game.

    References
    ----------
    S. Sokota et al. (2024), The update-equivalence framework for decision-time planning, ICLR (``mds``,
    ``monte-carlo``).
    A. Lerer, H. Hu, J. Foerster and N. Brown (2020), AAAI (``sparta``, ``threshold``).

    Examples
    --------
    >>> import tamaya
    >>> spec = tamaya.SearchSpec("sparta", blueprint="smart", rollouts=500)
    >>> spec.search, spec.rollouts, spec.threshold is None
    ('sparta', 500, True)
    """

    search: SearchName = "mds"
    _: KW_ONLY
    blueprint: str | None = None
    seats: SeatsName | None = None
    rollouts: int | None = None
    rollouts_end: int | None = None
    seconds: float | None = None
    eta: float | None = None
    threshold: float | None = None
    allocation: AllocationName | None = None
    reinvest: float | None = None
    caution: float | None = None
    plies: int | None = None
    partners: PartnersName | None = None
    softening: float | None = None
    particles: int | None = None
    exact_limit: int | None = None
    belief: BeliefName | None = None
    belief_weights: str | None = None
    device: DeviceName | None = None

    def resolved(self, game: HanabiGame, blueprints: Blueprints) -> ResolvedSearch:
        """Return the search in a game with every choice made.

        Raises ``OptionError`` (a ``ValueError``) for a number out of range and for an option without effect,
        ``ValueError`` for an unknown blueprint.
        """
        belief, allocation = self.belief or "exact", self.allocation or "racing"
        self._refuse_unread(belief, allocation)
        usual = blueprints.strongest_for(game) if belief == "exact" else blueprints.rule_based_for(game.players)
        name = blueprints.full_name(self.blueprint or usual)
        network = blueprints.is_network(name)
        if self.plies and self.plies > 0 and not blueprints.may_have_values(name):
            raise OptionError("plies", "needs a blueprint that is a network: rollouts end in its value")
        together = game.players == 2 and self.search in ("mds", "none")
        seats = self.seats or ("all" if together else "one")
        rollouts = _or(self.rollouts, ROLLOUTS)
        partners = self.partners or "uniform"
        if partners == "fitted":
            _check_fitted(game, name, seats)
        numbers = {
            "rollouts": rollouts,
            "rollouts_end": _or(self.rollouts_end, rollouts),
            "seconds": self.seconds,
            "eta": _or(self.eta, ETA),
            "threshold": _or(self.threshold, THRESHOLD),
            "reinvest": _or(self.reinvest, REINVEST),
            "caution": _or(self.caution, (2.0 if network else 1.0) if self.search == "mds" else 0.0),
            "plies": _or(self.plies, PLIES if network else 0),
            "softening": _or(self.softening, _softening(partners, name, game.players, seats)),
            "particles": _or(self.particles, min(max(2 * rollouts, 1000), 10000)),
            "exact_limit": _or(self.exact_limit, EXACT_LIMIT),
        }
        _check(numbers)
        return ResolvedSearch(
            game=game,
            search=self.search,
            blueprint=name,
            seats=seats,
            allocation=allocation,
            partners=partners,
            belief=belief,
            belief_weights=self.belief_weights,
            device=self.device or "cpu",
            **numbers
            | {
                "plies": numbers["plies"] or None,
                "rollouts": rollouts if self.seconds is None else None,
                "rollouts_end": self.rollouts_end,
            },
        )

    def _refuse_unread(self, belief: BeliefName, allocation: AllocationName) -> None:
        refuse_unread(self.search, eta=self.eta, threshold=self.threshold)
        if self.search == "none":
            for option in (field.name for field in fields(self) if field.name not in _WITHOUT_SEARCH):
                if getattr(self, option) is not None:
                    raise OptionError(option, "has no effect here: nothing is searched")
        refuse_unread(allocation, reinvest=self.reinvest)
        if self.seconds is not None and self.rollouts is not None:
            raise OptionError("seconds", "is a budget in place of rollouts: give one of the two")
        if self.seconds is not None and self.rollouts_end is not None:
            raise OptionError("rollouts_end", "has no effect here: seconds are the budget")
        if self.seconds is not None and self.reinvest is not None:
            raise OptionError("reinvest", "has no effect here: until the seconds are over, all goes to what remains")
        if self.belief_weights is not None and belief == "exact":
            raise OptionError("belief_weights", "needs a learned belief: learned or learned-proposal")
        for option in ("softening", "exact_limit", "partners"):
            if getattr(self, option) is not None and belief == "learned":
                raise OptionError(option, "has no effect here: a learned belief weighs nothing")


@dataclass(frozen=True, kw_only=True)
class ResolvedSearch:
    """A search with every choice made, in a game: see ``SearchSpec``. ``plies`` ``None``: rollouts end with the game.
    ``rollouts`` ``None``: as many as fit into ``seconds``, which is ``None`` otherwise. ``rollouts_end``
    ``None``: as at the start.

    Numbers that an update does not read are there, too, with their defaults.
    """

    game: HanabiGame
    blueprint: str
    search: SearchName
    seats: SeatsName
    rollouts: int | None
    rollouts_end: int | None
    seconds: float | None
    eta: float
    threshold: float
    allocation: AllocationName
    reinvest: float
    caution: float
    partners: PartnersName
    softening: float
    particles: int
    exact_limit: int
    belief: BeliefName
    belief_weights: str | None
    plies: int | None
    device: DeviceName

    @property
    def budget(self) -> Budget:
        """What a decision may cost."""
        return Rollouts(self.rollouts, self.rollouts_end) if self.rollouts is not None else Seconds(self.seconds or 0.0)


def _or(given: Any, usual: Any) -> Any:
    return usual if given is None else given


def _softening(partners: PartnersName, blueprint: str, players: int, seats: SeatsName) -> float:
    if partners == "fitted":
        return FITTED[blueprint, players].softening
    return 0.2 if seats == "all" else 0.01


def _check_fitted(game: HanabiGame, blueprint: str, seats: SeatsName) -> None:
    """Raise ``OptionError`` unless there is a model of partners who search over this blueprint in this game."""
    if seats != "all":
        raise OptionError("partners", "fitted is a model of partners who search: it needs seats all")
    if (blueprint, game.players) not in FITTED or standard(game.players).difference(game):
        known = " and ".join(f"{name} at {players} players" for name, players in FITTED)
        raise OptionError("partners", f"fitted is known for the usual game with {known} only")


def _check(numbers: dict[str, Any]) -> None:
    """Raise ``OptionError`` for a number out of range."""
    for option, value in numbers.items():
        least = _LEAST.get(option)
        if least is not None and not (math.isfinite(value) and value >= least):
            raise OptionError(option, f"must be at least {least}, not {value}")
        if option in _COUNTS and value > _MOST:
            raise OptionError(option, f"must be at most {_MOST}, not {value}")
    if not 0 < numbers["eta"] < math.inf:
        raise OptionError("eta", f"must be positive and finite, not {numbers['eta']}")
    if (seconds := numbers["seconds"]) is not None and not 0 < seconds <= _LONGEST:
        raise OptionError("seconds", f"must be positive and at most {_LONGEST:g}, not {seconds}")
    if not 0 <= numbers["softening"] < 1:
        raise OptionError("softening", f"must be at least 0 and below 1, not {numbers['softening']}")
