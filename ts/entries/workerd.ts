import './workerd-core.js';

export { type LoadOptions, load } from './load.js';
export * from './public.js';
