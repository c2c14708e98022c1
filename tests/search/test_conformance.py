"""The public checks of updates: what the project has passes them, and what is wrong does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from search import conformance
from search.conformance import NonConformance
from search.planner import MagneticMirrorDescent, MirrorDescent, PolicyIteration


@pytest.mark.parametrize(
    "update", [MirrorDescent(5.0), MagneticMirrorDescent(5.0, 0.1), PolicyIteration(), PolicyIteration(0.1)]
)
def test_updates_pass(update: Any) -> None:
    conformance.check(update)


@dataclass(frozen=True)
class Faulty:
    fault: str

    def __call__(self, log_policy: np.ndarray, q: np.ndarray) -> np.ndarray:
        policy, values = np.exp(log_policy), np.abs(q) if self.fault == "shifts" else q
        policy = policy + 0.01 if self.fault == "forbids" else policy
        weights = policy * np.exp(values)
        return np.log(weights if self.fault == "normalises" else weights / weights.sum())

    def handicap(self, log_policy: np.ndarray) -> np.ndarray:
        return np.zeros_like(log_policy) if self.fault == "handicap" else log_policy


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("normalises", "no log-policy"),
        ("forbids", "the policy forbids"),
        ("handicap", "by the handicap"),
        ("shifts", "by the handicap|constant added"),
    ],
)
def test_faults_are_found(fault: str, sentence: str) -> None:
    with np.errstate(divide="ignore"), pytest.raises(NonConformance, match=sentence):
        conformance.check(Faulty(fault))
