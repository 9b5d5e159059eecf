import { answerRuns, type Problem } from '../problem.js';
import { type Connection, connect } from './connection.js';
import { EngineStopped, type Limits, unlimited } from './limits.js';
import type { Greeting, MemoryUse, TimedAnswer } from './messages.js';

/**
 * An engine in a process of its own. One process each, because engines in one process slow one another down (shared
 * heap and garbage collector, V8's type feedback, two TensorFlow.js backends in one global registry), because
 * PyTorch needs one anyway, and because an engine that runs out of memory must not take the bench with it.
 *
 * All but `close` throw EngineStopped where the engine fails or passes the limits of its problem; what is asked of it
 * next must then be `prepare`, after `close`.
 */
export interface Remote {
  readonly name: string;
  readonly version: string;
  /** Whether the engine has a way to do this problem, each run of it within `limits`. Starts a process if there is none. */
  prepare(problem: Problem, limits?: Limits): Promise<boolean>;
  answer(): Promise<TimedAnswer>;
  /** Milliseconds of each of `times` runs, measured inside the process. */
  run(times: number): Promise<readonly number[]>;
  /** As {@link Session.peak}; null where the engine doesn't have it. */
  peak(): Promise<number | null>;
  memory(): Promise<MemoryUse>;
  dispose(): Promise<void>;
  /** Goes on in a new process, which has done nothing. */
  restart(): Promise<void>;
  /** Ends the process. */
  close(): void;
}

/** How an engine's process is started. */
export interface EngineSpec {
  readonly name: string;
  /** A program and its arguments. */
  readonly command: readonly string[];
}

/** An engine that isn't installed. */
export interface Absence {
  readonly name: string;
  readonly absent: string;
}

/** What compiling, copying and starting may take beside the run itself. */
const slack = 5_000;

/** Starts an engine's process and waits until it is loaded. */
export async function openRemote(spec: EngineSpec): Promise<Remote | Absence> {
  const { name } = spec;
  let connection: Connection | null = connect(spec.command);
  const greeting = await greet(connection);
  if ('absent' in greeting) {
    connection.close();
    return { name, absent: greeting.absent };
  }
  let [limits, checkRuns] = [unlimited, 1];
  const live = (): Connection => {
    if (!connection) throw new EngineStopped('failed', 'asked before a problem');
    return connection;
  };
  const allowing = (runs: number): Limits => ({ ...limits, milliseconds: runs * limits.milliseconds + slack });
  return {
    name,
    version: greeting.version,
    prepare: async (problem, given = unlimited) => {
      [limits, checkRuns] = [given, answerRuns(problem)];
      connection ??= await reconnect(spec);
      return (await connection.ask({ op: 'prepare', problem }, allowing(1))).able;
    },
    answer: async () => live().ask({ op: 'answer' }, allowing(checkRuns)),
    run: async (times) => (await live().ask({ op: 'run', times }, allowing(times))).ms,
    peak: async () => (await live().ask({ op: 'peak' })).gflops,
    memory: async () => live().ask({ op: 'memory' }),
    dispose: async () => {
      await live().ask({ op: 'dispose' }, allowing(1));
    },
    restart: async () => {
      connection?.close();
      connection = await reconnect(spec);
    },
    close: () => {
      connection?.close();
      connection = null;
    },
  };
}

async function reconnect({ command }: EngineSpec): Promise<Connection> {
  const connection = connect(command);
  await greet(connection);
  return connection;
}

/** A program that isn't there is an engine that isn't installed. */
async function greet(connection: Connection): Promise<Greeting> {
  try {
    return await connection.next<Greeting>();
  } catch (error) {
    if (error instanceof EngineStopped && error.message.includes('ENOENT')) return { absent: error.message };
    throw error;
  }
}
