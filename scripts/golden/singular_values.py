"""Singular values, orthonormal polar factors and projections onto the spectral ball, by NumPy's SVD in float64."""

import numpy as np
from golden import inputs, write

SEED = 20185


def solve(W, c):
    U, sigma, Vt = np.linalg.svd(W, full_matrices=False)
    return {
        "W": W,
        "sigma": sigma,
        "polar": U @ Vt,
        "c": c,
        "ballProjection": (U * np.minimum(sigma, c)) @ Vt,
        "scaled": W * min(1, c / sigma[0]),
    }


def main():
    random = np.random.default_rng(SEED)
    shapes = [(1, 1), (1, 5), (5, 1), (3, 3), (4, 7), (8, 8), (9, 5), (13, 11), (16, 17)]
    matrices = [inputs(random, *shape) for shape in shapes]
    # One that a power iteration finds hard: the largest two singular values lie close together.
    left, right = (np.linalg.qr(inputs(random, 9, 9))[0] for _ in range(2))
    close = np.float64(np.float32((left * np.array([1, 0.999, 0.99, 0.9, 0.5, 0.3, 0.2, 0.1, 0.05])) @ right.T))
    write("singular-values", "numpy", __file__, SEED, [solve(W, 1.5) for W in matrices] + [solve(close, 0.5)])


if __name__ == "__main__":
    main()
