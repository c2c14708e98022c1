"""Train a Hanabi blueprint: ``python -m agents.train_blueprint``.

Self-play and policy optimisation, from a rule-based blueprint or from nothing, with a learner that is compiled (a small
network, for CPUs) or written in torch (for larger ones and for a CUDA card). Files go to ``--checkpoint``; the same
command with the same folder goes on where it stopped, to the same bits on a CPU. ``docs/training.md`` is the guide.
"""

from __future__ import annotations

from rich.console import Console

from agents.blueprints.registry import blueprint
from agents.training.command_options import Options
from agents.training.evaluation import Evaluation
from agents.training.folder import TrainingFolder
from agents.training.log import Line, TrainingLog, event_writer
from agents.training.model_card import hardware, model_card, record
from agents.training.plot import plot_learning_curve
from agents.training.report import Display, greedy_text
from agents.training.run import Run, Trainable, restore
from agents.training.trainables import check_device, teacher_score, trainable
from games._base.errors import UsageError
from games._base.progress import working
from games._base.threads import available_cores


class _Watcher:
    """Shows the log, and writes weights, card and learning curve at every evaluation."""

    def __init__(self, run: Run, display: Display, options: Options, command: str, teacher: Evaluation) -> None:
        self.run, self.display, self.options, self.command = run, display, options, command
        self.settings = run.learner.options
        self.machine = hardware(options.device, options.workers or available_cores())
        self.teacher = teacher

    def log(self, line: Line) -> None:
        self.display.show(line)

    def checkpoint(self, evaluation: Evaluation, lines: list[Line]) -> None:
        run, game, folder = self.run, self.run.learner.game, self.run.folder.folder
        found = record(
            game,
            self.settings,
            steps=run.learner.steps,
            seconds=run.seconds,
            parameters=run.trainable.parameters,
            evaluation=evaluation,
            hardware=self.machine,
            command=self.command,
        ) | dict(run.trainable.origin)
        teacher = (
            f"The {self.settings.teacher} blueprint, which it was trained from, scores {self.teacher.mean:.3f} ± "
            f"{self.teacher.standard_error or 0.0:.3f} on the first {len(self.teacher.scores):,} of the same decks."
        )
        run.trainable.write(folder / "weights.safetensors", found, model_card(game, found, teacher))
        title = f"{game.players} players, {self.settings.network} network"
        plot_learning_curve(folder / "learning_curve.png", lines, title, (self.settings.teacher, self.teacher.mean))


def _prepared(options: Options, console: Console) -> Trainable:
    """Return the learner; raises ``UsageError`` if it cannot be had."""
    game, settings = options.game(), options.training()
    check_device(options.device)
    with working(console, "loading the compiled kernels (compiling them, the first time: about a minute)"):
        try:
            teacher = blueprint(settings.teacher)
            teacher.memory_size(game)
        except ValueError as error:
            raise UsageError(str(error)) from None
        if teacher.sees_own_hand:
            raise UsageError(f"the {teacher.name} blueprint sees its own cards, so nobody can learn from it")
        try:
            return trainable(game, settings, options.device, options.workers, options.graphs)
        except MemoryError:
            raise UsageError("there is not enough memory: choose fewer --games, or fewer units in --hidden") from None


def run(options: Options, console: Console, command: str) -> None:
    """Run the command; raises ``UsageError`` with one sentence for bad input, before anything is written."""
    prepared = _prepared(options, console)
    learner = prepared.learner
    assert options.checkpoint is not None
    with TrainingFolder(options.checkpoint, learner.game, learner.options) as folder:
        restore(learner, folder)
        if learner.steps:
            console.print(f"Going on after {learner.steps:,} steps.", highlight=False)
        writer = event_writer(folder.folder, learner.steps)
        if writer is None:
            message = "No TensorBoard events: tensorboard, or torch, is not installed (log.jsonl has the same numbers)."
            console.print(message, soft_wrap=True)
        log = TrainingLog(folder.log, learner.iteration, writer)
        try:
            with working(console, f"playing games of the {learner.options.teacher} blueprint, to compare with"):
                teacher = teacher_score(learner.game, learner.options, options.quick_games, options.workers)
            training = Run(prepared, folder, options.goal(), log)
            with Display(console, _title(options), log.lines) as display:
                last = training.train(_Watcher(training, display, options, command, teacher))
        finally:
            log.close()
        console.print(f"Finished: {greedy_text({**last.line(), 'steps': learner.steps})}.", highlight=False)
        files = "weights.safetensors and .md, learning_curve.png, log.jsonl, state.npz"
        console.print(f"Written to {folder.folder}: {files}.", highlight=False, soft_wrap=True)


def _title(options: Options) -> str:
    base = options.training().base
    over = "" if base == "none" else f" over the {base} blueprint"
    return f"{options.players} players, {options.network} network{over}"
