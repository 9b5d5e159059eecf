// The first module of a worker thread: threads do not inherit the loader that lets Node run TypeScript.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData.module);
