// A thread of exchange.test.ts: gathers lists of regions in its own memory, and answers with what it then holds.
import { parentPort, workerData } from 'node:worker_threads';
import { messageExchange } from '../../dist/workers/message-exchange.js';
import { sharedExchange } from '../../dist/workers/shared-exchange.js';

const { index, count, memory, ports, rounds, size } = workerData;
const exchange = memory === null ? messageExchange(ports, index) : sharedExchange(memory, index, count);
const own = new Uint8Array(size);
for (const [round, regions] of rounds.entries()) {
  // Every shard writes what it owns; the rest of the round's bytes must come from the others.
  for (const { owner, at, bytes } of regions) {
    if (owner === index) for (let i = at; i < at + bytes; i++) own[i] = (31 * i + 7 * round + owner) % 256;
  }
  await exchange.gather(regions, ({ at, bytes }) => own.subarray(at, at + bytes));
}
parentPort.postMessage(own);
