"""Writes golden files: right answers of another library, with where they come from."""

import json
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "test" / "golden"
DIGITS = 10


def write(name, library, script, seed, cases):
    """One golden file; float64 results are kept to ten digits, inputs are float32 numbers and written in full."""
    golden = {
        "library": library,
        "version": version(library),
        "script": f"scripts/golden/{Path(script).name}",
        "seed": seed,
        "cases": [shorten(case) for case in cases],
    }
    lines = [json.dumps(case, separators=(",", ":")) for case in golden.pop("cases")]
    head = json.dumps(golden)[:-1]
    text = head + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n"
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(text)
    print(f"{name}.json: {len(cases)} cases, {len(text)} bytes")


def shorten(value):
    """Plain lists and numbers of at most ten significant digits."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: shorten(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shorten(item) for item in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def inputs(random, *shape, scale=1.0):
    """Normal numbers on a grid of 1/256: short to write and exact in float32."""
    return (random.normal(size=shape) * scale * 256).round() / 256
