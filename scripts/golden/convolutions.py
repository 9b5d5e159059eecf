"""Encoders of convolutions and dense layers by PyTorch: InfoNCE end to end, and the gradient penalty by double backward."""

from itertools import product

import numpy as np
import torch
from golden import inputs, write
from torch.nn.functional import conv2d, leaky_relu, linear, relu

torch.set_default_dtype(torch.float64)
SEED = 20185
TEMPERATURE = 0.5
COEFFICIENT, TARGET = 2.5, 1.0

# The images of each side (channels, height, width); convolutions as (channels, kernel, stride, padding); dense layers.
SHAPES = [
    {
        "imageX": (2, 7, 6),
        "imageY": (1, 5, 5),
        "convolutionsX": [(4, 3, 2, 1)],
        "convolutionsY": [(4, 2, 1, 0), (8, 3, 2, 1)],
        "widths": [4],
    },
    {
        "imageX": (1, 9, 8),
        "imageY": (3, 4, 6),
        "convolutionsX": [(4, 4, 2, 1), (4, 3, 1, 1)],
        "convolutionsY": [(8, 2, 2, 0)],
        "widths": [8, 3],
    },
]


def sort_groups(size):
    """Neighbouring channels in groups, the largest first."""

    def activation(z):
        groups = z.reshape(z.shape[0], -1, size, *z.shape[2:])
        return groups.sort(dim=2, descending=True).values.reshape(z.shape)

    return activation


ACTIVATIONS = {
    "relu": relu,
    "leaky-relu": lambda z: leaky_relu(z, 0.01),
    "maxmin": sort_groups(2),
    "groupsort": sort_groups(4),
}


def embed(parameters, side, shape, activation, rows):
    convolutions = shape[f"convolutions{side.upper()}"]
    z = rows.reshape(-1, *shape[f"image{side.upper()}"])
    for layer in range(len(convolutions) + len(shape["widths"])):
        weight, bias = (parameters[f"encoder.{side}.{layer}.{part}"] for part in ("weight", "bias"))
        z = z if layer == 0 else ACTIVATIONS[activation](z)
        if layer < len(convolutions):
            _, _, stride, padding = convolutions[layer]
            z = conv2d(z, weight, bias, stride, padding)
        else:
            z = linear(z.flatten(1), weight, bias)
    return z


def parameters_of(random, shape):
    parameters = {}
    for side in "xy":
        channels, *size = shape[f"image{side.upper()}"]
        convolutions = shape[f"convolutions{side.upper()}"]
        weights = []
        for out, kernel, stride, padding in convolutions:
            weights.append((out, channels, kernel, kernel))
            channels, size = out, [(pixels + 2 * padding - kernel) // stride + 1 for pixels in size]
        width = channels * size[0] * size[1]
        for out in shape["widths"]:
            weights.append((out, width))
            width = out
        for layer, weight in enumerate(weights):
            scale = np.prod(weight[1:]) ** -0.5
            parameters[f"encoder.{side}.{layer}.weight"] = inputs(random, *weight, scale=scale)
            parameters[f"encoder.{side}.{layer}.bias"] = inputs(random, weight[0], scale=0.25)
    return {name: torch.tensor(value, requires_grad=True) for name, value in parameters.items()}


def gradients_of(value, parameters):
    return dict(zip(parameters, torch.autograd.grad(value, list(parameters.values()))))


def penalty(g, h, x, y):
    """coefficient · mean (|∇f(x, y)| - target)², f = g(x) · h(y) / τ."""
    dx, dy = torch.autograd.grad((g * h).sum() / TEMPERATURE, (x, y), create_graph=True)
    norms = ((dx**2).sum(1) + (dy**2).sum(1)).sqrt()
    return COEFFICIENT * ((norms - TARGET) ** 2).mean()


def solve(random, activation, shape):
    parameters = parameters_of(random, shape)
    X, Y = (torch.tensor(inputs(random, 5, int(np.prod(shape[f"image{side}"])))) for side in "XY")

    def both(x, y):
        return embed(parameters, "x", shape, activation, x), embed(parameters, "y", shape, activation, y)

    g, h = both(X, Y)
    scores = g @ h.T / TEMPERATURE
    value = (scores.diag() - torch.logsumexp(scores, 1)).mean() + np.log(len(X))
    x, y = X[:1].clone().requires_grad_(), Y[:1].clone().requires_grad_()
    penalised = penalty(*both(x, y), x, y)
    case = {
        "activation": activation,
        "temperature": TEMPERATURE,
        "coefficient": COEFFICIENT,
        "target": TARGET,
        **shape,
        "parameters": parameters,
        "X": X,
        "Y": Y,
        "embeddingsX": g,
        "embeddingsY": h,
        "value": value,
        "gradients": gradients_of(value, parameters),
        "penalty": penalised,
        "penaltyGradients": gradients_of(penalised, parameters),
    }
    return plain(case)


def plain(value):
    """Lists and numbers; what is compared with float32 to seven digits."""
    if isinstance(value, torch.Tensor):
        return plain(value.detach().numpy().tolist())
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def main():
    random = np.random.default_rng(SEED)
    cases = [solve(random, activation, shape) for activation, shape in product(ACTIVATIONS, SHAPES)]
    write("convolutions", "torch", __file__, SEED, cases)


if __name__ == "__main__":
    main()
