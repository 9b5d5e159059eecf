"""Optimal transport by POT in float64: exact costs by its network simplex, entropic ones by its log-domain Sinkhorn.

The entropic value is <P, C> + epsilon KL(P | a b^T); the divergence OT(a, b) - OT(a, a) / 2 - OT(b, b) / 2.
"""

import numpy as np
import ot
from golden import inputs, write

SEED = 20187
METRICS = {"euclidean": "euclidean", "manhattan": "cityblock", "squared-euclidean": "sqeuclidean"}


def uniform(points):
    return np.full(len(points), 1 / len(points))


def exact(metric, a, b, v=None, w=None):
    C = ot.dist(a, b, metric=METRICS[metric])
    v_, w_ = (uniform(a) if v is None else v / v.sum()), (uniform(b) if w is None else w / w.sum())
    value = ot.emd2(v_, w_, C, numItermax=10_000_000)
    return {"what": "exact", "metric": metric, "a": a, "b": b, "weightsA": v, "weightsB": w, "value": float(value)}


def dependency(metric, x, y):
    n = len(x)
    dx, dy = (ot.dist(rows, rows, metric="euclidean") for rows in (x, y))
    dx, dy = dx[:, :, None], dy[:, None, :]
    C = (dx + dy if metric == "sum" else np.sqrt(dx**2 + dy**2)).reshape(n, n * n)
    value = ot.emd2(uniform(x), np.full(n * n, 1 / n**2), C, numItermax=10_000_000)
    return {"what": "dependency", "metric": metric, "x": x, "y": y, "value": float(value)}


def smooth(cost, epsilon, a, b, v, w):
    C = ot.dist(a, b, metric=METRICS[cost])
    P = ot.sinkhorn(v, w, C, epsilon, method="sinkhorn_log", numItermax=100_000, stopThr=1e-11)
    moved = float((P * C).sum())
    return np.array([moved + epsilon * float((P * np.log(P / np.outer(v, w))).sum()), moved])


def entropic(cost, epsilon, a, b, v=None, w=None):
    v_, w_ = (uniform(a) if v is None else v / v.sum()), (uniform(b) if w is None else w / w.sum())
    both = smooth(cost, epsilon, a, b, v_, w_)
    debiased = both - smooth(cost, epsilon, a, a, v_, v_) / 2 - smooth(cost, epsilon, b, b, w_, w_) / 2
    return {
        "what": "entropic", "metric": cost, "epsilon": epsilon, "a": a, "b": b, "weightsA": v, "weightsB": w,
        "value": both[0], "cost": both[1], "divergence": debiased[0], "divergenceCost": debiased[1],
    }  # fmt: skip


def main():
    random = np.random.default_rng(SEED)
    weights = lambda count: (random.random(count) * 256).round() / 256 + 1 / 256  # noqa: E731
    cases = []
    for metric in ("euclidean", "manhattan"):
        for n, m, d in [(1, 1, 2), (1, 5, 3), (7, 7, 1), (13, 13, 2), (11, 17, 3), (31, 29, 5)]:
            a, b = inputs(random, n, d), inputs(random, m, d, scale=1.5)
            cases += [exact(metric, a, b), exact(metric, a, b, weights(n), weights(m))]
    a, b = inputs(random, 100, 2), inputs(random, 100, 2)
    cases.append(exact("euclidean", a, b))
    for metric in ("sum", "l2"):
        for n, d, e in [(2, 1, 1), (5, 2, 3), (12, 1, 2), (23, 4, 2), (40, 3, 3)]:
            x = inputs(random, n, d)
            y = x[:, :1] + inputs(random, n, e, scale=0.5)
            cases.append(dependency(metric, x, y))
    for cost in ("euclidean", "squared-euclidean"):
        for n, m, d, epsilon in [(5, 7, 1, 0.5), (13, 13, 2, 0.5), (19, 11, 3, 1.0)]:
            a, b = inputs(random, n, d), inputs(random, m, d)
            cases += [entropic(cost, epsilon, a, b), entropic(cost, epsilon, a, b, weights(n), weights(m))]
    write("transport", "POT", __file__, SEED, cases)


if __name__ == "__main__":
    main()
