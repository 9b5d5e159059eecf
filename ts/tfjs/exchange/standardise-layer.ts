import { mul, serialization, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { initializers, layers, type Shape } from '@tensorflow/tfjs-layers';
import { checkObject } from '../../wasm/check-options.js';
import type { LayerArgs } from './layer-path.js';
import { lastAxis, onlyTensor } from './only-input.js';

/**
 * (v - mean) * scale, a column each: a native model's standardisation as a layer. `mean` and `scale` are its weights, which
 * training leaves alone.
 */
export class Standardise extends layers.Layer {
  static readonly className = 'Standardise';

  /** @throws {OptionsError} on what is no object */
  constructor(args: LayerArgs = {}) {
    checkObject(args, 'Standardise');
    super(args);
  }

  override build(inputShape: Shape | Shape[]): void {
    const columns = [lastAxis(inputShape)];
    this.addWeight('mean', columns, 'float32', initializers.zeros(), undefined, false);
    this.addWeight('scale', columns, 'float32', initializers.ones(), undefined, false);
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const [mean, scale] = this.weights.map((weight) => weight.read());
      return mul(sub(onlyTensor(inputs), mean), scale);
    });
  }
}

serialization.registerClass(Standardise);
