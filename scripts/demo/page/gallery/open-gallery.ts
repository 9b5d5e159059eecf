import { type Remote, wrap } from 'comlink';
import type { GalleryService } from './service.js';

/** Starts the worker that the maps come from; `fail` hears of it where it does not load. */
export function openGallery(fail: (error: unknown) => void): Remote<GalleryService> {
  const worker = new Worker(new URL('./gallery.worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('error', ({ message }) => fail(new Error(message || 'the worker of the maps did not load')));
  return wrap<GalleryService>(worker);
}
