import type { Objective } from '../../ts/entries/node.js';

/** An estimator of the yardstick, and the means that Tsai et al. 2021 publish for it at each level. */
export interface Estimator {
  readonly name: string;
  readonly objective: Objective;
  readonly published: readonly number[];
}

/** Correlated coordinates of x and of y each. */
export const DIMENSION = 20;

/** Pairs in a batch. */
export const BATCH = 128;

/** True mutual information of each level, nats. */
export const LEVELS = [2, 4, 6, 8, 10] as const;

/** RPC's numbers in the published run. */
export const RPC = { alpha: 1, beta: 1e-4, gamma: 1 } as const;

/** The estimators in the order of the table; RPC's published readout is the ratio at the mean score. */
export const estimators: readonly Estimator[] = [
  { name: 'cpc', objective: { name: 'cpc' }, published: [1.83, 3.29, 4.17, 4.61, 4.78] },
  { name: 'nwj', objective: { name: 'nwj' }, published: [1.92, 3.82, 5.34, 6.78, 6.83] },
  { name: 'jsd', objective: { name: 'jsd' }, published: [1.89, 3.78, 5.63, 7.44, 9.16] },
  { name: 'smile', objective: { name: 'smile', clip: 5 }, published: [1.89, 3.93, 6.18, 8.5, 10.92] },
  { name: 'rpc', objective: { name: 'rpc', ...RPC }, published: [3.28, 5.65, 7.3, 8.42, 9.27] },
];

/** The correlation at which {@link DIMENSION} pairs of normal numbers share so many nats: I = -(d/2) ln(1 - ρ²). */
export function correlationOf(information: number): number {
  return Math.sqrt(1 - Math.exp((-2 * information) / DIMENSION));
}
