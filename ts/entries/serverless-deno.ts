// Provides the core by what Deno has itself: a function starts sooner.
import './deno-core.js';

export * from './serverless.js';
