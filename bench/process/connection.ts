import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { EngineStopped, type Limits, type Reason, unlimited, watch } from './limits.js';
import { decode, encode, type Failure, type Replies, type Request } from './messages.js';

/** A running process that answers requests in turn. */
export interface Connection {
  /**
   * Sends a request and waits for its reply.
   *
   * @throws {EngineStopped} where the reply is a failure, the process ends or, killed then, passes the limits
   */
  ask<Op extends keyof Replies>(request: Request & { readonly op: Op }, limits?: Limits): Promise<Replies[Op]>;
  /** The next line, which nobody asked for. */
  next<Message>(): Promise<Message>;
  close(): void;
}

type Child = ChildProcess & { readonly stdin: Writable; readonly stdout: Readable; readonly stderr: Readable };

/** Threads are pinned to one by each library's own variable; a child of Node has no other way to use more. */
const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** Starts a command. */
export function connect([command, ...args]: readonly string[]): Connection {
  const child: Child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...oneThread } });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const end = endOf(child);
  const next = async <Message>(): Promise<Message> => {
    const { value, done } = await Promise.race([lines.next(), end.notStarted]);
    if (done) throw new EngineStopped('failed', await end.reason);
    return decode<Message>(value);
  };
  const ask: Connection['ask'] = async <Op extends keyof Replies>(
    request: Request & { readonly op: Op },
    limits: Limits = unlimited,
  ) => {
    child.stdin.write(`${encode(request)}\n`);
    const reply = await within(limits, child, next<Replies[Op] | Failure>());
    if ('error' in reply) throw new EngineStopped('failed', reply.error);
    return reply;
  };
  return { ask, next, close: () => child.kill('SIGKILL') };
}

/** How the process ends, for whoever waits for it. */
function endOf(child: Child) {
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints = `${complaints}${chunk}`.slice(-2000);
  });
  // A write to a process that has ended: its reader is told by `reason`.
  child.stdin.on('error', () => {});
  const notStarted = new Promise<never>((_resolve, reject) => {
    child.once('error', (error) => reject(new EngineStopped('failed', `did not start: ${error.message}`)));
  });
  notStarted.catch(() => {});
  const reason = new Promise<string>((resolve) => {
    child.once('close', (code, signal) =>
      resolve(`ended with ${signal ?? `code ${code}`} ${complaints.trim()}`.trim()),
    );
  });
  return { notStarted, reason };
}

async function within<Reply>(limits: Limits, child: Child, reply: Promise<Reply>): Promise<Reply> {
  let stop = (): void => {};
  const exceeded = new Promise<never>((_resolve, reject) => {
    stop = watch(child.pid ?? 0, limits, (reason) => {
      child.kill('SIGKILL');
      reject(new EngineStopped(reason, excess(reason, limits)));
    });
  });
  // Killed, the process also ends the reply, to which nobody listens by then.
  reply.catch(() => {});
  return Promise.race([reply, exceeded]).finally(() => stop());
}

function excess(reason: Reason, { milliseconds, bytes }: Limits): string {
  return reason === 'slow' ? `no answer in ${milliseconds / 1000} s` : `more than ${bytes / 2 ** 30} GiB`;
}
