import { describe, expect, it } from 'vitest';
import { expectClose } from '../support/close.js';
import { matrixDifferences, vectorDifferences } from '../support/finite-differences.js';
import { goldenPairing, readGolden } from '../support/golden.js';
import { type DenseLayer, encode, inputJacobian, type ReferenceEncoder } from './encoder.js';
import { gradientPenalty, type PenalisedModel } from './gradient-penalty.js';
import { apply, transpose } from './linear-algebra.js';
import { loss, lossGradients, lossValue } from './loss.js';
import { adam, adamw, sgd, startFrom } from './optimisers.js';
import { diagonalPairing } from './pairing.js';
import { polarFactor, singularValues, spectralBallProjection } from './singular-values.js';

/** Central differences of second-order quantities keep about seven digits. */
const differences = { absolute: 1e-7, relative: 1e-7 };
const digits = { absolute: 1e-9, relative: 1e-9 };

/** The gradients of `value` with respect to every weight and bias of an encoder. */
function layerDifferences(encoder: ReferenceEncoder, value: (moved: ReferenceEncoder) => number): DenseLayer[] {
  const withLayer = (l: number, layer: DenseLayer) => value({ ...encoder, layers: encoder.layers.with(l, layer) });
  return encoder.layers.map((layer, l) => ({
    weights: matrixDifferences((weights) => withLayer(l, { ...layer, weights }), layer.weights),
    ...(layer.bias && { bias: vectorDifferences((bias) => withLayer(l, { ...layer, bias }), layer.bias) }),
  }));
}

function expectLayersClose(found: readonly DenseLayer[], wanted: readonly DenseLayer[], what: string): void {
  expect(found.length).toBe(wanted.length);
  found.forEach((layer, l) => {
    expectClose(layer.weights, wanted[l].weights, differences, `${what}: weights of layer ${l}`);
    expectClose(layer.bias ?? [], wanted[l].bias ?? [], differences, `${what}: bias of layer ${l}`);
  });
}

describe('reference: goldens', () => {
  it('losses and their gradients are those of JAX', () => {
    for (const each of readGolden('losses').cases) {
      const critic = { name: each.critic, temperature: each.temperature, weights: each.weights, layers: each.layers };
      const problem = { G: each.G, H: each.H, critic, pairs: goldenPairing(each) };
      const what = `${each.objective}, ${each.critic}, ${each.H.length} candidates`;
      expectClose(lossValue(each.objective, problem), each.value, digits, what);
      expectClose(loss(each.objective, problem), each.surrogate ?? each.value, digits, `${what}: surrogate`);
      const gradients = lossGradients(each.objective, problem);
      expectClose(gradients.dG, each.dG, differences, `${what}: dG`);
      expectClose(gradients.dH, each.dH, differences, `${what}: dH`);
      expectClose(gradients.dTemperature, each.dTemperature, differences, `${what}: dTemperature`);
      expectClose(gradients.dWeights ?? [], each.dWeights ?? [], differences, `${what}: dWeights`);
      expectLayersClose(gradients.dLayers, each.dLayers ?? [], what);
    }
  });

  it('embeddings and Jacobians are those of JAX, alone and under InfoNCE', () => {
    for (const each of readGolden('encoders').cases) {
      if (each.what === 'encoder') {
        expectClose(encode(each, each.X), each.embeddings, digits, each.activation);
        const dX = each.X.map((x, i) => apply(transpose(inputJacobian(each, x)), each.upstream[i]));
        expectClose(dX, each.dX, digits, `${each.activation}: dX`);
        continue;
      }
      const encoderY = { layers: each.layersY, activation: each.activation };
      const encoderX = { layers: each.layersX, activation: each.activation };
      const critic = { name: 'separable', temperature: each.temperature } as const;
      const value = (x: ReferenceEncoder, y: ReferenceEncoder) =>
        loss('cpc', { G: encode(x, each.X), H: encode(y, each.Y), critic, pairs: diagonalPairing(each.X.length) });
      expectClose(value(encoderX, encoderY), each.value, digits, each.activation);
      const gradientsX = layerDifferences(encoderX, (moved) => value(moved, encoderY));
      expectLayersClose(gradientsX, each.gradientsX, `${each.activation}, x`);
      const gradientsY = layerDifferences(encoderY, (moved) => value(encoderX, moved));
      expectLayersClose(gradientsY, each.gradientsY, `${each.activation}, y`);
    }
  });

  it("the gradient penalty and its gradients are those of JAX's double backward", () => {
    for (const each of readGolden('gradient-penalty').cases) {
      const what = `${each.activation}, ${each.critic}, ${each.sides}-sided, ${each.layersX.length} layers`;
      const model: PenalisedModel = {
        critic: each.critic,
        encoderX: { layers: each.layersX, activation: each.activation },
        encoderY: { layers: each.layersY, activation: each.activation },
        weights: each.weights,
        temperature: each.temperature,
      };
      const points = each.pointsX.map((x, k) => ({ x, y: each.pointsY[k] }));
      const value = (changed: Partial<PenalisedModel>) => gradientPenalty({ ...model, ...changed }, points, each);
      expectClose(value({}), each.value, digits, what);
      expectLayersClose(
        layerDifferences(model.encoderX, (encoderX) => value({ encoderX })),
        each.gradientsX,
        what,
      );
      expectLayersClose(
        layerDifferences(model.encoderY, (encoderY) => value({ encoderY })),
        each.gradientsY,
        what,
      );
      const { weights } = model;
      const dWeights = weights ? matrixDifferences((moved) => value({ weights: moved }), weights) : [];
      expectClose(dWeights, each.dWeights ?? [], differences, `${what}: dWeights`);
    }
  });

  it('trajectories are those of Optax', () => {
    const steps = { sgd, adam, adamw };
    for (const each of readGolden('optimisers').cases) {
      let state = startFrom(each.start);
      each.gradients.forEach((gradient, t) => {
        state = steps[each.optimiser](state, gradient, { weightDecay: 0, ...each });
        expectClose(state.parameters, each.trajectory[t], digits, `${each.optimiser} after step ${t + 1}`);
      });
    }
  });

  it("singular values, polar factors and ball projections are those of NumPy's SVD", () => {
    for (const each of readGolden('singular-values').cases) {
      const what = `${each.W.length} x ${each.W[0].length}`;
      expectClose(singularValues(each.W).sigma, each.sigma, digits, what);
      expectClose(polarFactor(each.W), each.polar, { absolute: 1e-8 }, `${what}: polar factor`);
      expectClose(spectralBallProjection(each.W, each.c), each.ballProjection, digits, `${what}: projection`);
    }
  });
});
