import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Answer, Problem } from '../problem.js';
import { decode, encode, type Failure, type Greeting, type Replies, type Request } from './messages.js';

/**
 * An engine in a process of its own. One process each, because engines in one process slow one another down (shared
 * heap and garbage collector, V8's type feedback, two TensorFlow.js backends in one global registry), because
 * PyTorch needs one anyway, and because an engine that runs out of memory must not take the bench with it.
 */
export interface Remote {
  readonly name: string;
  readonly version: string;
  /** Whether the engine has a way to do this problem. */
  prepare(problem: Problem): Promise<boolean>;
  answer(): Promise<Answer>;
  /** Milliseconds of each of `times` runs, measured inside the process. */
  run(times: number): Promise<readonly number[]>;
  dispose(): Promise<void>;
  close(): void;
}

/** Starts an engine's process; null where what it needs isn't installed. */
export async function openRemote(name: string): Promise<Remote | null> {
  const link = connect(name, start(name));
  const greeting = await link.next<Greeting>();
  if ('absent' in greeting) {
    link.close();
    return null;
  }
  return {
    name,
    version: greeting.version,
    prepare: async (problem) => (await link.ask({ op: 'prepare', problem })).able,
    answer: async () => (await link.ask({ op: 'answer' })).answer,
    run: async (times) => (await link.ask({ op: 'run', times })).ms,
    dispose: async () => {
      await link.ask({ op: 'dispose' });
    },
    close: link.close,
  };
}

type Child = ChildProcess & { readonly stdin: Writable; readonly stdout: Readable; readonly stderr: Readable };

/** Threads are pinned to one by each library's own variable; a child of Node has no other way to use more. */
const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

function start(name: string): Child {
  const [command, ...args] = name === 'pytorch' ? python('pytorch.py') : node(name);
  return spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...oneThread } });
}

function python(script: string): string[] {
  return ['python3', fileURLToPath(new URL(`../peers/${script}`, import.meta.url))];
}

function node(engine: string): string[] {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return [process.execPath, '--import', tsx, fileURLToPath(new URL('child.ts', import.meta.url)), engine];
}

function connect(name: string, child: Child) {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints = `${complaints}${chunk}`.slice(-2000);
  });
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${name} did not start: ${error.message}`)));
    child.stdin.once('error', () => {});
  });
  failed.catch(() => {});
  const next = async <Message>(): Promise<Message> => {
    const { value, done } = await Promise.race([lines.next(), failed]);
    if (done) throw new Error(`${name} ended early: ${complaints.trim()}`);
    return decode<Message>(value);
  };
  const ask = async <Op extends keyof Replies>(request: Request & { readonly op: Op }): Promise<Replies[Op]> => {
    child.stdin.write(`${encode(request)}\n`);
    const reply = await next<Replies[Op] | Failure>();
    if ('error' in reply) throw new Error(`${name}: ${reply.error}`);
    return reply;
  };
  return { next, ask, close: () => child.kill() };
}
