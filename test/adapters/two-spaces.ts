import { seededRandom } from '../support/random.js';

const [DIMS, PAIRS] = [8, 240];

/** Documents, and queries that are them with coordinates moved and signs changed, and with noise. */
export function twoSpaces(seed: number) {
  const { normal } = seededRandom(seed);
  const documents = Array.from({ length: PAIRS }, () => Array.from({ length: DIMS }, normal));
  const queries = documents.map((document) => turned(document).map((value) => value + 0.2 * normal()));
  return { queries, documents, qrels: 'pairs' as const, deterministic: true };
}

/** Where a query would find its document. */
export function turnedBack(query: readonly number[]): number[] {
  return query.map((_, k) => sign(k - 1 + DIMS) * (query[(k - 1 + DIMS) % DIMS] ?? 0));
}

function turned(document: readonly number[]): number[] {
  return document.map((_, k) => sign(k) * (document[(k + 1) % DIMS] ?? 0));
}

function sign(k: number): number {
  return k % 2 === 0 ? -1 : 1;
}
