import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalNames } from '../../../ts/tfjs/training/canonical-names.js';
import { useBackend } from '../../support/tfjs.js';

function canonicalTopology(model: tf.LayersModel): unknown {
  const topology = model.toJSON(null, false);
  return JSON.parse(canonicalNames(topology)(JSON.stringify(topology)));
}

/** Layers of every kind of name: automatic, given, nested, wrapped. */
function branched(): tf.LayersModel {
  const input = tf.input({ shape: [4, 3] });
  const inner = tf.sequential({
    layers: [tf.layers.dense({ units: 3, inputShape: [3] }), tf.layers.dense({ units: 2 })],
  });
  const wrapped = tf.layers.timeDistributed({ layer: inner }).apply(input);
  const both = tf.layers
    .bidirectional({ layer: tf.layers.lstm({ units: 2 }) as tf.RNN, mergeMode: 'concat' })
    .apply(input);
  const flat = tf.layers.flatten().apply(wrapped);
  const named = tf.layers.dense({ units: 4, name: 'dense_of_mine_7' }).apply(flat);
  const joined = tf.layers.concatenate().apply([named as tf.SymbolicTensor, both as tf.SymbolicTensor]);
  return tf.model({ inputs: input, outputs: joined as tf.SymbolicTensor });
}

describe('canonical names', () => {
  beforeAll(() => useBackend('cpu'));

  it('are the same for models made by the same code, one after the other', () => {
    const [one, other] = [branched(), branched()];
    expect(other.toJSON(null, true)).not.toBe(one.toJSON(null, true));
    expect(canonicalTopology(other)).toEqual(canonicalTopology(one));
    const names = (model: tf.LayersModel) => {
      const rename = canonicalNames(model.toJSON(null, false));
      return model.weights.map(({ originalName }) => rename(originalName));
    };
    expect(names(other)).toEqual(names(one));
    expect(names(one)).toContain('dense_of_mine_7/kernel');
    expect(names(one)).toContain('dense_Dense1/kernel');
  });

  it('give a topology that TensorFlow.js reads, of the same shapes', async () => {
    const model = branched();
    const topology = canonicalTopology(model) as Parameters<typeof tf.models.modelFromJSON>[0];
    const made = await tf.models.modelFromJSON(topology);
    expect(made.weights.map(({ shape }) => shape)).toEqual(model.weights.map(({ shape }) => shape));
    expect(canonicalTopology(made)).toEqual(topology);
  });

  it('swap names safely, and leave longer ones that begin alike', () => {
    const layer = (name: string) => ({ class_name: 'Dense', config: { name } });
    const rename = canonicalNames([layer('dense_Dense2'), layer('dense_Dense1'), layer('dense_Dense12')]);
    expect(rename('dense_Dense2/kernel dense_Dense1_input dense_Dense12 dense_Dense123')).toBe(
      'dense_Dense1/kernel dense_Dense2_input dense_Dense3 dense_Dense123',
    );
  });
});
