"""A training run around any learner: its folder, its log, stopping, and going on to the same bits."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.training.evaluation import EVALUATION_SEED, Evaluation, evaluate
from agents.training.folder import TrainingFolder
from agents.training.log import Line, TrainingLog
from agents.training.options import TrainingOptions
from agents.training.plot import plot_learning_curve
from agents.training.run import Goal, Run, restore
from games._base.errors import UsageError
from games.hanabi.game import small, standard
from tests.agents.training.fake_learner import STEPS, FakeLearner, fake

NOT_A_NUMBER = '{"iteration": 1, "steps": 2, "seconds": NaN}\n'
OPTIONS = TrainingOptions()
GOAL = Goal(steps=12 * STEPS, evaluate_games=40, quick_games=10)


class Recorder:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.evaluations: list[Evaluation] = []

    def log(self, line: Line) -> None:
        self.lines.append(line)

    def checkpoint(self, evaluation: Evaluation, lines: list[Line]) -> None:
        self.evaluations.append(evaluation)


def train(
    folder: Path, goal: Goal = GOAL, after: Callable[[int], None] = lambda iteration: None
) -> tuple[FakeLearner, Recorder]:
    """Run one call of the command on a fake learner."""
    trainable, watcher = fake(OPTIONS, after), Recorder()
    learner = trainable.learner
    assert isinstance(learner, FakeLearner)
    with TrainingFolder(folder, small(), OPTIONS) as opened:
        restore(learner, opened)
        log = TrainingLog(opened.log, learner.iteration)
        try:
            Run(trainable, opened, goal, log).train(watcher)
        finally:
            log.close()
    return learner, watcher


def interrupt_at(iteration: int) -> Callable[[int], None]:
    def after(now: int) -> None:
        if now == iteration:
            os.kill(os.getpid(), signal.SIGINT)

    return after


def read_log(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def state(folder: Path) -> dict[str, bytes]:
    with np.load(folder / "state.npz") as file:
        return {name: file[name].tobytes() for name in file.files if name != "header"}


def test_a_run_stops_at_its_steps_and_evaluates_at_the_end(tmp_path: Path) -> None:
    learner, watcher = train(tmp_path)
    assert (learner.iteration, learner.steps) == (12, 12 * STEPS)
    assert [len(found.scores) for found in watcher.evaluations] == [40]
    last = read_log(tmp_path / "log.jsonl")[-1]
    assert (last["steps"], last["greedy_games"]) == (12 * STEPS, 40)
    assert last["greedy_score"] == pytest.approx(watcher.evaluations[0].mean, abs=1e-4)
    assert not list(tmp_path.glob("*.part"))


def test_an_interrupted_run_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    train(tmp_path / "whole")
    for stop in (3, 7):
        with pytest.raises(KeyboardInterrupt, match=rf"after {stop * STEPS} steps; the same command goes on"):
            train(tmp_path / "parts", after=interrupt_at(stop))
    learner, _ = train(tmp_path / "parts")
    assert learner.iteration == 12
    assert state(tmp_path / "parts") == state(tmp_path / "whole")


def test_a_finished_run_learns_nothing_more(tmp_path: Path) -> None:
    train(tmp_path)
    before = state(tmp_path)
    learner, watcher = train(tmp_path)
    assert state(tmp_path) == before
    assert learner.iteration == 12
    assert len(watcher.evaluations) == 1


def test_minutes_count_all_calls(tmp_path: Path) -> None:
    def seconds(goal: Goal) -> tuple[int, float]:
        with TrainingFolder(tmp_path, small(), OPTIONS) as opened:
            opened.save(FakeLearner(OPTIONS).arrays(), {"seconds": 600.0, "evaluated": 0.0})
        return train(tmp_path, goal)[0].iteration, 0.0

    assert seconds(replace(GOAL, minutes=10.0))[0] == 0
    assert seconds(replace(GOAL, minutes=1000.0))[0] == 12


def test_a_run_that_was_killed_drops_what_it_logged_after_its_last_state(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, after=interrupt_at(5))
    kept = read_log(tmp_path / "log.jsonl")
    with (tmp_path / "log.jsonl").open("a") as stream:
        stream.write(json.dumps({"iteration": 6, "steps": 600, "seconds": 1.0, "score": 0.0}) + "\n" + '{"iterat')
    log = TrainingLog(tmp_path / "log.jsonl", 5)
    assert log.lines == kept == read_log(tmp_path / "log.jsonl")


def test_another_setting_is_refused_by_name(tmp_path: Path) -> None:
    train(tmp_path)
    with pytest.raises(UsageError, match=r"holds a run with entropy = 0\.01, not 0\.5: choose another --checkpoint"):
        TrainingFolder(tmp_path, small(), replace(OPTIONS, entropy=0.5))
    with pytest.raises(UsageError, match=r"a run with game = colours 2, hand_size 2.*, not colours 5, hand_size 5"):
        TrainingFolder(tmp_path, standard(), OPTIONS)
    TrainingFolder(tmp_path, small(), replace(OPTIONS)).close()


def test_a_run_that_diverges_keeps_its_last_state(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, after=interrupt_at(5))
    kept = state(tmp_path)
    trainable = fake(OPTIONS)
    learner = trainable.learner
    assert isinstance(learner, FakeLearner)
    for spoilt in ("score", "position"):
        with TrainingFolder(tmp_path, small(), OPTIONS) as opened:
            restore(learner, opened)
            log = TrainingLog(opened.log, learner.iteration)
            iterate = learner.iterate

            def diverge(iterate: Callable[[], dict[str, float]] = iterate, spoilt: str = spoilt) -> dict[str, float]:
                numbers = iterate()
                if spoilt == "score":
                    return numbers | {"score": float("nan")}
                learner.position = float("inf")
                return numbers

            learner.iterate = diverge  # type: ignore[method-assign]
            goal = replace(GOAL, steps=6 * STEPS)
            with pytest.raises(UsageError, match=r"training diverged after 600 steps, .*: choose a smaller"):
                Run(trainable, opened, goal, log).train(Recorder())
            log.close()
            learner.iterate = iterate  # type: ignore[method-assign]
        assert state(tmp_path) == kept


@pytest.mark.parametrize("text", ["[1]\n", "{}\n", "none\n", "\u00e9\n", NOT_A_NUMBER])
def test_a_damaged_log_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(UsageError, match=r"log.jsonl is damaged, line 1.*: delete it"):
        TrainingLog(path, 5)


@pytest.mark.parametrize("damage", [b"", b"PK", b"not a file of arrays"])
def test_a_damaged_state_is_refused(tmp_path: Path, damage: bytes) -> None:
    train(tmp_path)
    (tmp_path / "state.npz").write_bytes(damage)
    with pytest.raises(UsageError, match=r"is not the state of a run that can go on: delete it"):
        TrainingFolder(tmp_path, small(), OPTIONS)


def test_a_state_of_another_shape_is_refused(tmp_path: Path) -> None:
    with TrainingFolder(tmp_path, small(), OPTIONS) as opened:
        opened.save({"counters": np.zeros(2, np.int64)}, {})
    with pytest.raises(UsageError, match="was written by another version"):
        train(tmp_path)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("{}\n")
    with pytest.raises(UsageError, match="is of something else"):
        TrainingFolder(tmp_path, small(), OPTIONS)


def test_a_folder_belongs_to_one_command_at_a_time(tmp_path: Path) -> None:
    with TrainingFolder(tmp_path, small(), OPTIONS), pytest.raises(UsageError, match="another command is writing"):
        TrainingFolder(tmp_path, small(), OPTIONS)


def test_a_line_of_the_log_sums_up_iterations(tmp_path: Path) -> None:
    log = TrainingLog(tmp_path / "log.jsonl", 0)
    assert log.add(1, 50, 1.0, {"steps": 50.0, "score": 1.0, "seconds_play": 0.25, "seconds_update": 0.25}) is not None
    for number in (2, 3):
        numbers = {"steps": 100.0, "score": float(number), "seconds_play": 0.5, "seconds_update": 0.3}
        assert log.add(number, 50 * number, float(number), numbers) is None
    line = log.flush()
    assert line is not None
    assert line["iteration"] == 3
    assert line["steps"] == 150
    assert line["score"] == 2.5
    assert line["steps_per_second"] == 125.0
    assert log.flush() is None
    assert read_log(tmp_path / "log.jsonl") == log.lines


def test_numbers_go_to_tensorboard_with_their_steps(tmp_path: Path) -> None:
    written: list[tuple[str, float, int]] = []

    class Writer:
        def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
            written.append((tag, scalar_value, global_step))

        def flush(self) -> None:
            pass

        def close(self) -> None:
            pass

    log = TrainingLog(tmp_path / "log.jsonl", 0, Writer())
    log.add(1, 70, 2.0, {"score": 5.0})
    assert ("score", 5.0, 70) in written
    assert {tag for tag, *_ in written} == {"score", "seconds"}


def test_evaluations_use_the_same_games_in_any_chunks() -> None:
    asked: list[int] = []

    def play(seed: int, first: int, games: int) -> np.ndarray:
        assert seed == EVALUATION_SEED
        asked.extend(range(first, first + games))
        return np.arange(first, first + games, dtype=np.int32) % 3

    found = evaluate(play, 1201, 2)
    assert found is not None
    assert asked == list(range(1201))
    assert found.mean == pytest.approx(np.mean(np.arange(1201) % 3))
    assert found.standard_error == pytest.approx(np.std(np.arange(1201) % 3, ddof=1) / np.sqrt(1201))
    assert found.line()["greedy_perfect_rate"] == pytest.approx(400 / 1201, abs=1e-4)
    assert evaluate(play, 10, 2, stop=lambda: True) is None


def test_the_learning_curve_is_drawn_with_and_without_evaluations(tmp_path: Path) -> None:
    path = tmp_path / "curve.png"
    plot_learning_curve(path, [], "empty")
    assert not path.exists()
    plot_learning_curve(path, [{"steps": 10, "score": 1.0}], "one point")
    assert path.read_bytes().startswith(b"\x89PNG")
    plot_learning_curve(
        path,
        [{"steps": 10, "score": 1.0}, {"steps": 20, "greedy_score": 2.0, "greedy_standard_error": 0.1}],
        "two",
        ("smart", 2.5),
    )
    assert path.read_bytes().startswith(b"\x89PNG")
