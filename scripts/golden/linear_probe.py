"""A linear probe: multinomial logistic regression with L2, to convergence, by scikit-learn's L-BFGS.

The objective is mean cross-entropy + (l2 / 2) |weights|², the bias free; scikit-learn's C is 1 / (l2 n).
"""

import numpy as np
from golden import inputs, write
from sklearn.linear_model import LogisticRegression

SEED = 20186


def solve(X, labels, test, l2):
    model = LogisticRegression(C=1 / (l2 * len(X)), tol=1e-12, max_iter=100_000).fit(X, labels)
    log_probabilities = model.predict_log_proba(X)
    cross_entropy = -log_probabilities[np.arange(len(X)), labels].mean()
    return {
        "X": X,
        "labels": labels,
        "test": test,
        "l2": l2,
        "weights": model.coef_,
        "bias": model.intercept_ - model.intercept_.mean(),
        "crossEntropy": float(cross_entropy),
        "objective": float(cross_entropy + l2 / 2 * np.sum(model.coef_**2)),
        "trainAccuracy": float(model.score(X, labels)),
        "predictions": model.predict(test),
    }


def main():
    random = np.random.default_rng(SEED)
    centres = inputs(random, 4, 3, scale=1.5)
    labels = np.arange(60) % 4
    X = centres[labels] + inputs(random, 60, 3)
    test = centres[np.arange(20) % 4] + inputs(random, 20, 3)
    write("linear-probe", "scikit-learn", __file__, SEED, [solve(X, labels, test, l2) for l2 in (1e-4, 1e-2, 1e-1)])


if __name__ == "__main__":
    main()
