"""Writes bench/data/adapters/<set>: int8 vectors, ids and qrels. See scripts/adapter-sets/run."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import py_code
import reverse_dictionary
from embed import Model

HERE = Path(__file__).resolve().parent
OUT = HERE.parents[1] / "bench" / "data" / "adapters"


def by_node(script, *arguments):
    return json.loads(subprocess.run(["node", HERE / script, *arguments], check=True, stdout=subprocess.PIPE).stdout)


SETS = {
    "ts-messages": lambda: by_node("ts-messages.mjs"),
    "web-api": lambda: by_node("web-api.mjs", "removed"),
    "web-api-named": lambda: by_node("web-api.mjs", "kept"),
    "py-code": py_code.texts,
    "reverse-dictionary": reverse_dictionary.texts,
}
# Sets whose documents are some of another's, and so are not written twice.
SHARED = {"web-api": "web-api-named"}
# Sets whose documents the old model embeds too, for a migration.
MIGRATED = {"web-api-named"}


def int8(vectors):
    """Each row scaled so that its largest number is 127: only directions are compared, so no scale is kept."""
    return np.round(vectors * (127 / np.abs(vectors).max(axis=1, keepdims=True))).astype(np.int8)


def recall_at_1(queries, documents, relevant):
    queries, documents = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (queries, documents))
    found = np.argmax(queries.astype(np.float64) @ documents.T.astype(np.float64), axis=1)
    return np.mean(found == relevant)


def write_lines(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines))


def build(name):
    began = time.process_time()
    texts = SETS[name]()
    model, folder = Model("minilm-l6"), OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    vectors = {}
    for side in ("queries", "documents"):
        ids, strings = zip(*texts[side])
        assert len(set(ids)) == len(ids), f"{name}: {side} share an id"
        write_lines(folder / f"{side}.ids.txt", ids)
        vectors[side] = model.embed(strings)
        if side == "queries" or name not in SHARED:
            np.save(folder / f"{side}.npy", int8(vectors[side]))
    if name in MIGRATED:
        np.save(folder / "documents.paraphrase-l3.npy", int8(Model("paraphrase-l3").embed(strings)))
    lines = [f"{query}\t{document}\t1" for query, document in texts["qrels"]]
    write_lines(folder / "qrels.tsv", ["query-id\tcorpus-id\tscore", *lines])

    queries, documents = vectors["queries"], vectors["documents"]
    rows = {one: row for row, (one, _) in enumerate(texts["documents"])}
    relevant = np.array([rows[document] for _, document in texts["qrels"]])
    exact = recall_at_1(queries, documents, relevant)
    rounded = recall_at_1(int8(queries), int8(documents), relevant)
    print(
        f"{name}: {len(queries)} queries, {len(documents)} documents, {model.about}: recall@1 {exact:.4f} float, "
        f"{rounded:.4f} int8; {time.process_time() - began:.0f} CPU s",
        flush=True,
    )


for name in sys.argv[1:] or SETS:
    build(name)
