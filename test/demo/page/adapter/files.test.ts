import { describe, expect, it } from 'vitest';
import { assignFiles, type Slot } from '../../../../scripts/demo/page/adapter/files.js';

const assigned = (names: readonly string[], taken: readonly Slot[] = []) =>
  Object.fromEntries(
    [
      ...assignFiles(
        names.map((name) => ({ name })),
        taken,
      ),
    ].map(([slot, { name }]) => [slot, name]),
  );

describe('assignFiles', () => {
  it('tells files apart by their names, in any order', () => {
    expect(assigned(['qrels.tsv', 'corpus.npy', 'queries.npy'])).toEqual({
      queries: 'queries.npy',
      documents: 'corpus.npy',
      qrels: 'qrels.tsv',
    });
    expect(assigned(['passages.jsonl', 'questions.jsonl'])).toEqual({
      queries: 'questions.jsonl',
      documents: 'passages.jsonl',
    });
  });

  it('gives a name that says nothing the first place that is free, after those that say something', () => {
    expect(assigned(['a.npy', 'b.npy'])).toEqual({ queries: 'a.npy', documents: 'b.npy' });
    expect(assigned(['a.npy', 'query-vectors.npy'])).toEqual({ queries: 'query-vectors.npy', documents: 'a.npy' });
    expect(assigned(['b.npy'], ['queries'])).toEqual({ documents: 'b.npy' });
  });
});
