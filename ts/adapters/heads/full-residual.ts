import type { HeadKind } from './head.js';

/** x + W x. */
export const FULL_RESIDUAL: HeadKind = {
  isResidual: true,
  layers: ({ input }) => [{ name: 'W', rows: input, cols: input, start: 0 }],
};
