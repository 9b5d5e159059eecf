import { engine, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';

/** What is asked of the wasm backend: a view of a tensor's numbers where they lie. */
interface HeapBackend {
  readonly dataIdMap: { has(dataId: object): boolean };
  typedArrayFromHeap(info: TensorInfo): ArrayLike<number>;
}

/**
 * The numbers of a float32 tensor: on the wasm backend a view that is valid until the next tfjs call, else a copy, for
 * which a GPU backend has the page wait.
 */
export function readTensor(from: Tensor): Float32Array {
  const { backend } = engine();
  if (isHeapBackend(backend) && backend.dataIdMap.has(from.dataId)) {
    const view = backend.typedArrayFromHeap(from);
    if (view instanceof Float32Array) return view;
  }
  return from.dataSync<'float32'>();
}

function isHeapBackend<Backend extends object>(backend: Backend): backend is Backend & HeapBackend {
  return 'typedArrayFromHeap' in backend && 'dataIdMap' in backend;
}
