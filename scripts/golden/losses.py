"""Critics x objectives: values, and gradients by JAX's reverse mode, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
from golden import inputs, write

jax.config.update("jax_enable_x64", True)
SEED = 20181
# As in test/reference/objectives: small, so that every term counts and some scores are clipped.
CLIP, ALPHA, BETA, GAMMA = 0.75, 0.75, 0.125, 0.5


def safe_norm(a):
    return jnp.sqrt(jnp.sum(a * a, axis=-1))


CRITICS = {
    "separable": lambda G, H, W: G @ H.T,
    "bilinear": lambda G, H, W: G @ W @ H.T,
    "cosine": lambda G, H, W: (G / safe_norm(G)[:, None]) @ (H / safe_norm(H)[:, None]).T,
    "distance": lambda G, H, W: -safe_norm(G[:, None, :] - H[None, :, :]),
    "squared-distance": lambda G, H, W: -jnp.sum((G[:, None, :] - H[None, :, :]) ** 2, axis=-1),
    "joint": lambda G, H, W: perceptron(G, H, W),
}

# Units of the joint critic's hidden layers.
HIDDEN = (4, 3)


def perceptron(G, H, layers):
    """Rectified layers on [g; h], one output; layers are (weights, bias)."""
    n, m = len(G), len(H)
    z = jnp.concatenate(
        [jnp.broadcast_to(G[:, None, :], (n, m, G.shape[1])), jnp.broadcast_to(H[None, :, :], (n, m, H.shape[1]))],
        axis=-1,
    )
    for at, (weights, bias) in enumerate(layers):
        z = z @ weights.T + bias
        z = jax.nn.relu(z) if at + 1 < len(layers) else z
    return z[:, :, 0]


def joint(S, w):
    """The positives' weighted mean: w is n x m with rows that sum to 1."""
    return jnp.sum(w * S) / jnp.sum(w.sum(1) > 0)


def cpc(S, w, kept, off):
    rows = w.sum(1) > 0
    partition = jax.scipy.special.logsumexp(jnp.where(kept, S, -jnp.inf), axis=1)
    each = (w * S).sum(1) - partition + jnp.log(kept.sum(1))
    return jnp.sum(jnp.where(rows, each, 0)) / rows.sum()


def cpc_symmetric(S, w, kept, off):
    column = w.sum(0)
    by_column = (w / np.where(column > 0, column, 1)).T
    return (cpc(S, w, kept, off) + cpc(S.T, by_column, kept.T, off.T)) / 2


def off_mean(values, off):
    return jnp.sum(jnp.where(off, values, 0)) / off.sum()


def jensen_shannon(S, w, kept, off):
    return joint(-jax.nn.softplus(-S), w) - off_mean(jax.nn.softplus(S), off)


def flo(S, w, kept, off):
    """Guo et al. 2022, eq. 9, at the best u: 1 - u - exp(-u) mean_j exp(S_ij - S_ip), u = ln of that mean."""
    rows = (off.sum(1) > 0) & (w.sum(1) > 0)
    ratio = jnp.sum(jnp.where(off[:, None, :], jnp.exp(S[:, None, :] - S[:, :, None]), 0), 2) / np.maximum(
        off.sum(1), 1
    )[:, None]
    u = jnp.log(jnp.where(rows[:, None], ratio, 1))
    each = jnp.sum(w * (1 - u - jnp.exp(-u) * ratio), 1)
    return jnp.sum(jnp.where(rows, each, 0)) / rows.sum()


OBJECTIVES = {
    "cpc": cpc,
    "cpc-symmetric": cpc_symmetric,
    "wdm": lambda S, w, kept, off: joint(S, w) - off_mean(S, off),
    "wdm-all": lambda S, w, kept, off: joint(S, w) - jnp.mean(jnp.sum(jnp.where(kept, S, 0), 1) / kept.sum(1)),
    "nwj": lambda S, w, kept, off: joint(S, w) - off_mean(jnp.exp(S - 1), off),
    "dv": lambda S, w, kept, off: joint(S, w) - jnp.log(off_mean(jnp.exp(S), off)),
    "jsd": jensen_shannon,
    "smile": jensen_shannon,
    "rpc": lambda S, w, kept, off: (
        joint(S - BETA / 2 * S**2, w) - off_mean(ALPHA * S + GAMMA / 2 * S**2, off)
    ),
    "flo": flo,
}

