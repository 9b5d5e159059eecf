import type { KnownOptions } from '../wasm/check-options.js';
import { checkOptions } from '../wasm/check-options.js';
import { OptionsError } from '../wasm/errors.js';
import { shown } from '../wasm/shown.js';
import { RequestError } from './request-error.js';

/** What one request may ask for; beyond it the answer is 413, or 503 where time or places ran out. */
export interface Limits {
  /** Bytes of a body, before it is parsed. Default 32 MiB. */
  readonly bodyBytes: number;
  /** Seconds that a body takes to come in; beyond them the answer is 408. Default 30. */
  readonly bodySeconds: number;
  /** Bytes of all bodies in memory at a time, one that is alone excepted; beyond them the answer is 503. Default 128 MiB. */
  readonly bodiesBytes: number;
  /** Rows of an array. Default 20,000. */
  readonly rows: number;
  /** Numbers in a row. Default 4,096. */
  readonly dims: number;
  /** Numbers in an answer's arrays. Default 2^23. */
  readonly answerNumbers: number;
  /** Judgements of queries with documents. Default 100,000. */
  readonly pairs: number;
  /** Of a ranking: the largest cut-off k, and cut-offs; also negatives that a fit mines for each query. Default 100. */
  readonly k: number;
  /** Of a fit, whose closed forms nothing interrupts: numbers in a row. Default 1,024. */
  readonly fitDims: number;
  /** Of a fit: sizes of outputs (`dims`). Default 8. */
  readonly sizes: number;
  /** Of a fit: hidden units. Default 1,024. */
  readonly hidden: number;
  /** Of a probe, which nothing interrupts: training items x features x classes, over all factors and strengths. Default 2^26. */
  readonly probeNumbers: number;
  /** Of a probe: steps for each strength, which is also how many it takes unless fewer are asked for. Default 100. */
  readonly probeIterations: number;
  /** Seconds of one request, its body not counted. Default 30. */
  readonly seconds: number;
  /** Fits and probes at a time. Default 1. */
  readonly fits: number;
}

/** The limits unless others are given. */
export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 32 * 2 ** 20,
  bodySeconds: 30,
  bodiesBytes: 128 * 2 ** 20,
  rows: 20_000,
  dims: 4096,
  answerNumbers: 2 ** 23,
  pairs: 100_000,
  k: 100,
  fitDims: 1024,
  sizes: 8,
  hidden: 1024,
  probeNumbers: 2 ** 26,
  probeIterations: 100,
  seconds: 30,
  fits: 1,
};

/** Beyond it a timer fires at once. */
const MOST_SECONDS = 2_147_483;

const KNOWN = Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name) => [name, true])) as KnownOptions<Limits>;

/** They need not be whole. */
const TIMES: readonly string[] = ['seconds', 'bodySeconds'] satisfies (keyof Limits)[];

/**
 * Limits with their defaults.
 *
 * @throws {OptionsError} on limits that there are not, and on those that are no whole numbers from 1; seconds may be any
 * number above 0 that timers take
 */
export function checkedLimits(given: Partial<Limits> = {}): Limits {
  checkOptions(given, KNOWN, 'limits');
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    const isTime = TIMES.includes(name);
    const isRight = isTime ? value > 0 && value <= MOST_SECONDS : Number.isSafeInteger(value) && value > 0;
    const expected = isTime ? `a number above 0, up to ${MOST_SECONDS}` : 'a whole number from 1';
    if (!isRight) throw new OptionsError(`limits.${name} must be ${expected}, got ${shown(value)}`);
  }
  return limits;
}

/**
 * Refuses what is more than the limit.
 *
 * @param what in words, such as `rows of x`
 * @throws {RequestError} 413
 */
export function requireAtMost(found: number, limit: number, what: string): void {
  if (found <= limit) return;
  throw new RequestError(413, `at most ${limit} ${what} are taken, got ${found}: send less at a time`);
}
