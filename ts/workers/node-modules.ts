// Node's own modules, by names that bundlers do not follow: a bundle for pages has no use for them, and webpack and
// esbuild refuse it where it names them.
const THREADS: string = 'node:worker_threads';
const SYSTEM: string = 'node:os';

/** Node's threads. */
export function nodeThreads(): Promise<typeof import('node:worker_threads')> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ THREADS);
}

/** What Node knows of the machine. */
export function nodeSystem(): Promise<typeof import('node:os')> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ SYSTEM);
}
