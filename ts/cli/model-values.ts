import type { Pairs } from '../data/pairs.js';
import { applyStandardiser } from '../data/standardise.js';
import type { Model } from '../training/model.js';
import type { Matrix } from '../wasm/matrix.js';
import { createTrainer, type Evaluation, type Side } from '../wasm/trainer.js';

/**
 * The model's objective and WDM on pairs, in batches of the size it was trained with.
 *
 * @throws {DataError} on fewer pairs than a batch
 */
export function modelValues(model: Model, { x, y }: Pairs): Evaluation {
  const trainer = createTrainer(model.spec);
  try {
    trainer.restore(model.tensors(), null);
    return trainer.evaluate(standardised(model, x, 'x'), standardised(model, y, 'y'));
  } finally {
    trainer.dispose();
  }
}

function standardised({ standardiser }: Model, rows: Matrix, side: Side): Matrix {
  if (standardiser === null) return rows;
  const data = rows.data.slice();
  applyStandardiser(standardiser[side], data);
  return { ...rows, data };
}
