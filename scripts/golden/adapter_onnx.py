"""What onnxruntime makes of vectors by the ONNX models of adapters, which this library wrote."""

import base64
import json
import subprocess
from pathlib import Path

import numpy as np
import onnxruntime
from golden import inputs, write

SEED = 1907


def main():
    root = Path(__file__).resolve().parents[2]
    printed = subprocess.run(
        ["npx", "tsx", "scripts/golden/adapter-onnx.ts"], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    random = np.random.default_rng(SEED)
    cases = []
    for case in json.loads(printed):
        session = onnxruntime.InferenceSession(base64.b64decode(case["onnx"]))
        vectors = inputs(random, 6, session.get_inputs()[0].shape[1], scale=2.0)
        adapted = session.run(["adapted"], {"vectors": vectors.astype(np.float32)})[0]
        cases.append({**case, "vectors": vectors, "adapted": adapted.astype(np.float64)})
    write("adapter-onnx", "onnxruntime", __file__, SEED, cases)


if __name__ == "__main__":
    main()
