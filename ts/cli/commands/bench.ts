import { cpus } from 'node:os';
import type { Command } from 'commander';
import { lossPlan } from '../../objectives/loss-plan.js';
import { createTrainer } from '../../wasm/trainer.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { medianTime } from '../median-time.js';
import { tryTurbo } from '../turbo.js';

/** A measured case, in the form of the repository's bench; no peer takes part here. */
interface BenchRecord {
  readonly suite: 'loss' | 'step';
  readonly case: Readonly<Record<string, string | number>>;
  readonly threads: 1;
  readonly ms: { readonly kantorovich: number };
  readonly ratio: Readonly<Record<string, never>>;
  readonly runtime: { readonly node: string; readonly v8: string; readonly cpu: string };
}

/** Adds `kantorovich bench`. */
export function addBench(program: Command, setExit: (code: ExitCode) => void): void {
  program
    .command('bench')
    .summary('measure this machine')
    .description(
      'Measures losses and training steps on this machine, on one thread, for some seconds.\n' +
        "Comparisons with other libraries are in the repository: npm run bench (they're no part of the package).",
    )
    .option('--turbo', 'with 256-bit lanes where the engine can have them: an experiment of Node 24')
    .option('--json', 'print the measurements as JSON')
    .addHelpText('after', '\nExample:\n  $ kantorovich bench --json > speed.json')
    .action(({ turbo = false, json = false }: { readonly turbo?: boolean; readonly json?: boolean }) => {
      if (turbo) process.stderr.write(`${tryTurbo()}\n`);
      const records = measureAll();
      process.stdout.write(json ? `${JSON.stringify(records, null, 2)}\n` : benchTable(records));
      setExit(EXIT.ok);
    });
}

function measureAll(): readonly BenchRecord[] {
  const losses = [256, 1024].map((n) => record('loss', ...measureLoss(n, 128)));
  return [...losses, record('step', ...measureStep([784, 512, 256, 64], 256))];
}

type Measured = readonly [BenchRecord['case'], number];

function measureLoss(n: number, d: number): Measured {
  const plan = lossPlan({ objective: 'cpc', critic: 'bilinear', n, d });
  try {
    fill(plan.x);
    fill(plan.y);
    const description = { objective: 'cpc', critic: 'bilinear', n, m: n, d, gradients: 'all' };
    return [description, medianTime(() => plan.run(), 1)];
  } finally {
    plan.dispose();
  }
}

function measureStep(widths: readonly number[], batch: number): Measured {
  const trainer = createTrainer({
    objective: 'cpc',
    critic: 'separable',
    temperature: 1,
    learnTemperature: false,
    xWidths: widths,
    yWidths: widths,
    activation: 'relu',
    bias: true,
    initialisation: 'he',
    lipschitz: { name: 'none' },
    optimiser: { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, momentum: 0, weightDecay: 0 },
    learningRate: 1e-4,
    schedule: { name: 'constant', warmup: 0 },
    clipNorm: null,
    batch,
    steps: 1,
    seed: 1,
  });
  try {
    fill(trainer.x());
    fill(trainer.y());
    const description = { encoder: widths.join('-'), n: batch, lipschitz: 'none', points: 0 };
    return [description, medianTime(() => trainer.step(), 2)];
  } finally {
    trainer.dispose();
  }
}

/** Numbers in [-1, 1) without pattern; the same each time. */
function fill(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.sin(i * i) % 1;
}

function record(suite: BenchRecord['suite'], description: BenchRecord['case'], ms: number): BenchRecord {
  const runtime = { node: process.versions.node, v8: process.versions.v8, cpu: cpus()[0]?.model ?? 'unknown' };
  return { suite, case: description, threads: 1, ms: { kantorovich: Number(ms.toFixed(4)) }, ratio: {}, runtime };
}

function benchTable(records: readonly BenchRecord[]): string {
  const lines = records.map(({ suite, case: description, ms }) => {
    const what = Object.entries(description).map(([name, value]) => `${name} ${value}`);
    return `${ms.kantorovich.toFixed(3).padStart(10)} ms  ${suite}: ${what.join(', ')}`;
  });
  return `${lines.join('\n')}\nBeside other libraries: npm run bench, in the repository.\n`;
}
