"""The gradient penalty, and its gradients with respect to every weight, by JAX's reverse mode over reverse mode."""

import jax
import jax.numpy as jnp
import numpy as np
from encoders import as_json, forward, layers_of
from golden import inputs, write

jax.config.update("jax_enable_x64", True)
SEED = 20183


CRITICS = {
    "separable": lambda g, h, _: g @ h,
    "bilinear": lambda g, h, weights: g @ weights @ h,
    "cosine": lambda g, h, _: g @ h / (jnp.linalg.norm(g) * jnp.linalg.norm(h)),
    "distance": lambda g, h, _: -jnp.linalg.norm(g - h),
    "squared-distance": lambda g, h, _: -jnp.sum((g - h) ** 2),
}


def penalty(parameters, points, activation, name, temperature, options):
    """coefficient · mean (|∇f| - target)², one-sided: only above the target; f = critic(g(x), h(y)) / τ."""

    def critic(x, y):
        g = forward(activation, parameters["layersX"], x[None])[0]
        h = forward(activation, parameters["layersY"], y[None])[0]
        return CRITICS[name](g, h, parameters.get("weights")) / temperature

    def norm(x, y):
        dx, dy = jax.grad(critic, argnums=(0, 1))(x, y)
        return jnp.sqrt(jnp.sum(dx * dx) + jnp.sum(dy * dy))

    excess = jax.vmap(norm)(*points) - options["target"]
    excess = jnp.maximum(excess, 0) if options["sides"] == "one" else excess
    return options["coefficient"] * jnp.mean(excess**2)


def solve(random, activation, critic, hidden, options):
    out_y = 3 if critic == "bilinear" else 4
    parameters = {
        "layersX": layers_of(random, [5, *hidden, 4], True),
        "layersY": layers_of(random, [3, *hidden, out_y], True),
    }
    if critic == "bilinear":
        parameters["weights"] = inputs(random, 4, out_y)
    points = inputs(random, 6, 5), inputs(random, 6, 3)
    value, gradients = jax.value_and_grad(penalty)(parameters, points, activation, critic, 0.5, options)
    gradients = jax.tree.map(np.asarray, gradients)
    case = {
        "activation": activation,
        "critic": critic,
        "temperature": 0.5,
        **options,
        "layersX": as_json(parameters["layersX"]),
        "layersY": as_json(parameters["layersY"]),
        "pointsX": points[0],
        "pointsY": points[1],
        "value": float(value),
        "gradientsX": as_json(gradients["layersX"]),
        "gradientsY": as_json(gradients["layersY"]),
    }
    if critic == "bilinear":
        case |= {"weights": parameters["weights"], "dWeights": gradients["weights"]}
    return case


def main():
    random = np.random.default_rng(SEED)
    two = {"coefficient": 10.0, "target": 1.0, "sides": "two"}
    one = {"coefficient": 0.5, "target": 2.0, "sides": "one"}
    cases = [
        solve(random, activation, critic, hidden, options)
        for activation in ("relu", "maxmin")
        for critic in CRITICS
        for hidden, options in (([6], two), ([6], one), ([6, 4], two), ([6, 4], one))
    ]
    write("gradient-penalty", "jax", __file__, SEED, cases)


if __name__ == "__main__":
    main()
