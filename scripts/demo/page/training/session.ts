import type { DrawingBytes, HistoryEntry, Matrix } from 'kantorovich';
import type { ProbePoint } from 'kantorovich/workers';
import { jobOf, METHODS, type MethodId } from './methods.js';
import { createRun, type Run } from './run.js';
import type { Settings } from './settings.js';

/** Where both runs stand. */
export type SessionState = 'idle' | 'running' | 'pausing' | 'paused' | 'done';

/** Who is told how it goes. */
export interface SessionEvents {
  onState(state: SessionState): void;
  onStep(method: MethodId, entry: HistoryEntry): void;
  onProbe(method: MethodId, point: ProbePoint): void;
  onError(error: unknown): void;
}

/** Both methods at once, each in its worker. */
export interface Session {
  readonly state: SessionState;
  /** Begins anew, or goes on from a pause. */
  start(settings: Settings): void;
  pause(): void;
  /** Embeddings of pictures by a method's model as it stands; null where there is none. */
  embed(method: MethodId, pictures: Matrix): Promise<Matrix | null>;
  /** Ends the workers. */
  reset(): void;
}

/** A session that has not begun. */
export function createSession(drawings: DrawingBytes, events: SessionEvents): Session {
  let state: SessionState = 'idle';
  let runs: readonly Run[] = [];
  const enter = (next: SessionState): void => {
    state = next;
    events.onState(next);
  };
  const reset = (): void => {
    for (const run of runs) run.dispose();
    runs = [];
    enter('idle');
  };
  const train = async (own: readonly Run[]): Promise<void> => {
    try {
      const ends = await Promise.all(own.map((run) => run.train()));
      if (runs === own) enter(ends.includes('paused') ? 'paused' : 'done');
    } catch (error) {
      // Workers that were ended say so; nobody waits for them.
      if (runs !== own) return;
      reset();
      events.onError(error);
    }
  };
  return {
    get state() {
      return state;
    },
    start(settings) {
      if (state === 'running' || state === 'pausing') return;
      if (state === 'done') reset();
      if (state === 'idle') runs = METHODS.map((id) => runOf(id, settings, drawings, events));
      enter('running');
      void train(runs);
    },
    pause() {
      if (state !== 'running') return;
      enter('pausing');
      for (const run of runs) run.pause();
    },
    embed: async (method, pictures) => runs[METHODS.indexOf(method)]?.embed(pictures) ?? null,
    reset,
  };
}

function runOf(id: MethodId, settings: Settings, drawings: DrawingBytes, events: SessionEvents): Run {
  return createRun(jobOf(id, settings, drawings), {
    onStep: (entry) => events.onStep(id, entry),
    onProbe: (point) => events.onProbe(id, point),
  });
}
