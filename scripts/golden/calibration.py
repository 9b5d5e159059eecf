"""Platt's calibration of scores, by scikit-learn's LogisticRegression without a penalty.

Soft targets: each pair stands twice, relevant with its target as weight and not relevant with the rest. A slope below 0
is a slope of 0, which leaves the mean target.
"""

import numpy as np
from golden import write
from sklearn.linear_model import LogisticRegression

SEED = 1108
AT = [-0.5, 0.0, 0.25, 0.5, 0.75, 1.0]


def solve(scores, relevant):
    hits = int(relevant.sum())
    others = len(relevant) - hits
    targets = np.where(relevant == 1, (hits + 1) / (hits + 2), 1 / (others + 2))
    X = np.concatenate([scores, scores])[:, None]
    y = np.repeat([1, 0], len(scores))
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=10_000)
    model.fit(X, y, sample_weight=np.concatenate([targets, 1 - targets]))
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope <= 0:
        share = targets.mean()
        slope, intercept = 0.0, float(np.log(share / (1 - share)))
    probabilities = 1 / (1 + np.exp(-(slope * np.array(AT) + intercept)))
    return {
        "scores": scores,
        "relevant": relevant,
        "slope": slope,
        "intercept": intercept,
        "at": AT,
        "probabilities": probabilities,
    }


def drawn(random, pairs, slope, intercept):
    """Cosines on a grid of 1/1024, exact in float32, with relevance drawn from a logistic curve."""
    scores = np.round(np.clip(random.normal(0.5, 0.15, pairs), -1, 1) * 1024) / 1024
    chance = 1 / (1 + np.exp(-(slope * scores + intercept)))
    return solve(scores, (random.random(pairs) < chance).astype(int))


def main():
    random = np.random.default_rng(SEED)
    separable = np.concatenate([np.linspace(0.1, 0.4, 60), np.linspace(0.6, 0.9, 15)]).round(6)
    cases = [
        drawn(random, 400, 12, -8),
        drawn(random, 150, 30, -18),
        drawn(random, 300, 3, -1),
        drawn(random, 200, -6, 3),
        solve(separable, (separable > 0.5).astype(int)),
    ]
    write("calibration", "scikit-learn", __file__, SEED, cases)


if __name__ == "__main__":
    main()
