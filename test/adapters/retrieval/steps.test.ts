import { describe, expect, it } from 'vitest';
import { evaluateRetrieval, retrievalSteps } from '../../../ts/adapters/retrieval/evaluate-retrieval.js';
import { finish, finishInTurns, type Steps } from '../../../ts/adapters/retrieval/steps.js';
import { liveResources } from '../../../ts/wasm/resource.js';
import { normalRows, seededRandom } from '../../support/random.js';

function* counted(upTo: number, log: string[]): Steps<number> {
  try {
    for (let i = 0; i < upTo; i++) {
      log.push(`piece ${i}`);
      yield;
    }
    return upTo;
  } finally {
    log.push('given back');
  }
}

describe('work in pieces', () => {
  it('is the same at once and in turns, with a turn after each piece', async () => {
    const [atOnce, inTurns]: [string[], string[]] = [[], []];
    expect(finish(counted(3, atOnce))).toBe(3);
    const turn = async () => void inTurns.push('turn');
    expect(await finishInTurns(counted(3, inTurns), turn)).toBe(3);
    expect(atOnce).toEqual(['piece 0', 'piece 1', 'piece 2', 'given back']);
    expect(inTurns.filter((entry) => entry !== 'turn')).toEqual(atOnce);
    expect(inTurns.filter((entry) => entry === 'turn')).toHaveLength(3);
  });

  it('ends where a turn fails, and gives back what it holds', async () => {
    const log: string[] = [];
    const failing = async () => {
      if (log.length === 2) throw new Error('gone');
    };
    await expect(finishInTurns(counted(9, log), failing)).rejects.toThrow('gone');
    expect(log).toEqual(['piece 0', 'piece 1', 'given back']);
  });

  it('ranks the same while another ranking goes on, and frees its memory when it is left', async () => {
    const random = seededRandom(4);
    const one = { queries: normalRows(random, 600, 5), documents: normalRows(random, 1100, 5) };
    const other = { queries: normalRows(random, 40, 9), documents: normalRows(random, 2100, 9) };
    const judged = (set: typeof one) => ({ ...set, qrels: set.queries.map((_, i) => [i, i] as const) });
    const expected = [one, other].map((set) => evaluateRetrieval(judged(set)));
    const before = liveResources();
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
    const both = [one, other].map((set) => finishInTurns(retrievalSteps(judged(set)), turn));
    expect(await Promise.all(both)).toEqual(expected);
    await expect(finishInTurns(retrievalSteps(judged(one)), () => Promise.reject(new Error('gone')))).rejects.toThrow(
      'gone',
    );
    expect(liveResources()).toBe(before);
  });
});
