"""JAX (the Python one) as an engine of the bench: everything jitted, Adam by optax, on one thread."""

import os
from functools import partial

from objectives import objective
from protocol import ANSWER_STEPS, absent, float_bytes, floats, serve

# XLA makes as many threads as it finds processors, whatever its flags say; these are for systems without affinity.
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

try:
    import jax
    import jax.numpy as jnp
    import numpy as np
    import optax
except ImportError as error:
    absent(error)


def matrix(data, *shape):
    return jnp.asarray(np.frombuffer(float_bytes(data), dtype=np.float32).reshape(shape))


def packed(value):
    return floats(np.asarray(value).ravel())


def scores(problem, given):
    critic, x, y = problem["critic"], given["dX"], given["dY"]
    if critic == "distance":
        s = -jnp.sqrt(jnp.sum(jnp.square(x[:, None, :] - y[None, :, :]), axis=-1))
    else:
        if critic == "bilinear":
            x = x @ given["dWeights"]
        if critic == "cosine":
            x, y = (v / jnp.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
        s = x @ y.T
    return s / problem["temperature"]


def info_nce(s):
    n, m = s.shape
    return jnp.log(m) - optax.softmax_cross_entropy_with_integer_labels(s, jnp.arange(n)).mean()


class LossTrial:
    def __init__(self, problem):
        n, m, d = problem["n"], problem["m"], problem["d"]
        given = {"dX": matrix(problem["x"], n, d), "dY": matrix(problem["y"], m, d)}
        if "weights" in problem:
            given["dWeights"] = matrix(problem["weights"], d, d)
        fixed = {"dY": given.pop("dY")} if problem["gradients"] == "queries" else {}
        self.given, self.fixed = given, fixed
        shape = {key: problem[key] for key in ("critic", "temperature")}

        def loss(given, fixed):
            return objective(problem["objective"], scores(shape, {**given, **fixed}), info_nce)

        self.evaluate = jax.jit(jax.value_and_grad(loss))

    def run(self):
        return jax.block_until_ready(self.evaluate(self.given, self.fixed))

    def answer(self):
        value, gradients = self.run()
        return {"value": packed(value), **{name: packed(gradient) for name, gradient in gradients.items()}}


def encode(layers, x):
    for weights, bias in layers[:-1]:
        x = jax.nn.relu(x @ weights + bias)
    weights, bias = layers[-1]
    return x @ weights + bias


def layers(widths, weights):
    """Weights [in, out], as JAX's libraries keep them, from a problem's [out, in]."""
    shapes = zip(widths[1:], widths, weights)
    return [(matrix(data, outputs, inputs).T, jnp.zeros(outputs)) for outputs, inputs, data in shapes]


def step_loss(parameters, x, y):
    return -info_nce(encode(parameters["x"], x) @ encode(parameters["y"], y).T)


def points_between(key, x, y, points):
    """Between a pair of the batch and a pair of two of its rows, one weight for x and y."""
    of_rows, of_x, of_y, of_weights = jax.random.split(key, 4)
    n = x.shape[0]
    joint = jax.random.permutation(of_rows, n)[jnp.arange(points) % n]
    a = jax.random.randint(of_x, (points,), 0, n)
    b = (a + jax.random.randint(of_y, (points,), 1, n)) % n
    e = jax.random.uniform(of_weights, (points, 1))
    return e * x[joint] + (1 - e) * x[a], e * y[joint] + (1 - e) * y[b]


def penalty(parameters, x, y, coefficient):
    """The one-sided penalty at the points (x, y)."""

    def score(x, y):
        return encode(parameters["x"], x) @ encode(parameters["y"], y)

    by_x, by_y = jax.vmap(jax.grad(score, argnums=(0, 1)))(x, y)
    norms = jnp.sqrt(jnp.sum(by_x**2, axis=1) + jnp.sum(by_y**2, axis=1))
    return coefficient * jnp.mean(jnp.maximum(norms - 1, 0) ** 2)


class StepTrial:
    def __init__(self, problem):
        widths, n = problem["widths"], problem["n"]
        self.term = problem["penalty"]
        self.x, self.y = (matrix(problem[name], n, widths[0]) for name in "xy")
        parameters = {side: layers(widths, problem[f"{side}Weights"]) for side in "xy"}
        optimiser = optax.adam(problem["learningRate"])
        self.state = (parameters, optimiser.init(parameters), jax.random.key(0))
        self.step = jax.jit(partial(take_step, optimiser, self.term), donate_argnums=0)

    def run(self):
        cost, self.state = jax.block_until_ready(self.step(self.state, self.x, self.y))
        return cost

    def answer(self):
        return self.penalty_answer() if self.term else self.plain_answer()

    def plain_answer(self):
        gradients = jax.jit(jax.grad(step_loss))(self.state[0], self.x, self.y)
        losses = [self.run().item() for _ in range(ANSWER_STEPS)]
        return {"losses": floats(losses), "gradient": packed(gradients["x"][0][0].T)}

    def penalty_answer(self):
        """The penalty on a batch of one pair only, whose points are all that pair: `alikeBatch` of bench/problem.ts."""
        parameters, (x, y) = self.state[0], (self.x[:1], self.y[:1])
        value, gradients = jax.jit(jax.value_and_grad(penalty))(parameters, x, y, self.term["coefficient"])
        loss = jax.jit(step_loss)(parameters, self.x, self.y)
        norm = jax.jit(optax.global_norm)(gradients)
        results = {"loss": packed(loss), "penalty": packed(value), "gradientNorm": packed(norm)}
        self.run()  # compiles what is timed
        return results


def take_step(optimiser, term, state, x, y):
    parameters, moments, key = state
    key, drawn = jax.random.split(key)

    def cost(parameters):
        loss = step_loss(parameters, x, y)
        if term is None:
            return loss
        between = points_between(drawn, x, y, term["points"])
        return loss + penalty(parameters, *between, term["coefficient"])

    value, gradients = jax.value_and_grad(cost)(parameters)
    updates, moments = optimiser.update(gradients, moments, parameters)
    return value, (optax.apply_updates(parameters, updates), moments, key)


class ProductTrial:
    def __init__(self, problem):
        self.a = matrix(problem["a"], problem["rows"], problem["depth"])
        self.b = matrix(problem["b"], problem["cols"], problem["depth"])
        self.product = jax.jit(lambda a, b: a @ b.T)

    def run(self):
        return jax.block_until_ready(self.product(self.a, self.b))

    def answer(self):
        return {"product": packed(self.run())}


serve(jax.__version__, {"loss": LossTrial, "step": StepTrial, "product": ProductTrial})
