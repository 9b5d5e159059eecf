/** The process of one engine: loads bench/engines/<argument>.ts and does what comes on stdin. */
import { createInterface } from 'node:readline';
import type { Engine, Session, Trial } from '../engine.js';
import { peakBytes } from './memory.js';
import { decode, encode, type Failure, type Greeting, type Replies, type Request } from './messages.js';

// stdout belongs to the protocol; TensorFlow.js greets its users there.
console.log = console.error;

const session = await open(process.argv[2]);
if (session) await serve(session);

async function open(name: string): Promise<Session | null> {
  try {
    const { engine }: { engine: Engine } = await import(`../engines/${name}.js`);
    const session = await engine.open();
    send('absent' in session ? session : { version: session.version });
    return 'absent' in session ? null : session;
  } catch (error) {
    if (!isPackageMissing(error)) throw error;
    send({ absent: error.message.split('\n')[0] });
    return null;
  }
}

/** A package that isn't installed; a file of ours that isn't there is a fault. */
function isPackageMissing(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith('Cannot find package');
}

async function serve(session: Session): Promise<void> {
  let trial: Trial | null = null;
  for await (const line of createInterface({ input: process.stdin })) {
    const request = decode<Request>(line);
    try {
      if (request.op === 'prepare') trial = await session.prepare(request.problem);
      send(await reply(request, session, trial));
    } catch (error) {
      send({ error: error instanceof Error ? error.message : String(error) });
    }
  }
}

async function reply(request: Request, session: Session, trial: Trial | null): Promise<Replies[keyof Replies]> {
  if (request.op === 'prepare') return { able: trial !== null };
  if (request.op === 'peak') return { gflops: session.peak?.() ?? null };
  if (!trial) throw new Error(`${request.op} came before a problem`);
  switch (request.op) {
    case 'answer':
      return answer(trial);
    case 'run':
      return { ms: await timed(trial, request.times) };
    case 'memory':
      return {
        peakBytes: peakBytes(),
        ...(trial.wasmBytes && { wasmBytes: trial.wasmBytes() }),
        ...(trial.tensors && { tensors: trial.tensors() }),
      };
    case 'dispose':
      await trial.dispose();
      return {};
  }
}

async function answer(trial: Trial): Promise<Replies['answer']> {
  const start = performance.now();
  const answer = await trial.answer();
  const ms = performance.now() - start;
  return { answer, ms, ...(trial.answersByOneRun && { isOneRun: true }) };
}

async function timed(trial: Trial, times: number): Promise<number[]> {
  const ms: number[] = [];
  for (let k = 0; k < times; k += 1) {
    const start = performance.now();
    const pending = trial.run();
    if (pending) await pending;
    ms.push(performance.now() - start);
  }
  return ms;
}

function send(message: Greeting | Replies[keyof Replies] | Failure): void {
  process.stdout.write(`${encode(message)}\n`);
}
