import { parentPort, Worker, workerData } from 'node:worker_threads';

/**
 * Runs a TypeScript module, which calls {@link answer}, in a thread of its own; ends the thread on abort.
 *
 * @throws what the module throws, and the signal's reason
 */
export function runInThread<Answer>(module: URL, question: unknown, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./thread.mjs', import.meta.url), {
    workerData: { module: module.href, question },
  });
  return new Promise<Answer>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread of ${module.pathname} ended with code ${code}`)));
  }).finally(() => worker.terminate());
}

/** Called in a thread: answers the question it was begun with. */
export async function answer<Question, Answer>(work: (question: Question) => Promise<Answer>): Promise<void> {
  const result = await work(workerData.question);
  parentPort?.postMessage(result);
}
