import { evaluateLoss } from '../../objectives/evaluate-loss.js';
import { trainedCritic } from '../../training/trained-critic.js';
import type { CoreOptions } from '../../wasm/core.js';
import type { Matrix } from '../../wasm/matrix.js';
import type { Evaluation } from '../../wasm/trainer.js';
import type { TrainerSpec } from '../../wasm/trainer-spec.js';
import type { NamedTensor } from '../../wasm/trainer-tensors.js';
import { objectiveOf } from './objective-of.js';

/** The objective and WDM of embedded pairs, means over whole batches. */
export function evaluatePairs(
  spec: TrainerSpec,
  { g, h }: Readonly<Record<'g' | 'h', Matrix>>,
  parameters: readonly NamedTensor[],
  { deterministic = false }: CoreOptions,
): Evaluation {
  const options = { critic: trainedCritic(spec, parameters), deterministic, gradients: 'none' } as const;
  const batches = Math.floor(g.rows / spec.batch);
  const means = [objectiveOf(spec), 'wdm' as const, 'wdm-all' as const].map((objective) => {
    let sum = 0;
    for (let at = 0; at < batches; at++) {
      sum += evaluateLoss(objective, part(g, at, spec.batch), part(h, at, spec.batch), options).value;
    }
    return sum / batches;
  });
  const [value = 0, wdm = 0, wdmAll = 0] = means;
  return { value, wdm, wdmAll, batches };
}

function part({ data, cols }: Matrix, at: number, rows: number): Matrix {
  return { data: data.subarray(at * rows * cols, (at + 1) * rows * cols), rows, cols };
}
