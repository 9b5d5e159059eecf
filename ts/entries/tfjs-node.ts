// Provides the core as Node's entry does.
import './node.js';

export { type FileHandler, fileHandler, readLayersModel } from '../tfjs/exchange/file-handler.js';
export * from './tfjs.js';
