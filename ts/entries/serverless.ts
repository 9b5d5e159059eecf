/**
 * The library as one function of HTTP. Provides no core itself: outside Node, Deno, Bun and Cloudflare's workers, `load()`
 * of any other entry loads it for this one too.
 */
export { createHandler, type Handler } from '../serverless/create-handler.js';
export type { FileBytes, FileSource, HandlerOptions } from '../serverless/handler-options.js';
export {
  type LambdaContext,
  type LambdaEvent,
  type LambdaHandler,
  type LambdaResult,
  toLambda,
} from '../serverless/hosts/lambda.js';
export { type NodeListener, toNodeListener } from '../serverless/hosts/node-listener.js';
export { DEFAULT_LIMITS, type Limits } from '../serverless/limits.js';
export { RequestError } from '../serverless/request-error.js';
