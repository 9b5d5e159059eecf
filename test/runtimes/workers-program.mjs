// What workers.test.ts runs in Node, Deno and Bun: prints the digests of what workers train, and must end by itself.
import { createHash } from 'node:crypto';
import { arrayPairs, fit as fitAlone } from '../../dist/entries/node.js';
import { createTrainer, fit, parallelLoss } from '../../dist/entries/workers-node.js';

const rows = (cols, shift) => ({
  data: Float32Array.from({ length: 300 * cols }, (_, i) => ((i * 7919) % 101) / 64 - shift),
  rows: 300,
  cols,
});
const pairs = { x: rows(20, 1), y: rows(20, 0.5) };
const options = { encoder: '32-16', batch: 150, steps: 6, deterministic: true };
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');
const trained = async (run) => digest((await run).model.toBytes());

const models = [
  await trained(fitAlone({ ...options, pairs: arrayPairs(pairs) })),
  await trained(fit({ ...options, pairs: arrayPairs(pairs), workers: 2 })),
];
// As in a page that is not cross-origin isolated: workers exchange by messages.
globalThis.crossOriginIsolated = false;
models.push(await trained(fit({ ...options, pairs: arrayPairs(pairs), workers: 3 })));

const trainer = await createTrainer();
const refused = await trainer.train({ data: null, options }).catch(({ name }) => name);
const all = Array.from({ length: 300 }, (_, i) => i);
const part = ({ data, cols }) => {
  const own = all.filter((i) => i % 5 < 3);
  const kept = own.flatMap((i) => [...data.subarray(i * cols, (i + 1) * cols)]);
  return { data: Float32Array.from(kept), rows: own.length, cols };
};
const here = await trained(fitAlone({ ...options, pairs: arrayPairs({ x: part(pairs.x), y: part(pairs.y) }) }));
const { model } = await trainer.train({ data: { kind: 'arrays', pairs }, options: { ...options, workers: 2 } });
trainer.dispose();

const loss = await parallelLoss({ objective: 'cpc', n: 300, d: 20, workers: 2, deterministic: true });
loss.x.set(pairs.x.data);
loss.y.set(pairs.y.data);
const value = await loss.run();
loss.dispose();

console.log(JSON.stringify({ models, refused, trainers: [here, digest(model)], value }));
