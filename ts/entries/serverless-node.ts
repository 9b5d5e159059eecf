// Provides the core as Node's entry does, without the rest of the library: a function starts sooner.
import './node-core.js';

export { type ServeLambdaOptions, serveLambda } from '../serverless/hosts/lambda-runtime.js';
export * from './serverless.js';
