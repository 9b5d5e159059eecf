/** The best `depth` documents of several queries, kept while documents pass by. */
export interface TopLists {
  /** The least score that can still come in. */
  floor(query: number): number;
  /** One document, which is offered once, with its place among equal scores; gives the new floor. */
  offer(query: number, row: number, score: number, place: number): number;
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
  const put = (at: number, row: number, score: number, place: number): void => {
    rows[at] = row;
    scores[at] = score;
    places[at] = place;
  };
  const swap = (a: number, b: number): void => {
    const [row, score, place] = [rows[a], scores[a], places[a]];
    put(a, rows[b], scores[b], places[b]);
    put(b, row, score, place);
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

  const floor = (query: number): number => (sizes[query] < depth ? Number.NEGATIVE_INFINITY : scores[query * depth]);
  const offer = (query: number, row: number, score: number, place: number): number => {
    const base = query * depth;
    if (sizes[query] < depth) {
      put(base + sizes[query], row, score, place);
      rise(base, sizes[query]);
      sizes[query] += 1;
    } else if (score > scores[base] || (score === scores[base] && place < places[base])) {
      put(base, row, score, place);
      sink(base, depth);
    }
    return floor(query);
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
  return { floor, offer, write };
}
