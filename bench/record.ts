import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import type { Remote } from './process/remote.js';

/** One line of the bench's JSON; an engine that isn't installed is absent from `ms`, `ratio` and `runtime.engines`. */
export interface BenchRecord {
  readonly suite: string;
  readonly case: Readonly<Record<string, string | number>>;
  readonly threads: number;
  /** Median milliseconds. */
  readonly ms: Numbers;
  /** A peer's time over this library's. */
  readonly ratio: Numbers;
  /** Of the matrix products in the case, and under `limit` what this library's innermost loop does. */
  readonly gflops?: Numbers;
  /** The most memory that each process held, and under `kantorovich-wasm` this library's WebAssembly memory. */
  readonly peakBytes?: Numbers;
  /** What is measured otherwise. */
  readonly metrics?: Metrics;
  readonly runtime: Runtime;
}

/** By engine, or by name. */
export type Numbers = Readonly<Record<string, number>>;

/** What is measured otherwise, by name; of adapters by the way to map queries first. */
export type Metrics = Readonly<Record<string, number | Numbers>>;

/** Where and with what a record was made. */
export interface Runtime {
  readonly node: string;
  readonly v8: string;
  readonly cpu: string;
  readonly cores: number;
  /** Of the repository, where there is one. */
  readonly commit: string | null;
  /** Version of each engine that was asked, those that failed or passed a limit (and have no `ms`) among them. */
  readonly engines: Readonly<Record<string, string>>;
}

/** This library's name among the engines. */
export const ours = 'kantorovich';

/** What a record is made of. */
export interface Measured {
  readonly suite: string;
  readonly case: BenchRecord['case'];
  /** Medians by engine name. */
  readonly ms: ReadonlyMap<string, number>;
  readonly gflops?: ReadonlyMap<string, number>;
  readonly peakBytes?: ReadonlyMap<string, number>;
  readonly metrics?: ReadonlyMap<string, number>;
  /** Default 1. */
  readonly threads?: number;
}

/** The record of what was measured of `engines`. */
export function benchRecord(measured: Measured, engines: readonly Pick<Remote, 'name' | 'version'>[]): BenchRecord {
  const { suite, ms, gflops, peakBytes, metrics, threads = 1 } = measured;
  return {
    suite,
    case: measured.case,
    threads,
    ms: numbers(ms),
    ratio: ratios(ms),
    ...(gflops && { gflops: numbers(gflops) }),
    ...(peakBytes && { peakBytes: Object.fromEntries(peakBytes) }),
    ...(metrics && { metrics: Object.fromEntries(metrics) }),
    runtime: describeRuntime(engines),
  };
}

/** This machine, and the versions of `engines`. */
export function describeRuntime(engines: readonly Pick<Remote, 'name' | 'version'>[]): Runtime {
  const processors = cpus();
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    commit: commit(),
    engines: Object.fromEntries(engines.map(({ name, version }) => [name, version])),
  };
}

function commit(): string | null {
  const cwd = import.meta.dirname;
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: 'pipe', cwd }).trim();
  } catch {
    return null;
  }
}

/** Each peer's time over ours; nothing where ours was not measured. */
export function ratios(ms: ReadonlyMap<string, number>): Record<string, number> {
  const own = ms.get(ours);
  if (own === undefined) return {};
  return Object.fromEntries([...ms].filter(([name]) => name !== ours).map(([name, peer]) => [name, round(peer / own)]));
}

function numbers(values: ReadonlyMap<string, number>): Numbers {
  return Object.fromEntries([...values].map(([name, value]) => [name, round(value)]));
}

/** Four significant digits: more is noise. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}
