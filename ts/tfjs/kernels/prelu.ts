import { broadcast_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { callKernel, consume, input, type Kernel, type WasmBackend } from './wasm-backend.js';

/**
 * `x`, below 0 times a slope. The backend's own kernel repeats slopes along the last axes, whatever their shape: others are
 * spread over all of `x` for it.
 */
export const prelu: Kernel = {
  name: 'Prelu',
  run({ inputs, backend, own }) {
    const [x, alpha] = [input(inputs, 'x'), input(inputs, 'alpha')];
    const shape = broadcast_util.assertAndGetBroadcastShape(x.shape, alpha.shape);
    if (shape.includes(0)) return backend.makeOutput(shape, 'float32');
    if (isSame(shape, x.shape) && isAlongLastAxes(alpha.shape, shape)) return own();
    const spread: TensorInfo[] = [];
    return consume(backend, spread, () => {
      for (const tensor of [x, alpha]) spread.push(spreadOver(backend, tensor, shape));
      const [whole = x, slopes = alpha] = spread;
      return own({ inputs: { x: whole, alpha: slopes } });
    });
  },
};

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function isAlongLastAxes(shape: readonly number[], whole: readonly number[]): boolean {
  const first = shape.findIndex((size) => size !== 1);
  const tail = first < 0 ? [] : shape.slice(first);
  return isSame(tail, whole.slice(whole.length - tail.length));
}

function spreadOver(backend: WasmBackend, tensor: TensorInfo, shape: readonly number[]): TensorInfo {
  const ones = new Array<number>(shape.length - tensor.shape.length).fill(1);
  const x = { ...tensor, shape: [...ones, ...tensor.shape] };
  const reps = shape.map((size, axis) => (x.shape[axis] === size ? 1 : size));
  return callKernel(backend, 'Tile', { x }, { reps });
}
