import './workerd-core.js';
import transport from '../wasm/build/kantorovich.transport.wasm';
import { providePart } from '../wasm/core.js';

export { type LoadOptions, load } from './load.js';
export * from './public.js';

providePart('transport', () => transport);
