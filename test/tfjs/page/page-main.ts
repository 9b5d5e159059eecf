import { answersHere } from './in-browser.js';

const outcome = { page: await answersHere(), worker: await answersInWorker() };
Object.assign(globalThis, { outcome });

function answersInWorker(): Promise<unknown> {
  const worker = new Worker('/worker-main.js', { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}
