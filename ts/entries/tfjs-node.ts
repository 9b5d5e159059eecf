// Provides the core as Node's entry does.
import './node.js';

export * from './tfjs.js';
