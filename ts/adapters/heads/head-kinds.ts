import { FULL_RESIDUAL } from './full-residual.js';
import { LINEAR_MAP } from './linear-map.js';
import { LOW_RANK_RESIDUAL } from './low-rank-residual.js';
import { PERCEPTRON_RESIDUAL } from './perceptron-residual.js';

/** Every kind of head, by what files call it. */
export const HEAD_KINDS = {
  full: FULL_RESIDUAL,
  'low-rank': LOW_RANK_RESIDUAL,
  mlp: PERCEPTRON_RESIDUAL,
  map: LINEAR_MAP,
} as const;

/** One of {@link HEAD_KINDS}. */
export type HeadName = keyof typeof HEAD_KINDS;

/** Whether there is a kind of this name. */
export function isHeadName(name: unknown): name is HeadName {
  return typeof name === 'string' && Object.hasOwn(HEAD_KINDS, name);
}
