r"""Which decisions the policy learns from: those at which something happened that the value did not expect.

Of the decisions of an iteration, with advantages ``A`` in points, a share ``s`` and a floor ``f`` leave

.. math:: K = \{ i : |A_i| \ge q_s, |A_i| \ge f \},

``q_s`` being the ``ceil(s n)``-th largest of the ``n`` absolute values (*advantage filtering*: Ataraxos, Sokota et al.,
Nature 2026, with the top quarter and a floor of 0.01 for Stratego). At most decisions all good moves are worth the
same, an advantage is the noise of what followed, and the policy would be moved by it. Outside of ``K`` the loss has no
term of the policy – neither ratio nor entropy bonus nor divergences –, while the value learns from every decision, or
from a random share ``v`` of those outside of ``K``, each of which then counts ``1 / v`` times: the same loss in
expectation for less work. Terms keep their weight: sums are divided by the number of decisions that a minibatch stands
for, and advantages have mean 0 and variance 1 over *all* decisions, so that filtering changes which decisions count
and not how much one does.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from agents.blueprints.neural.network import REWARD_SCALE


def learned_from(advantages: npt.NDArray[np.float32], share: float, floor: float) -> npt.NDArray[np.bool_]:
    """Return which of the ``advantages`` [n], in tenths of points as self-play leaves them, are in ``K``.

    ``share`` in (0, 1], ``floor`` in points; equals of the last that is kept are kept.

    Examples
    --------
    >>> import numpy as np
    >>> from agents.training.filtering import learned_from
    >>> learned_from(np.array([0.3, -0.2, 0.1, 0.0], np.float32), 0.5, 0.0).tolist()
    [True, True, False, False]
    """
    sizes = np.abs(advantages)
    last = len(sizes) - max(1, math.ceil(share * len(sizes)))
    least = max(float(np.partition(sizes, last)[last]), REWARD_SCALE * floor)
    kept: npt.NDArray[np.bool_] = sizes >= least
    return kept
