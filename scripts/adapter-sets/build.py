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


def int8(vectors):
    """Each row scaled so that its largest number is 127: only directions are compared, so no scale is kept."""
    return np.round(vectors * (127 / np.abs(vectors).max(axis=1, keepdims=True))).astype(np.int8)


def recall_at_1(queries, documents, relevant):
    queries, documents = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (queries, documents))
    found = np.argmax(queries.astype(np.float64) @ documents.T.astype(np.float64), axis=1)
    return np.mean([document in relevant[row] for row, document in enumerate(found)])


def write_lines(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines))


def build(name):
    began = time.process_time()
    texts = SETS[name]()
    ids = {side: [one for one, _ in texts[side]] for side in ("queries", "documents")}
    model = Model("minilm-l6")
    vectors = {side: model.embed([text for _, text in texts[side]]) for side in ids}
    if name == "web-api-named":
        old = Model("paraphrase-l3")
        vectors["documents-paraphrase-l3"] = old.embed([text for _, text in texts["documents"]])
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    for side, floats in vectors.items():
        np.save(folder / f"{side}.npy", int8(floats))
    for side in ids:
        assert len(set(ids[side])) == len(ids[side]), f"{name}: {side} share an id"
        write_lines(folder / f"{side}.ids.txt", ids[side])
    write_lines(folder / "qrels.tsv", ["query-id\tcorpus-id\tscore", *(f"{q}\t{d}\t1" for q, d in texts["qrels"])])

    rows = {side: {one: row for row, one in enumerate(ids[side])} for side in ids}
    relevant = [set() for _ in ids["queries"]]
    for query, document in texts["qrels"]:
        relevant[rows["queries"][query]].add(rows["documents"][document])
    queries = vectors.pop("queries")
    for side, documents in vectors.items():
        exact = recall_at_1(queries, documents, relevant)
        rounded = recall_at_1(int8(queries), int8(documents), relevant)
        print(
            f"{name}: {len(queries)} queries, {len(documents)} {side}, {model.about}: recall@1 {exact:.4f} float, "
            f"{rounded:.4f} int8; {time.process_time() - began:.0f} CPU s",
            flush=True,
        )


for name in sys.argv[1:] or SETS:
    build(name)
