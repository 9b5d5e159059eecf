import { chainTensors, type LayerChain } from '../encoders/layer-chain.js';
import { type Tensor, writeSafetensors } from './safetensors.js';
import { torchSteps } from './torch-steps.js';

/**
 * An encoder as a safetensors file with PyTorch's names and shapes: `0.weight` [out, in], `0.bias`, ...; its metadata
 * `torch` are the steps of {@link torchSteps}, as JSON.
 *
 * @throws {ShapeError} where layers do not fit
 */
export function chainSafetensors(chain: LayerChain, metadata: Readonly<Record<string, string>>): Uint8Array {
  const tensors = [...chainTensors(chain.steps)].map(([name, { shape, data }]): [string, Tensor] => [
    name,
    { dtype: 'F32', shape, data },
  ]);
  return writeSafetensors(new Map(tensors), { ...metadata, torch: JSON.stringify(torchSteps(chain)) });
}
