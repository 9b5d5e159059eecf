import { engine } from '@tensorflow/tfjs-core';

/** What `work` gives, which holds no tensors; those that it makes are disposed of. */
export function scoped<T>(work: () => T): T {
  engine().startScope();
  try {
    return work();
  } finally {
    engine().endScope();
  }
}
