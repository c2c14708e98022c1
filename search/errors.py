r"""Standard errors of means over samples that were made from the particles of a belief.

Sample ``i`` is a particle with the rest of the world drawn anew. There are three sources of chance: which particles
the belief holds, which of them the samples are made from, and the rest of the world. Let ``n_c`` of ``n`` samples be
made from particle ``c``, let ``r_c`` be the sum of their deviations from the mean, and ``s^2`` the pooled variance
within particles. Particle ``c`` has the weight ``w_c`` and was bound to be in the belief with probability ``pi_c``; it
was bound to be among the samples with probability ``kappa_c = pi_c min(1, n w_c)``. Then

.. math:: \widehat{Var} = \frac{1}{n^2} \sum_c \Big[ (1 - \kappa_c) \frac{r_c^2}{1 - \sum_c (1 - \kappa_c) (n_c / n)^2}
          + \kappa_c \, n_c \, s^2 \Big].

With one sample a particle and small ``kappa`` that is the variance of independent samples. With many samples a particle
it is clustered by particle: more of them do not help, because what the belief holds stays the same. And where every
hand that matters was bound to be found, ``kappa = 1``, only the chance within particles is left (Horvitz and Thompson,
"A generalization of sampling without replacement from a finite universe", JASA 1952, for inclusion in two stages).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_PRIOR = 2.0  # degrees of freedom that the variance between all samples has in that within particles


class Origins(NamedTuple):
    """What numbered samples were made of.

    particles : [samples] int64, the particle of each. weights : [particles], they sum to 1.
    inclusion : [particles], the probability with which each particle was bound to be in the belief.
    """

    particles: NDArray[np.int64]
    weights: FloatArray
    inclusion: FloatArray


class MeanError(NamedTuple):
    """Standard errors of the means of columns, and how many independent samples would have as small ones."""

    standard_errors: FloatArray
    effective: float


def origins_of(values: Any) -> Origins | None:
    """Return where the samples of ``ActionValues`` come from (their ``origins``); ``None``: they are independent."""
    found: Origins | None = getattr(values, "origins", None)
    return found


def mean_error(samples: FloatArray, origins: Origins | None = None, variance: float = 0.0) -> MeanError:
    """Return the standard errors of the column means of ``samples`` [n, k], of samples ``0 .. n - 1``.

    variance : is added to every sum of squared deviations. One sample says nothing of its error (NaN), and nor do many
    of one particle that might not have been found (infinite).
    """
    count = len(samples)
    if origins is None:
        with np.errstate(invalid="ignore", divide="ignore"):
            squares = ((samples - samples.mean(axis=0)) ** 2).sum(axis=0)
            return MeanError(np.sqrt((squares + variance) / np.float64(count - 1) / count), float(count))
    found, cluster, sizes = np.unique(origins.particles[:count], return_inverse=True, return_counts=True)
    shares = sizes / count
    certain = origins.inclusion[found] * np.minimum(1.0, count * origins.weights[found])
    effective = 1.0 / float(((1.0 - certain) * shares**2 + certain * shares / count).sum())
    sums, squares = _deviations(samples, cluster, len(found))
    total = squares.sum(axis=0) / max(count - 1, 1)
    inside = squares.sum(axis=0) - (sums**2 / sizes[:, None]).sum(axis=0)
    pooled = (np.maximum(inside, 0.0) + _PRIOR * total) / (count - len(found) + _PRIOR)
    alone = 1.0 - float(((1.0 - certain) * shares**2).sum())
    between = ((1.0 - certain)[:, None] * sums**2).sum(axis=0) / alone if len(found) > 1 else _unknown(certain)
    found_variance = (between + (certain * sizes).sum() * pooled) / count**2
    with np.errstate(invalid="ignore", divide="ignore"):
        doubt = variance / effective / np.float64(effective - 1.0) if effective > 1.0 else np.inf
    errors = np.sqrt(found_variance + (doubt if variance else 0.0))
    return MeanError(errors if count > 1 else np.full_like(errors, np.nan), effective)


def _deviations(samples: FloatArray, cluster: NDArray[np.int64], clusters: int) -> tuple[FloatArray, FloatArray]:
    """Return the sum of the deviations from the mean of each cluster, and that of their squares: [clusters, k]."""
    order = np.argsort(cluster, kind="stable")
    deviations = (samples - samples.mean(axis=0))[order]
    starts = np.searchsorted(cluster[order], np.arange(clusters))
    return np.add.reduceat(deviations, starts), np.add.reduceat(deviations**2, starts)


def _unknown(certain: FloatArray) -> float:
    """Return what is known of the differences between particles where all samples are made from the same one."""
    return 0.0 if certain.min() >= 1.0 else np.inf
