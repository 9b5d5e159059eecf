/** The best `depth` documents of several queries, kept while documents pass by. */
export interface TopLists {
  /**
   * Documents from row `start` on, with their scores; `ties` gives every document's place among equal scores. Each
   * document is offered once.
   */
  offer(query: number, scores: Float32Array, ties: Int32Array, start: number): void;
  /** Writes queries x depth rows of documents and their scores, the best first. */
  write(documents: Int32Array, scores: Float32Array): void;
}

/** Empty lists. Each is a binary heap with its last document on top. */
export function topLists(queries: number, depth: number): TopLists {
  const rows = new Int32Array(queries * depth);
  const scores = new Float32Array(queries * depth);
  const places = new Int32Array(queries * depth);
  const sizes = new Int32Array(queries);

  const isAfter = (a: number, b: number): boolean =>
    scores[a] < scores[b] || (scores[a] === scores[b] && places[a] > places[b]);
  const swap = (a: number, b: number): void => {
    [rows[a], rows[b]] = [rows[b], rows[a]];
    [scores[a], scores[b]] = [scores[b], scores[a]];
    [places[a], places[b]] = [places[b], places[a]];
  };
  const put = (at: number, row: number, score: number, place: number): void => {
    rows[at] = row;
    scores[at] = score;
    places[at] = place;
  };
  const rise = (base: number, node: number): void => {
    let child = node;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!isAfter(base + child, base + parent)) return;
      swap(base + child, base + parent);
      child = parent;
    }
  };
  const sink = (base: number, size: number): void => {
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= size) return;
      if (child + 1 < size && isAfter(base + child + 1, base + child)) child += 1;
      if (!isAfter(base + child, base + parent)) return;
      swap(base + child, base + parent);
      parent = child;
    }
  };

  const offer = (query: number, offered: Float32Array, ties: Int32Array, start: number): void => {
    const base = query * depth;
    let j = 0;
    for (; j < offered.length && sizes[query] < depth; j++) {
      put(base + sizes[query], start + j, offered[j], ties[start + j]);
      rise(base, sizes[query]);
      sizes[query] += 1;
    }
    for (; j < offered.length; j++) {
      const score = offered[j];
      if (score < scores[base] || (score === scores[base] && ties[start + j] > places[base])) continue;
      put(base, start + j, score, ties[start + j]);
      sink(base, depth);
    }
  };

  const write = (intoRows: Int32Array, intoScores: Float32Array): void => {
    for (let query = 0; query < queries; query++) {
      const base = query * depth;
      const order = Array.from({ length: sizes[query] }, (_, i) => base + i).sort((a, b) => (isAfter(a, b) ? 1 : -1));
      order.forEach((from, i) => {
        intoRows[base + i] = rows[from];
        intoScores[base + i] = scores[from];
      });
    }
  };
  return { offer, write };
}
