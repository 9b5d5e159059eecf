import { expect, it } from 'vitest';
import { openExchange } from '../../ts/workers/open-exchange.js';
import { exchangeMemory } from '../../ts/workers/shared-exchange.js';

it.each([
  { kind: 'shared', exchange: exchangeMemory(1), places: [] },
  { kind: 'messages', ports: [null] },
] as const)('one shard alone copies nothing: $kind', async (link) => {
  const reads: number[] = [];
  const bytesOf = ({ bytes }: { readonly bytes: number }): Uint8Array => {
    reads.push(bytes);
    return new Uint8Array(bytes);
  };
  await openExchange(link, 0, 1).gather([{ owner: 0, at: 0, bytes: 8 }], bytesOf);
  expect(reads).toEqual([]);
});
