"""What the commands of the solvers read from their options in the same way: schedules and named numbers."""

from __future__ import annotations

from solvers.schedules import Schedule, parse_schedule


def schedule_of(option: str, text: str, *, positive: bool) -> Schedule:
    """Return the schedule that an option names; ``ValueError`` says which option is wrong, and why.

    ``positive``: it must begin above 0.
    """
    try:
        schedule = parse_schedule(text)
        if positive and not schedule.values(1, 1)[0] > 0.0:
            raise ValueError("it must be above 0")
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None
    return schedule


def parameters_of(text: str) -> dict[str, float]:
    """Return the numbers of ``--parameters NAME=NUMBER,NAME=NUMBER``; raises ``ValueError`` if it is not so written."""
    values = {}
    for part in text.split(","):
        name, equals, number = part.partition("=")
        try:
            values[name.strip()] = float(number)
        except ValueError:
            equals = ""
        if not equals:
            raise ValueError(f"--parameters are written NAME=NUMBER,NAME=NUMBER, not {part!r}")
    return values
