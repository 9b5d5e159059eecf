import type { HeadKind } from './head.js';

/** x + U V x. */
export const LOW_RANK_RESIDUAL: HeadKind = {
  isResidual: true,
  layers: ({ input, rank }) => {
    const width = rank ?? 1;
    return [
      { name: 'V', rows: width, cols: input, start: 1 / Math.sqrt(input) },
      { name: 'U', rows: input, cols: width, start: 0 },
    ];
  },
};
