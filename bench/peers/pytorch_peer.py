"""PyTorch as an engine of the bench, on one thread."""

import math

from objectives import cosine_schedule, objective
from protocol import ANSWER_STEPS, absent, float_bytes, floats, serve

try:
    import torch
    import torch.nn.functional as F
except ImportError as error:
    absent(error)


def tensor(data, *shape):
    return torch.frombuffer(float_bytes(data), dtype=torch.float32).reshape(shape)


def packed(value):
    return floats(value.detach().flatten().tolist())


def scores(problem, x, y, weights):
    critic, temperature = problem["critic"], problem["temperature"]
    if critic == "distance":
        return -torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist") / temperature
    if critic == "bilinear":
        x = x @ weights
    if critic == "cosine":
        x, y = F.normalize(x), F.normalize(y)
    return x @ y.T / temperature


def info_nce(s):
    return math.log(s.shape[1]) - F.cross_entropy(s, torch.arange(s.shape[0]))


class LossTrial:
    def __init__(self, problem):
        n, m, d = problem["n"], problem["m"], problem["d"]
        self.problem = problem
        self.x, self.y = tensor(problem["x"], n, d), tensor(problem["y"], m, d)
        self.weights = tensor(problem["weights"], d, d) if "weights" in problem else None
        named = {"dX": self.x, "dY": self.y, "dWeights": self.weights}
        wanted = ["dX"] if problem["gradients"] == "queries" else ["dX", "dY", "dWeights"]
        self.inputs = {name: named[name] for name in wanted if named[name] is not None}
        for value in self.inputs.values():
            value.requires_grad_()

    def run(self):
        for value in self.inputs.values():
            value.grad = None
        s = scores(self.problem, self.x, self.y, self.weights)
        value = objective(self.problem["objective"], s, info_nce)
        value.backward()
        return value

    def answer(self):
        value = self.run().reshape(1)
        return {"value": packed(value), **{name: packed(given.grad) for name, given in self.inputs.items()}}


class StepTrial:
    def __init__(self, problem):
        if problem["penalty"]:
            raise NotImplementedError
        widths, n = problem["widths"], problem["n"]
        self.x, self.y = (tensor(problem[name], n, widths[0]) for name in "xy")
        self.encoders = [encoder(widths, problem[name]) for name in ("xWeights", "yWeights")]
        parameters = [p for one in self.encoders for p in one.parameters()]
        self.optimiser = torch.optim.Adam(parameters, lr=problem["learningRate"])

    def run(self):
        self.optimiser.zero_grad(set_to_none=True)
        g, h = self.encoders[0](self.x), self.encoders[1](self.y)
        loss = -info_nce(g @ h.T)
        loss.backward()
        self.optimiser.step()
        return loss

    def answer(self):
        losses, gradient = self.first_steps()
        return {"losses": floats(losses), "gradient": gradient}

    def first_steps(self):
        losses = [self.run().item()]
        gradient = packed(self.first_layer().weight.grad)
        return losses + [self.run().item() for _ in range(ANSWER_STEPS - 1)], gradient


    def first_layer(self):
        return self.encoders[0][0]


def encoder(widths, weights):
    layers = []
    for inputs, outputs, data in zip(widths, widths[1:], weights):
        linear = torch.nn.Linear(inputs, outputs)
        with torch.no_grad():
            linear.weight.copy_(tensor(data, outputs, inputs))
            linear.bias.zero_()
        layers += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


class NetworkTrial(StepTrial):
    def __init__(self, problem):
        n, side = problem["n"], problem["side"]
        self.x, self.y = (tensor(problem[name], n, 1, side, side) for name in "xy")
        self.encoders = [network(problem, problem[name]) for name in ("xWeights", "yWeights")]
        parameters = [p for one in self.encoders for p in one.parameters()]
        self.optimiser = torch.optim.Adam(parameters, lr=problem["learningRate"])

    def answer(self):
        losses, gradient = self.first_steps()
        return {"loss": floats(losses[:1]), "later": floats(losses[1:]), "gradient": gradient}

    def first_layer(self):
        return next(layer for layer in self.encoders[0] if hasattr(layer, "weight"))


def network(problem, weights):
    layers, depth, pixels = [], 1, problem["side"]
    for one in problem["convolutions"]:
        channels, kernel, stride = one["channels"], one["kernel"], one["stride"]
        layers += [torch.nn.Conv2d(depth, channels, kernel, stride), torch.nn.ReLU()]
        depth, pixels = channels, (pixels - kernel) // stride + 1
    layers.append(torch.nn.Flatten())
    inputs = depth * pixels**2
    for units in problem["units"]:
        layers += [torch.nn.Linear(inputs, units), torch.nn.ReLU()]
        inputs = units
    with torch.no_grad():
        for layer, data in zip((layer for layer in layers if hasattr(layer, "weight")), weights):
            layer.weight.copy_(tensor(data, *layer.weight.shape))
            layer.bias.zero_()
    return torch.nn.Sequential(*layers[:-1])


class ProductTrial:
    def __init__(self, problem):
        self.a = tensor(problem["a"], problem["rows"], problem["depth"])
        self.b = tensor(problem["b"], problem["cols"], problem["depth"])

    def run(self):
        return self.a @ self.b.T

    def answer(self):
        return {"product": packed(self.run())}


class AdapterTrial:
    def __init__(self, problem):
        n, d = problem["n"], problem["d"]
        self.problem = problem
        self.x, self.y = (tensor(problem[name], n, d) for name in "xy")
        self.batches = [torch.arange(at, at + problem["batch"]) for at in range(0, n - problem["batch"] + 1, problem["batch"])]
        self.steps = problem["epochs"] * len(self.batches)

    def train(self, steps, on_gradient=lambda value, gradient: None):
        problem, d = self.problem, self.problem["d"]
        weights = torch.zeros(d, d, requires_grad=True)
        optimiser = torch.optim.Adam([weights], lr=problem["learningRate"])
        for at in range(steps):
            rows = self.batches[at % len(self.batches)]
            optimiser.param_groups[0]["lr"] = problem["learningRate"] * cosine_schedule(at, self.steps)
            optimiser.zero_grad(set_to_none=True)
            queries = self.x[rows]
            s = F.normalize(queries + queries @ weights.T) @ self.y.T * problem["scale"]
            loss = F.cross_entropy(s, rows) - math.log(s.shape[1])
            loss.backward()
            on_gradient(-loss.item(), weights.grad)
            optimiser.step()

    def run(self):
        self.train(self.steps)

    def answer(self):
        values, gradients = [], []
        self.train(ANSWER_STEPS, lambda value, gradient: (values.append(value), gradients.append(-gradient.clone())))
        return {"values": floats(values), "gradient": packed(gradients[0])}


torch.set_num_threads(1)
serve(
    torch.__version__,
    {
        "loss": LossTrial,
        "step": StepTrial,
        "network": NetworkTrial,
        "product": ProductTrial,
        "adapter": AdapterTrial,
    },
)
