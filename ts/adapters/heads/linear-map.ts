import type { HeadKind } from './head.js';

/** M x, which may have another size. */
export const LINEAR_MAP: HeadKind = {
  isResidual: false,
  layers: ({ input, output }) => [{ name: 'M', rows: output, cols: input, start: 0 }],
};
