import { SOFTSIGN } from './activation.js';
import type { HeadKind } from './head.js';

/** x + W2 softsign(W1 x + b1). */
export const PERCEPTRON_RESIDUAL: HeadKind = {
  isResidual: true,
  layers: ({ input, hidden }) => {
    const width = hidden ?? 1;
    return [
      // Vectors have length 1: units of deviation 1 are bent where vectors meet them, and differ from a linear map at once.
      { name: 'W1', rows: width, cols: input, start: 1, bias: 'b1', activation: SOFTSIGN },
      { name: 'W2', rows: input, cols: width, start: 0 },
    ];
  },
};
