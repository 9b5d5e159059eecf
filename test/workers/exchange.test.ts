import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exchangeMemory } from '../../dist/workers/shared-exchange.js';

interface Gathered {
  readonly owner: number;
  readonly at: number;
  readonly bytes: number;
}

/** Rounds of regions that do not overlap, with gaps, empty ones, and now and then one of more than a megabyte. */
const plans = fc.integer({ min: 1, max: 4 }).chain((count) => {
  const words = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 64 }) },
    { weight: 1, arbitrary: fc.integer({ min: 200_000, max: 700_000 }) },
  );
  const region = fc.record({ owner: fc.nat(count - 1), words, gap: fc.nat(3) });
  const round = fc.array(region, { maxLength: 6 }).map((regions) => {
    let at = 0;
    return regions.map(({ owner, words, gap }): Gathered => {
      const start = at + 4 * gap;
      at = start + 4 * words;
      return { owner, at: start, bytes: 4 * words };
    });
  });
  return fc.record({ count: fc.constant(count), rounds: fc.array(round, { minLength: 1, maxLength: 6 }) });
});

describe.each(['shared memory', 'messages'])('an exchange by %s', (kind) => {
  it('gives every shard what the others own, round after round', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async ({ count, rounds }) => {
        const size = Math.max(4, ...rounds.flat().map(({ at, bytes }) => at + bytes));
        const memories = await gather(kind, count, rounds, size);
        for (const memory of memories) expect(memory.equals(expected(rounds, size))).toBe(true);
      }),
      { numRuns: 15 },
    );
  });
});

async function gather(
  kind: string,
  count: number,
  rounds: readonly (readonly Gathered[])[],
  size: number,
): Promise<readonly Buffer[]> {
  const memory = kind === 'messages' ? null : exchangeMemory(count);
  const table = portTable(count);
  const threads = table.map((ports, index) => {
    const workerData = { index, count, memory, ports, rounds, size };
    const transferList = ports.filter((port) => port !== null);
    return new Worker(new URL('./gather.mjs', import.meta.url), { workerData, transferList });
  });
  const memories = await Promise.all(threads.map((thread) => once(thread, 'message')));
  await Promise.all(threads.map((thread) => thread.terminate()));
  return memories.map(([bytes]) => Buffer.from(bytes));
}

function portTable(count: number): (MessagePort | null)[][] {
  const table = Array.from({ length: count }, () => new Array<MessagePort | null>(count).fill(null));
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const { port1, port2 } = new MessageChannel();
      [table[i][j], table[j][i]] = [port1, port2];
    }
  }
  return table;
}

/** What the last owner of every byte wrote. */
function expected(rounds: readonly (readonly Gathered[])[], size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (const [round, regions] of rounds.entries()) {
    for (const { owner, at, bytes: length } of regions) {
      for (let i = at; i < at + length; i++) bytes[i] = (31 * i + 7 * round + owner) % 256;
    }
  }
  return bytes;
}
