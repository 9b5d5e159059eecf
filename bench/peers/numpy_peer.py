"""NumPy as an engine of the bench, for adapters only: gradients by hand, on one thread."""

import os

from objectives import cosine_schedule
from protocol import ANSWER_STEPS, absent, float_bytes, floats, serve

for name in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{name}_NUM_THREADS"] = "1"

try:
    import numpy as np
except ImportError as error:
    absent(error)


class Adam:
    def __init__(self, size):
        self.first, self.second = np.zeros((2, size, size), np.float32)
        self.steps = 0

    def ascend(self, weights, gradient, rate):
        self.steps += 1
        self.first += 0.1 * (gradient - self.first)
        self.second += 0.001 * (gradient * gradient - self.second)
        scale = np.sqrt(self.second / (1 - 0.999**self.steps)) + 1e-8
        weights += rate / (1 - 0.9**self.steps) * self.first / scale


class AdapterTrial:
    def __init__(self, problem):
        n, d, batch = problem["n"], problem["d"], problem["batch"]
        self.problem = problem
        self.x, self.y = (np.frombuffer(float_bytes(problem[name]), np.float32).reshape(n, d) for name in "xy")
        self.batches = [slice(at, at + batch) for at in range(0, n - batch + 1, batch)]
        self.steps = problem["epochs"] * len(self.batches)

    def train(self, steps, on_gradient=lambda value, gradient: None):
        d, rate = self.problem["d"], self.problem["learningRate"]
        weights, optimiser = np.zeros((d, d), np.float32), Adam(d)
        for at in range(steps):
            value, gradient = self.gradient(weights, self.batches[at % len(self.batches)])
            on_gradient(value, gradient)
            optimiser.ascend(weights, gradient, rate * cosine_schedule(at, self.steps))

    def gradient(self, weights, rows):
        """Of InfoNCE, which is returned too."""
        x, (n, scale) = self.x[rows], (self.problem["n"], self.problem["scale"])
        mapped = x + x @ weights.T
        lengths = np.linalg.norm(mapped, axis=1, keepdims=True)
        queries = mapped / lengths
        s = queries @ self.y.T
        s *= scale
        own = np.arange(len(x)), np.arange(rows.start, rows.stop)
        largest = s.max(axis=1, keepdims=True)
        positive = s[own] - largest[:, 0]
        s -= largest
        np.exp(s, out=s)
        sums = s.sum(axis=1, keepdims=True)
        s /= -sums
        s[own] += 1
        slope = (s @ self.y) * (scale / len(x))
        slope -= queries * (slope * queries).sum(axis=1, keepdims=True)
        slope /= lengths
        return np.log(n) + np.mean(positive - np.log(sums[:, 0])), slope.T @ x

    def run(self):
        self.train(self.steps)

    def answer(self):
        values, gradients = [], []
        self.train(ANSWER_STEPS, lambda value, gradient: (values.append(value), gradients.append(gradient)))
        return {"values": floats(values), "gradient": floats(gradients[0].ravel())}


serve(np.__version__, {"adapter": AdapterTrial})
