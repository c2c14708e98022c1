"""The model card: what a weights file is, how it was trained, what it scores, and the command that repeats it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from agents.training.evaluation import EVALUATION_SEED, Evaluation
from agents.training.options import TrainingOptions
from games.hanabi.game import HanabiGame
from games.version import __version__


def hardware(device: str, workers: int) -> str:
    """Return what a run computes with, in words."""
    if device != "cpu":
        import torch

        return f"{torch.cuda.get_device_name(device)}, {workers} CPU cores"
    return f"{workers} CPU {'core' if workers == 1 else 'cores'} ({platform.machine()})"


def record(
    game: HanabiGame,
    options: TrainingOptions,
    *,
    steps: int,
    seconds: float,
    parameters: int,
    evaluation: Evaluation,
    hardware: str,
    command: str,
) -> dict[str, Any]:
    """Return all that is known of the weights, plain data for the file's metadata and for the card."""
    error = evaluation.standard_error
    return {
        "players": game.players,
        "network": options.network,
        "base": options.base,
        "hidden": list(options.hidden),
        "parameters": parameters,
        "steps": steps,
        "training_hours": round(seconds / 3600.0, 2),
        "hardware": hardware,
        "score": round(evaluation.mean, 4),
        "standard_error": None if error is None else round(error, 4),
        "perfect_rate": round(float((evaluation.scores == game.types).mean()), 4),
        "evaluation_games": len(evaluation.scores),
        "evaluation_seed": EVALUATION_SEED,
        "date": datetime.now(UTC).date().isoformat(),
        "version": __version__,
        "command": command,
        "options": dict(vars(options)),
    }


def model_card(game: HanabiGame, found: Mapping[str, Any], teacher: str) -> str:
    """Return the card as Markdown; ``found`` is a ``record``, ``teacher`` a sentence on the rule-based blueprint."""
    error = "" if found["standard_error"] is None else f" ± {found['standard_error']:.3f} (standard error)"
    over = "" if found["base"] == "none" else f" over the {found['base']} blueprint"
    settings = "\n".join(f"| `{name}` | {_text(value)} |" for name, value in found["options"].items())
    return f"""# A {found["network"]} Hanabi blueprint for {game.players} players{over}

| | |
|---|---|
| score, greedy | **{found["score"]:.3f}**{error} |
| evaluated on | {found["evaluation_games"]:,} games of seed {found["evaluation_seed"]} |
| perfect games | {100 * found["perfect_rate"]:.1f} % |
| game | {_game(game)} |
| parameters | {found["parameters"]:,} |
| trained for | {found["steps"]:,} decisions of self-play, {found["training_hours"]:.2f} hours |
| hardware | {found["hardware"]} |
| date, version | {found["date"]}, Tamaya {found["version"]} |

{teacher}

The weights are the exponential moving average of the parameters; `greedy` plays the most likely legal move. Evaluation
games are of a seed that training never deals.

## Command

```
{found["command"]}
```

{_origin(found)}## Settings

| setting | value |
|---|---|
{settings}
"""


def _origin(found: Mapping[str, Any]) -> str:
    start = found.get("started_from")
    if not start:
        return ""
    if None in start.values():
        return "It started from other weights, of which no record was kept.\n\n"
    return (
        f"It started from weights that scored {start['score']:.3f} after {start['steps']:,} decisions, made by\n\n"
        f"```\n{start['command']}\n```\n\n"
    )


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _game(game: HanabiGame) -> str:
    bomb = "a lost last life scores 0" if game.bomb == "zero" else "a lost last life keeps the points"
    return (
        f"{game.colours} colours, {game.ranks} ranks, {game.cards_in_hand} cards in hand, "
        f"{game.information_tokens} hint tokens, {game.life_tokens} lives; {bomb}"
    )
