import { KantorovichError } from '../wasm/errors.js';

/** A file that could not be read or written; the message names it and says why. */
export class FileError extends KantorovichError {
  override readonly name = 'FileError';
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'a file of this name is in the way',
  EISDIR: 'it is a folder',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of the path is not a folder',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
};

/** The error of a failed file operation as one line, with the system's code at its end. */
export function fileError(action: 'read' | 'write' | 'create', path: string, error: unknown): FileError {
  if (error instanceof FileError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const reason = code === undefined ? String(error) : `${REASONS[code] ?? 'the system refused'} (${code})`;
  return new FileError(`cannot ${action} ${path}: ${reason}`, { cause: error });
}
