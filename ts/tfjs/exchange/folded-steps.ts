import type { ChainStep, ChainTensor, Normalise } from '../../encoders/layer-chain.js';
import { OptionsError } from '../../wasm/errors.js';

/**
 * The same chain without batch normalisations: each becomes part of the dense layer or convolution that it follows, whose
 * outputs are scaled and shifted as it would, in float64.
 *
 * @throws {OptionsError} on one that follows anything else, naming it
 */
export function foldedSteps(steps: readonly ChainStep[]): readonly ChainStep[] {
  const folded: ChainStep[] = [];
  for (const step of steps) {
    if (step.step !== 'normalise') {
      folded.push(step);
      continue;
    }
    const last = folded.pop();
    if (last?.step !== 'dense' && last?.step !== 'convolution') {
      throw new OptionsError(
        `${step.from} follows no dense layer or convolution without an activation, of which it could become a part`,
      );
    }
    folded.push({ ...last, ...foldedLayer(last, step) });
  }
  return folded;
}

function foldedLayer(
  layer: { readonly weight: ChainTensor; readonly bias: ChainTensor | null },
  { weight: gain, bias: shift, mean, variance, epsilon }: Normalise,
): { readonly weight: ChainTensor; readonly bias: ChainTensor } {
  const { shape, data } = layer.weight;
  const each = data.length / (shape[0] ?? 1);
  const scale = Array.from(gain.data, (value, at) => value / Math.sqrt(variance.data[at] + epsilon));
  const bias = (at: number) => ((layer.bias?.data[at] ?? 0) - mean.data[at]) * scale[at] + shift.data[at];
  return {
    weight: { shape, data: data.map((value, at) => value * scale[Math.floor(at / each)]) },
    bias: { shape: mean.shape, data: Float32Array.from(mean.data, (_, at) => bias(at)) },
  };
}
