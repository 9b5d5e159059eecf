// An engine that answers like any other until, asked for a run or for an answer, it does what its argument says.
import { createInterface } from 'node:readline';

const [, , fault, value = '0'] = process.argv;
const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const packed = Buffer.from(new Float32Array([Number(value)]).buffer).toString('base64');

const replies = {
  prepare: () => send({ able: true }),
  answer: () => send({ answer: { value: { float32: packed } }, ms: 1 }),
  run: ({ times }) => send({ ms: Array(times).fill(1) }),
  memory: () => send({ peakBytes: 1 }),
  dispose: () => send({}),
};

const faults = {
  dies: {
    run: () => {
      console.error('out of memory');
      process.exit(3);
    },
  },
  hangs: { run: () => {} },
  throws: { answer: () => send({ error: 'no such kernel' }) },
  grows: {
    answer: () => {
      globalThis.held = Buffer.alloc(300 * 2 ** 20, 1);
    },
  },
  slow: { run: ({ times }) => send({ ms: Array(times).fill(900) }) },
};

send({ version: '1' });
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const reply = faults[fault]?.[request.op] ?? replies[request.op];
  reply(request);
}
