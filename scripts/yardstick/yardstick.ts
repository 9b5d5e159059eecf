// The yardstick of estimators: 20-d correlated Gaussians, batch 128, the joint critic on x and y themselves, Adam; mutual
// information raised 2, 4, 6, 8, 10 nats. Writes a JSON file a run, goes on where it was stopped, and prints our means
// over the last half of each level beside those that Tsai et al. 2021 publish (hidden 512-512, 4,000 steps a level).
// usage: tsx scripts/yardstick/yardstick.ts [OPTIONS]
//   --estimators LIST   of cpc, nwj, jsd, smile, rpc; all unless given
//   --hidden WIDTHS     hidden layers of the critic; default 512-512, which takes 26 GFLOP a step
//   --steps NUMBER      steps a level; default 400
//   --rate NUMBER       Adam's; default 1e-3
//   --seeds LIST        default 1,2,3
//   --out FOLDER        default runs/yardstick
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { estimators } from './protocol.js';
import { type RunResult, type RunSpec, run } from './run.js';
import { yardstickTable } from './table.js';

const { values: options } = parseArgs({
  options: {
    estimators: { type: 'string', default: estimators.map(({ name }) => name).join(',') },
    hidden: { type: 'string', default: '512-512' },
    steps: { type: 'string', default: '400' },
    rate: { type: 'string', default: '1e-3' },
    seeds: { type: 'string', default: '1,2,3' },
    out: { type: 'string', default: 'runs/yardstick' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  const text = readFileSync(new URL(import.meta.url), 'utf8');
  console.log(text.slice(0, text.indexOf('import ')).replace(/^\/\/ ?/gm, ''));
} else main();

function main(): void {
  mkdirSync(options.out, { recursive: true });
  const hidden = options.hidden.split('-').map(Number);
  const [steps, rate] = [Number(options.steps), Number(options.rate)];
  for (const seed of options.seeds.split(',').map(Number)) {
    for (const estimator of options.estimators.split(',')) runOnce({ estimator, hidden, steps, rate, seed });
  }
  const results = readdirSync(options.out)
    .filter((file) => file.endsWith('.json'))
    .map((file): RunResult => JSON.parse(readFileSync(join(options.out, file), 'utf8')))
    .filter((result) => result.hidden.join() === hidden.join() && result.steps === steps && result.rate === rate);
  const table = yardstickTable(results);
  const name = `${options.hidden}-${steps}.md`;
  writeFileSync(join(options.out, name), table);
  console.log(table);
}

function runOnce(spec: RunSpec): void {
  const name = `${spec.estimator}-${spec.hidden.join('-')}-${spec.steps}-${spec.rate}-${spec.seed}`;
  const file = join(options.out, `${name}.json`);
  const estimator = estimators.find(({ name }) => name === spec.estimator);
  if (estimator === undefined) throw new RangeError(`unknown estimator ${spec.estimator}`);
  if (existsSync(file)) return;
  const result = run(spec, estimator, ({ information, mean, deviation }) => {
    console.error(`${name}: ${information} nats ${mean.toFixed(2)} (${deviation.toFixed(2)})`);
  });
  // Whole or not at all: a stopped run leaves no file.
  writeFileSync(`${file}.partial`, `${JSON.stringify(result, null, 2)}\n`);
  renameSync(`${file}.partial`, file);
}
