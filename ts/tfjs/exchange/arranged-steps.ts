import { denseKernel, denseWeight } from '../../data/keras-kernels.js';
import { shapeAfter } from '../../encoders/chain-shapes.js';
import { type ChainStep, type ChainTensor, FROM_PLANES, sameNumbers, TO_PLANES } from '../../encoders/layer-chain.js';

/** Steps while they are put together. */
interface Arrangement {
  readonly steps: ChainStep[];
  /** A sample's shape, as it lies. */
  shape: readonly number[];
  /** Whether images are planes by now; TensorFlow has a pixel's channels side by side. */
  arePlanes: boolean;
  /** The planes that rows were flattened from, where these lie as PyTorch has them. */
  flattened: readonly number[] | null;
}

/**
 * TensorFlow's steps as a chain: images become planes where steps need them to, and lie as TensorFlow has them where they
 * are reshaped, flattened or given back. A dense layer over flattened images takes PyTorch's order of them instead, with
 * its weight's columns moved.
 */
export function arrangedSteps(input: readonly number[], given: readonly ChainStep[]): readonly ChainStep[] {
  return arranged({ steps: [], shape: input, arePlanes: false, flattened: null }, given);
}

/** {@link arrangedSteps} from rows that hold the planes of the images that the first step takes, channels last. */
export function stepsFromPlanes(image: readonly number[], given: readonly ChainStep[]): readonly ChainStep[] {
  const [height = 1, width = 1, channels = 1] = image;
  const shape = [channels, height, width];
  const [first, ...rest] = given;
  const reshape: ChainStep = { step: 'reshape', from: 'the images', shape };
  const isStandardised = first?.step === 'standardise';
  const steps = isStandardised ? [standardisedPlanes(first, height * width), reshape] : [reshape];
  return arranged({ steps, shape, arePlanes: true, flattened: null }, isStandardised ? rest : given);
}

function arranged(all: Arrangement, given: readonly ChainStep[]): readonly ChainStep[] {
  given.forEach((step, at) => {
    arrange(all, step, given.slice(at + 1));
  });
  turn(all, false, 'the output');
  return all.steps;
}

/** Statistics of a pixel's channels, for rows of planes of `size` numbers; those of all numbers stay one. */
function standardisedPlanes(step: Extract<ChainStep, { step: 'standardise' }>, size: number): ChainStep {
  const spread = ({ shape, data }: ChainTensor): ChainTensor =>
    data.length === 1
      ? { shape, data }
      : {
          shape: [data.length * size],
          data: Float32Array.from({ length: data.length * size }, (_, at) => data[Math.floor(at / size)] ?? 0),
        };
  return { ...step, mean: spread(step.mean), scale: spread(step.scale) };
}

function arrange(all: Arrangement, step: ChainStep, next: readonly ChainStep[]): void {
  switch (step.step) {
    case 'dense': {
      const weight = all.flattened === null ? step.weight : denseWeight(denseKernel(step.weight, null), all.flattened);
      all.flattened = null;
      add(all, { ...step, weight });
      return;
    }
    case 'flatten':
      if (all.arePlanes && isDenseNext(next)) all.flattened = all.shape;
      else turn(all, false, step.from);
      add(all, step);
      return;
    case 'reshape':
    case 'permute':
    case 'standardise':
      turn(all, false, step.from);
      add(all, step);
      return;
    // A function of each number minds no order.
    case 'activation':
      if (step.name === 'softmax') turn(all, true, step.from);
      add(all, step);
      return;
    default:
      turn(all, true, step.from);
      add(all, step);
  }
}

/** Whether a dense layer is the first thing that minds the order of its inputs. */
function isDenseNext(next: readonly ChainStep[]): boolean {
  const first = next.find((step) => step.step !== 'activation' || step.name === 'softmax');
  return first?.step === 'dense';
}

/** Turns images to planes or back; rows stay as they are. */
function turn(all: Arrangement, toPlanes: boolean, from: string): void {
  if (all.shape.length !== 3 || all.arePlanes === toPlanes) return;
  add(all, { step: 'permute', from, axes: toPlanes ? TO_PLANES : FROM_PLANES });
  all.arePlanes = toPlanes;
}

function add(all: Arrangement, step: ChainStep): void {
  const { steps } = all;
  const last = steps.at(-1);
  all.shape = shapeAfter(step, all.shape);
  if (all.shape.length !== 3) all.arePlanes = false;
  if (step.step === 'permute' && last?.step === 'permute') {
    const axes = step.axes.map((axis) => last.axes[axis] ?? 0);
    steps.pop();
    if (!sameNumbers(axes, [...axes.keys()])) steps.push({ ...step, axes });
    return;
  }
  if (step.step === 'convolution' && last?.step === 'pad') {
    const [top, left, bottom, right] = step.padding.map((zeros, side) => zeros + (last.padding[side] ?? 0));
    steps.pop();
    steps.push({ ...step, padding: [top, left, bottom, right] });
    return;
  }
  steps.push(step);
}
