import './workerd-core.js';
import evaluation from '../wasm/build/kantorovich.evaluation.wasm';
import tensors from '../wasm/build/kantorovich.tensors.wasm';
import transport from '../wasm/build/kantorovich.transport.wasm';
import { providePart } from '../wasm/core.js';

export { type LoadOptions, load } from './load.js';
export * from './public.js';

// The compact file has no neighbours.
providePart('evaluation', () => evaluation);
providePart('transport', () => transport);
providePart('tensors', () => tensors);
