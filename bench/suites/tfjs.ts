import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ConvolutionLayer, NetworkProblem } from '../problem.js';
import { normals, type Random, random } from '../random.js';
import { type BenchCase, type Extent, inTurns, type Measurement, type Suite } from './suite.js';

/** What TensorFlow.js's users gain, and what they leave on the table. */
export const tfjs: Suite = {
  name: 'tfjs',
  title: 'TensorFlow.js',
  about: 'a training step of two encoders on real digits: forward, InfoNCE with the separable critic, backward, Adam',
  order: 'interleaved',
  gap: 'tfjs-wasm as it comes cannot train convolutions: the backend has no Conv2DBackpropFilter',
  // A convolutional step of the cpu backend takes minutes, and is what ours is set against.
  measurement: { full: patient(inTurns.full, 600_000), quick: patient(inTurns.quick, 10_000) },
  cases: (extent) => networks[extent].map(networkCase),
};

function patient(measurement: Measurement, milliseconds: number): Measurement {
  return { ...measurement, limits: { ...measurement.limits, milliseconds } };
}

/** An encoder by its name in the record. */
interface Network extends Pick<NetworkProblem, 'convolutions' | 'units' | 'n'> {
  readonly encoder: 'dense' | 'conv';
}

const dense: Network = { encoder: 'dense', convolutions: [], units: [512, 256, 64], n: 256 };

const conv: Network = { encoder: 'conv', convolutions: [layer(32, 3, 1), layer(64, 3, 2)], units: [128], n: 256 };

// The odd sizes of the check are no multiple of any SIMD width.
const networks: Readonly<Record<Extent, readonly Network[]>> = {
  check: [
    { encoder: 'dense', convolutions: [], units: [19, 11, 5], n: 13 },
    { encoder: 'conv', convolutions: [layer(3, 3, 1), layer(5, 4, 3)], units: [11, 7], n: 13 },
  ],
  quick: [dense, conv],
  full: [dense, conv],
};

function layer(channels: number, kernel: number, stride: number): ConvolutionLayer {
  return { channels, kernel, stride };
}

function networkCase(network: Network): BenchCase {
  const { encoder, convolutions, units, n } = network;
  const layers = convolutions.map(
    ({ channels, kernel, stride }) => `c${channels}k${kernel}${stride > 1 ? `s${stride}` : ''}`,
  );
  return {
    description: { encoder, n },
    label: `${encoder} ${[...layers, ...units].join('-')} n ${n}`,
    problem: () => networkProblem(network),
  };
}

/** Of a digit in the package's files. */
const side = 28;

/** Pairs of different digits of one class, and two encoders with He initialisation. */
function networkProblem({ convolutions, units, n }: Network): NetworkProblem {
  const source = random(7);
  const { x, y } = digitPairs(n);
  const shapes = weightShapes(convolutions, units);
  const weights = () => shapes.map(([outputs, inputs]) => initial(source, outputs, inputs));
  const [xWeights, yWeights] = [weights(), weights()];
  return { kind: 'network', side, convolutions, units, n, learningRate: 1e-4, x, y, xWeights, yWeights };
}

function initial(source: Random, outputs: number, inputs: number): Float32Array {
  return normals(source, outputs * inputs, Math.sqrt(2 / inputs));
}

/** Outputs and inputs of each layer's matrix. */
function weightShapes(
  convolutions: readonly ConvolutionLayer[],
  units: readonly number[],
): readonly [number, number][] {
  let [pixels, depth] = [side, 1];
  const kernels = convolutions.map(({ channels, kernel, stride }): [number, number] => {
    const inputs = depth * kernel ** 2;
    [pixels, depth] = [Math.floor((pixels - kernel) / stride) + 1, channels];
    return [channels, inputs];
  });
  const dense = units.map((outputs, at): [number, number] => [outputs, units[at - 1] ?? depth * pixels ** 2]);
  return [...kernels, ...dense];
}

/** Two digits of the class k mod 10 in row k, each digit once. */
function digitPairs(n: number): { readonly x: Float32Array; readonly y: Float32Array } {
  const size = side ** 2;
  const [x, y] = [new Float32Array(n * size), new Float32Array(n * size)];
  const { resolve } = createRequire(import.meta.url);
  const classes = Array.from({ length: 10 }, (_, digit): readonly number[] => {
    return JSON.parse(readFileSync(resolve(`mnist/src/digits/${digit}.json`), 'utf8')).data;
  });
  for (let k = 0; k < n; k += 1) {
    const at = 2 * Math.floor(k / 10) * size;
    const digits = classes[k % 10].slice(at, at + 2 * size);
    x.set(digits.slice(0, size), k * size);
    y.set(digits.slice(size), k * size);
  }
  return { x, y };
}
