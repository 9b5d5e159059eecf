import { chainSafetensors } from '../data/chain-safetensors.js';
import { chainOnnx } from '../data/onnx/chain-onnx.js';
import type { Side } from '../wasm/trainer.js';
import { VERSION } from '../wasm/version.js';
import { type EncoderSource, encoderChain } from './encoder-chain.js';
import { formatOf } from './model-file.js';
import { trainedTemperature } from './trained-critic.js';

/** One encoder alone as safetensors: see `Model.exportEncoder`. */
export function exportEncoder(model: EncoderSource, side: Side): Uint8Array {
  return chainSafetensors(encoderChain(model, side), {
    format: formatOf(model.spec),
    kind: 'encoder',
    spec: JSON.stringify(model.spec),
    extra: JSON.stringify({ side }),
  });
}

/**
 * One of a model's encoders in ONNX, with the constraint applied: `rows` (n x numbers, float32, before standardisation)
 * to `embeddings` (n x d). The metadata say the side, the objective, the critic and its temperature, and the version.
 *
 * @throws {ShapeError} on a side that is neither x nor y
 * @throws {OptionsError} on what is no model, and on encoders that are TensorFlow.js's
 */
export function encoderToONNX(model: EncoderSource, side: Side): Uint8Array {
  const chain = encoderChain(model, side);
  const { objective, critic } = model.spec;
  const temperature = trainedTemperature(model.spec, model.tensors());
  return chainOnnx(chain, {
    name: `kantorovich encoder: ${side}`,
    input: 'rows',
    output: 'embeddings',
    metadata: { side, objective, critic, temperature, version: VERSION },
  });
}
