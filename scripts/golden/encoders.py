"""Multi-layer perceptrons: embeddings, and gradients of ⟨upstream, embeddings⟩ and of InfoNCE end to end, by JAX."""

import jax
import jax.numpy as jnp
import numpy as np
from golden import inputs, write

jax.config.update("jax_enable_x64", True)
SEED = 20182


def maxmin(z):
    pairs = z.reshape(*z.shape[:-1], -1, 2)
    return jnp.stack([pairs.max(-1), pairs.min(-1)], -1).reshape(z.shape)


ACTIVATIONS = {
    "relu": jax.nn.relu,
    "leaky-relu": lambda z: jax.nn.leaky_relu(z, 0.01),
    "maxmin": maxmin,
}


def forward(activation, layers, X):
    """Layers are (weights [out, in], bias [out] or None)."""
    for index, (weights, bias) in enumerate(layers):
        X = X if index == 0 else ACTIVATIONS[activation](X)
        X = X @ weights.T + (0 if bias is None else bias)
    return X


def layers_of(random, widths, has_bias):
    pairs = zip(widths[:-1], widths[1:])
    return [
        (inputs(random, out, width, scale=width**-0.5), inputs(random, out, scale=0.25) if has_bias else None)
        for width, out in pairs
    ]


def as_json(layers):
    return [{"weights": w} if b is None else {"weights": w, "bias": b} for w, b in layers]


def one_encoder(random, activation, widths, has_bias):
    layers = layers_of(random, widths, has_bias)
    X, upstream = inputs(random, 5, widths[0]), inputs(random, 5, widths[-1])

    def value(own, rows):
        return jnp.sum(upstream * forward(activation, own, rows))

    gradients, dX = jax.grad(value, argnums=(0, 1))(layers, X)
    return {
        "what": "encoder",
        "activation": activation,
        "layers": as_json(layers),
        "X": X,
        "upstream": upstream,
        "embeddings": np.asarray(forward(activation, layers, X)),
        "dX": np.asarray(dX),
        "gradients": as_json(jax.tree.map(np.asarray, gradients)),
    }


def end_to_end(random, activation):
    """The value of InfoNCE with the separable critic over two encoders, and its gradients."""
    layers_x, layers_y = layers_of(random, [5, 6, 4], True), layers_of(random, [3, 8, 4], True)
    X, Y = inputs(random, 6, 5), inputs(random, 6, 3)

    def value(own_x, own_y):
        S = forward(activation, own_x, X) @ forward(activation, own_y, Y).T / 0.5
        return jnp.mean(jnp.diag(S) - jax.scipy.special.logsumexp(S, axis=1)) + jnp.log(len(X))

    result, (gx, gy) = jax.value_and_grad(value, argnums=(0, 1))(layers_x, layers_y)
    return {
        "what": "end-to-end",
        "activation": activation,
        "temperature": 0.5,
        "layersX": as_json(layers_x),
        "layersY": as_json(layers_y),
        "X": X,
        "Y": Y,
        "value": float(result),
        "gradientsX": as_json(jax.tree.map(np.asarray, gx)),
        "gradientsY": as_json(jax.tree.map(np.asarray, gy)),
    }


def main():
    random = np.random.default_rng(SEED)
    cases = [
        one_encoder(random, activation, widths, has_bias)
        for activation in ACTIVATIONS
        for widths, has_bias in (([3, 2], False), ([5, 6, 3], True), ([4, 6, 4, 3], True))
    ]
    cases += [end_to_end(random, activation) for activation in ACTIVATIONS]
    write("encoders", "jax", __file__, SEED, cases)


if __name__ == "__main__":
    main()
