"""PyTorch as an engine of the bench, on one thread: the protocol of bench/process/messages.ts on stdin and stdout."""

import base64
import json
import math
import sys
import time
from array import array

try:
    import torch
    import torch.nn.functional as F
except ImportError as error:
    print(json.dumps({"absent": str(error)}), flush=True)
    sys.exit(0)

ANSWER_STEPS = 3


def tensor(data, *shape):
    return torch.frombuffer(bytearray(base64.b64decode(data["float32"])), dtype=torch.float32).reshape(shape)


def packed(value):
    data = array("f", value.detach().flatten().tolist())
    return {"float32": base64.b64encode(data.tobytes()).decode()}


def scores(problem, x, y, weights):
    if problem["critic"] == "bilinear":
        x = x @ weights
    if problem["critic"] == "cosine":
        x, y = F.normalize(x), F.normalize(y)
    return x @ y.T / problem["temperature"]


def info_nce(s):
    return math.log(s.shape[1]) - F.cross_entropy(s, torch.arange(s.shape[0]))


def objective(name, s):
    if name == "cpc":
        return info_nce(s)
    if name == "cpc-symmetric":
        return (info_nce(s) + info_nce(s.T)) / 2
    n, m = s.shape
    positive = s.diagonal().sum()
    return positive / n - (s.sum() - positive) / (n * (m - 1))


class LossTrial:
    def __init__(self, problem):
        n, m, d = problem["n"], problem["m"], problem["d"]
        self.problem = problem
        self.inputs = {"dX": tensor(problem["x"], n, d), "dY": tensor(problem["y"], m, d)}
        if "weights" in problem:
            self.inputs["dWeights"] = tensor(problem["weights"], d, d)
        for value in self.inputs.values():
            value.requires_grad_()

    def run(self):
        for value in self.inputs.values():
            value.grad = None
        value = objective(self.problem["objective"], scores(self.problem, *self.arguments()))
        value.backward()
        return value

    def arguments(self):
        return self.inputs["dX"], self.inputs["dY"], self.inputs.get("dWeights")

    def answer(self):
        value = self.run().reshape(1)
        return {"value": packed(value), **{name: packed(given.grad) for name, given in self.inputs.items()}}


class StepTrial:
    def __init__(self, problem):
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
        losses = [self.run().item()]
        gradient = packed(self.encoders[0][0].weight.grad)
        losses += [self.run().item() for _ in range(ANSWER_STEPS - 1)]
        return {"losses": packed(torch.tensor(losses)), "gradient": gradient}


def encoder(widths, weights):
    layers = []
    for inputs, outputs, data in zip(widths, widths[1:], weights):
        linear = torch.nn.Linear(inputs, outputs)
        with torch.no_grad():
            linear.weight.copy_(tensor(data, outputs, inputs))
            linear.bias.zero_()
        layers += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def timed(trial, times):
    ms = []
    for _ in range(times):
        start = time.perf_counter()
        trial.run()
        ms.append(1000 * (time.perf_counter() - start))
    return ms


def serve():
    trial = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["op"] == "prepare":
                kinds = {"loss": LossTrial, "step": StepTrial}
                kind = kinds.get(request["problem"]["kind"])
                trial = kind(request["problem"]) if kind else None
                reply = {"able": trial is not None}
            elif request["op"] == "answer":
                reply = {"answer": trial.answer()}
            elif request["op"] == "run":
                reply = {"ms": timed(trial, request["times"])}
            else:
                trial, reply = None, {}
        except Exception as error:  # whatever went wrong is the bench's to report, and the next problem may do
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


torch.set_num_threads(1)
print(json.dumps({"version": torch.__version__}), flush=True)
serve()
