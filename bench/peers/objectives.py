"""What peers share beside the protocol: objectives over a score matrix, for PyTorch and JAX, and a schedule."""

import math


def objective(name, s, info_nce):
    """The objective `name` of the n x m scores `s`; `info_nce` is the peer's own."""
    if name == "cpc":
        return info_nce(s)
    if name == "cpc-symmetric":
        return (info_nce(s) + info_nce(s.T)) / 2
    n, m = s.shape
    positive = s.diagonal().sum()
    return positive / n - (s.sum() - positive) / (n * (m - 1))


def cosine_schedule(step, steps):
    """The share of the learning rate at a step: up over the first tenth, then down by half a cosine."""
    warm_up = max(1, steps // 10)
    if step < warm_up:
        return (step + 1) / warm_up
    return (1 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up))) / 2