# What is reported by the objectives that climb something else.
ESTIMATES = {
    "jsd": lambda S, w, kept, off: 1 + joint(S, w) - off_mean(jnp.exp(S), off),
    "smile": lambda S, w, kept, off: joint(S, w) - jnp.log(off_mean(jnp.exp(jnp.clip(S, -CLIP, CLIP)), off)),
    "rpc": lambda S, w, kept, off: joint(
        jnp.log(jnp.maximum(GAMMA * S + ALPHA, 1e-4) / jnp.maximum(1 - BETA * S, 1e-4)), w
    ),
}


def square(random):
    return {"G": inputs(random, 4, 3), "H": inputs(random, 4, 3), "positives": None, "ids": None}


def general(random):
    """Five queries, seven candidates: graded and equal positives, shared ids, a candidate that nobody wants."""
    positives = [
        [[0, 1.0]],
        [[1, 0.5], [4, 0.5]],
        [[2, 0.25], [3, 0.75]],
        [[3, 1.0]],
        [[0, 0.125], [5, 0.375], [1, 0.5]],
    ]
    return {
        "G": inputs(random, 5, 3),
        "H": inputs(random, 7, 3),
        "positives": positives,
        "ids": [10, 11, 12, 13, 10, 11, 14],
    }


def masks(problem):
    n, m = len(problem["G"]), len(problem["H"])
    positives = problem["positives"] or [[[i, 1.0]] for i in range(n)]
    w, kept, off = np.zeros((n, m)), np.ones((n, m), bool), np.ones((n, m), bool)
    for i, own in enumerate(positives):
        for candidate, weight in own:
            w[i, candidate] = weight
        right = [candidate for candidate, _ in own]
        for j in range(m):
            shares = problem["ids"] and problem["ids"][j] in [problem["ids"][p] for p in right]
            kept[i, j] = j in right or not shares
            off[i, j] = kept[i, j] and j not in right
    return w, kept, off


def solve(problem, critic, objective, temperature, W):
    """The case with its right answers."""
    w, kept, off = masks(problem)

    def value(G, H, weights, tau):
        return OBJECTIVES[objective](CRITICS[critic](G, H, weights) / tau, w, kept, off)

    result, gradients = jax.value_and_grad(value, argnums=(0, 1, 2, 3))(problem["G"], problem["H"], W, temperature)
    dG, dH, dW, dTau = gradients
    answers = {"value": float(result)}
    if objective in ESTIMATES:
        S = CRITICS[critic](problem["G"], problem["H"], W) / temperature
        answers = {"value": float(ESTIMATES[objective](S, w, kept, off)), "surrogate": float(result)}
    answers |= {"dG": np.asarray(dG), "dH": np.asarray(dH), "dTemperature": float(dTau)}
    if critic == "bilinear":
        answers |= {"weights": W, "dWeights": dW}
    if critic == "joint":
        answers |= {"layers": as_layers(W), "dLayers": as_layers(dW)}
    return {"objective": objective, "critic": critic, "temperature": temperature, **problem, **answers}


def as_layers(layers):
    return [{"weights": np.asarray(weights), "bias": np.asarray(bias)} for weights, bias in layers]


def parameters(random, critic):
    """The bilinear critic's W, or the joint critic's layers."""
    if critic != "joint":
        return inputs(random, 3, 2)
    widths = (5, *HIDDEN, 1)
    return [(inputs(random, rows, cols), inputs(random, rows, scale=0.3)) for cols, rows in zip(widths, widths[1:])]


def main():
    random = np.random.default_rng(SEED)
    cases = []
    for critic in CRITICS:
        for objective in OBJECTIVES:
            for problem in (square(random), general(random)):
                if critic in ("bilinear", "joint"):
                    problem["H"] = inputs(random, len(problem["H"]), 2)
                cases.append(solve(problem, critic, objective, 0.5, parameters(random, critic)))
    write("losses", "jax", __file__, SEED, cases)


if __name__ == "__main__":
    main()
