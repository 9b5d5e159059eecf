import { describe, it } from 'vitest';
import { adam } from '../../../../bench/engines/plain-js/adam.js';
import { adam as referenceAdam, startFrom } from '../../../reference/optimisers.js';
import { expectClose, float32 } from '../../../support/close.js';
import { seededRandom } from '../../../support/random.js';

describe('adam', () => {
  it('takes the steps of algorithm 1', () => {
    const random = seededRandom(5);
    const draw = () => Array.from({ length: 7 }, () => random.normal());
    const initial = draw();
    const parameters = Float32Array.from(initial);
    const update = adam([parameters], 0.01);
    let reference = startFrom(initial);
    for (let step = 0; step < 5; step += 1) {
      const gradient = draw();
      update([Float32Array.from(gradient)]);
      reference = referenceAdam(reference, gradient, { learningRate: 0.01 });
    }
    expectClose(parameters, reference.parameters, float32);
  });
});
