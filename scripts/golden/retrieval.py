"""Retrieval metrics with graded judgements and ties, by trec_eval (through pytrec_eval-terrier)."""

import numpy as np
import pytrec_eval
from golden import write

SEED = 1106
CUTOFFS = [1, 3, 5, 10, 100]
MEASURES = {"recall": "recall", "P": "precision", "ndcg_cut": "nDCG", "map_cut": "MAP"}


def scores(queries, documents, metric, quantize, truncate):
    Q, D = (np.float64(rows)[:, :truncate] for rows in (queries, documents))
    if metric == "cosine":
        Q, D = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (Q, D))
    if quantize == "int8":
        D = np.rint(D / (np.abs(D).max() / 127))
    if quantize == "binary":
        D = np.where(D > 0, 1.0, -1.0)
    return Q @ D.T


def evaluate(case):
    S = scores(*(case[name] for name in ("queries", "documents", "metric", "quantize", "truncate")))
    qrels = {}
    for query, document, grade in case["qrels"]:
        qrels.setdefault(query, {})[document] = grade
    run = {
        query: {document: float(S[i, j]) for j, document in enumerate(case["documentIds"])}
        for i, query in enumerate(case["queryIds"])
        if query in qrels
    }
    cuts = ",".join(str(k) for k in CUTOFFS)
    evaluator = pytrec_eval.RelevanceEvaluator(qrels, {f"{measure}.{cuts}" for measure in MEASURES} | {"recip_rank"})
    found = evaluator.evaluate(run)
    per_query = {query: renamed(found[query]) for query in run}
    metrics = {name: float(np.mean([own[name] for own in per_query.values()])) for name in next(iter(per_query.values()))}
    ranks = {query: round(1 / found[query]["recip_rank"]) for query in run}
    return {**case, "k": CUTOFFS, "perQuery": per_query, "firstRelevant": ranks, "metrics": metrics}


def renamed(found):
    """Our names; trec_eval has no cut-off for the reciprocal rank."""
    out = {}
    for k in CUTOFFS:
        for measure, name in MEASURES.items():
            out[f"{name}@{k}"] = found[f"{measure}_{k}"]
        out[f"MRR@{k}"] = found["recip_rank"] if 1 / found["recip_rank"] <= k + 0.5 else 0.0
    return out


def judgements(random, query_ids, document_ids):
    """One to six judgements a query, grades from -1 to 3, at least one above 0; some queries have none."""
    out = []
    for i, query in enumerate(query_ids):
        if i > 0 and random.random() < 0.1:
            continue
        chosen = random.choice(len(document_ids), size=min(len(document_ids), random.integers(1, 7)), replace=False)
        grades = random.integers(-1, 4, size=len(chosen))
        grades[0] = random.integers(1, 4)
        out += [[query, document_ids[j], int(grade)] for j, grade in zip(chosen, grades)]
    return out


def drawn(random, n, m, d, ties, **how):
    """Small whole numbers, whose inner products are exact and often equal, or normal ones."""
    shape = lambda rows: random.integers(-2, 3, size=(rows, d)) if ties else random.normal(size=(rows, d)).round(3)
    queries, documents = shape(n).astype(float), shape(m).astype(float)
    for rows in (queries, documents):
        rows[~rows.any(axis=1), 0] = 1
        rows[~rows[:, : how["truncate"]].any(axis=1), 0] = 1
    # Their order as text is not that of the rows; the last two stand in another order in UTF-8 than in UTF-16.
    prefixes = ["d", "D", "é", "", "\uff21", "\U0001f600"]
    document_ids = [prefixes[int(random.integers(len(prefixes)))] + str(j) for j in random.permutation(m)]
    query_ids = [f"q{i}" for i in range(n)]
    case = {
        "queries": queries,
        "documents": documents,
        "queryIds": query_ids,
        "documentIds": document_ids,
        "qrels": judgements(random, query_ids, document_ids),
        "ties": ties,
        **how,
    }
    if not ties:
        S = np.sort(scores(queries, documents, how["metric"], how["quantize"], how["truncate"]), axis=1)
        # float32 must rank them alike.
        assert m == 1 or np.diff(S, axis=1).min() > 1e-5 * np.abs(S).max(), "scores too close: choose another seed"
    return evaluate(case)


def main():
    random = np.random.default_rng(SEED)
    plain = {"metric": "inner-product", "quantize": "none", "truncate": None}
    cases = [
        drawn(random, 1, 1, 1, True, **plain),
        drawn(random, 3, 7, 5, True, **plain),
        drawn(random, 17, 130, 3, True, **plain),
        drawn(random, 5, 1100, 4, True, **plain),
        drawn(random, 13, 41, 6, True, **{**plain, "quantize": "binary"}),
        drawn(random, 13, 23, 8, False, metric="cosine", quantize="none", truncate=None),
        drawn(random, 11, 19, 9, False, metric="cosine", quantize="none", truncate=5),
        drawn(random, 7, 13, 12, False, metric="cosine", quantize="int8", truncate=None),
        drawn(random, 7, 13, 12, False, metric="cosine", quantize="int8", truncate=7),
    ]
    write("retrieval", "pytrec_eval-terrier", __file__, SEED, cases)


if __name__ == "__main__":
    main()
