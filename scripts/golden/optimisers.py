"""Trajectories of SGD with momentum, Adam and AdamW, by Optax in float64; gradients are of what is minimised."""

import jax
import numpy as np
import optax
from golden import inputs, write

jax.config.update("jax_enable_x64", True)
SEED = 20184
STEPS = 12

OPTIMISERS = [
    ("sgd", {"learningRate": 0.05, "momentum": 0.0}, lambda: optax.sgd(0.05)),
    ("sgd", {"learningRate": 0.05, "momentum": 0.9}, lambda: optax.sgd(0.05, momentum=0.9)),
    ("adam", {"learningRate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}, lambda: optax.adam(0.01)),
    (
        "adam",
        {"learningRate": 0.1, "beta1": 0.5, "beta2": 0.9, "epsilon": 0.1},
        lambda: optax.adam(0.1, b1=0.5, b2=0.9, eps=0.1),
    ),
    (
        "adamw",
        {"learningRate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.1},
        lambda: optax.adamw(0.01, weight_decay=0.1),
    ),
]


def solve(random, name, options, make):
    optimiser = make()
    start = inputs(random, 5)
    gradients = inputs(random, STEPS, 5)
    parameters, state, trajectory = start, optimiser.init(start), []
    for gradient in gradients:
        updates, state = optimiser.update(gradient, state, parameters)
        parameters = optax.apply_updates(parameters, updates)
        trajectory.append(np.asarray(parameters))
    return {"optimiser": name, **options, "start": start, "gradients": gradients, "trajectory": trajectory}


def main():
    random = np.random.default_rng(SEED)
    write("optimisers", "optax", __file__, SEED, [solve(random, *each) for each in OPTIMISERS])


if __name__ == "__main__":
    main()
