// Provides the core by what Deno has itself: a function starts sooner.
import './deno-core.js';

export { type NodeListener, toNodeListener } from '../serverless/hosts/node-listener.js';
export * from './serverless.js';
