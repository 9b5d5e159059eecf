import { SOFTSIGN } from './activation.js';
import type { HeadKind } from './head.js';

/** x + W2 softsign(W1 x + b1). */
export const PERCEPTRON_RESIDUAL: HeadKind = {
  isResidual: true,
  layers: ({ input, hidden }) => {
    const width = hidden ?? 1;
    return [
      { name: 'W1', rows: width, cols: input, start: 'normal', bias: 'b1', activation: SOFTSIGN },
      { name: 'W2', rows: input, cols: width, start: 'zero' },
    ];
  },
};
