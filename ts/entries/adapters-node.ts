// Provides the core as Node's entry does.
import './node.js';
import { provideFileWriter } from '../adapters/files/file-writer.js';
import { writeFileAtomically } from '../cli/atomic-file.js';

export { readAdapterFile } from '../cli/adapter/adapter-file.js';
export { FileError } from '../cli/file-error.js';
export * from './adapters.js';

provideFileWriter(writeFileAtomically);
