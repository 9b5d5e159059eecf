// Provides the core as Node's entry does.
import './node.js';
import { provideFileWriter } from '../adapters/files/file-writer.js';
import { writeFileAtomically } from '../data/atomic-file.js';

export { readAdapterFile } from '../adapters/files/read-adapter-file.js';
export { FileError } from '../data/file-error.js';
export * from './adapters.js';

provideFileWriter(writeFileAtomically);
