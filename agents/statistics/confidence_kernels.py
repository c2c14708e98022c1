"""The betting confidence sequence of many runs at once, compiled: the loops of ``confidence_sequences``."""

from __future__ import annotations

import numpy as np

from games._base.jit import kernel


@kernel
def betting_limits(observations, bets, means, truncation, threshold, lower, upper):
    """Fill the limits [runs, looks] of observations in [0, 1] from the bets [runs, looks] on a grid of means [cells].

    A mean is rejected for good once the two capitals together reach ``threshold``; only those between the first and the
    last that are left are looked at. The limits are one cell outside of these.
    """
    cells = len(means)
    up, down, alive = np.empty(cells), np.empty(cells), np.empty(cells, np.bool_)
    for run in range(len(observations)):
        for cell in range(cells):
            up[cell], down[cell], alive[cell] = 1.0, 1.0, True
        first, last = 0, cells - 1
        for look in range(observations.shape[1]):
            x, bet = observations[run, look], bets[run, look]
            for cell in range(first, last + 1):
                mean = means[cell]
                up_bet = min(bet, truncation / mean) if mean > 0.0 else bet
                down_bet = min(bet, truncation / (1.0 - mean)) if mean < 1.0 else bet
                up[cell] *= 1.0 + up_bet * (x - mean)
                down[cell] *= 1.0 - down_bet * (x - mean)
                if up[cell] + down[cell] >= threshold:
                    alive[cell] = False
            begin, end = first, last
            while begin <= last and not alive[begin]:
                begin += 1
            while end >= begin and not alive[end]:
                end -= 1
            if begin <= end:
                first, last = begin, end
            lower[run, look] = means[max(first - 1, 0)]
            upper[run, look] = means[min(last + 1, cells - 1)]
