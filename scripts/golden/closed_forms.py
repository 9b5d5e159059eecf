"""Orthogonal Procrustes and ridge regression by SciPy in float64: rows of X onto rows of Y, M of x -> M x."""

import numpy as np
from golden import inputs, write
from scipy.linalg import orthogonal_procrustes, solve

SEED = 1966


def case(x, y, strength):
    rotation, _ = orthogonal_procrustes(x, y)
    ridge = solve(x.T @ x + strength * np.eye(x.shape[1]), x.T @ y, assume_a="pos")
    return {"X": x, "Y": y, "strength": strength, "procrustes": rotation.T, "ridge": ridge.T}


def main():
    random = np.random.default_rng(SEED)
    cases = []
    for n, d, strength in [(5, 1, 1.0), (9, 2, 0.1), (20, 5, 1.0), (31, 7, 10.0), (64, 13, 1.0)]:
        x = inputs(random, n, d)
        cases.append(case(x, inputs(random, n, d, scale=0.5) + x[:, ::-1], strength))
    write("closed-forms", "scipy", __file__, SEED, cases)


if __name__ == "__main__":
    main()
