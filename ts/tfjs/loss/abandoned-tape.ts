import { engine } from '@tensorflow/tfjs-core';

type Tape = ReturnType<typeof engine>['state']['activeTape'];

let failed: Tape | null = null;

/**
 * Notes that the tape that records now may never be played back, because something threw.
 *
 * tfjs then leaves what the ops on it saved for their gradients. Whether it was abandoned is known only later, since the
 * function under the tape may catch the error and go on: once another tape records, or none.
 */
export function noteFailure(): void {
  releaseAbandonedTape();
  failed = engine().state.activeTape ?? null;
  // A tape never outlives the call that records it.
  queueMicrotask(release);
}

/** What `work` gives; a failure is noted. */
export function noting<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    noteFailure();
    throw error;
  }
}

/** Frees what a tape holds that was noted and is now known to be abandoned. */
export function releaseAbandonedTape(): void {
  const { activeTape, gradientDepth } = engine().state;
  if (gradientDepth === 0 || activeTape !== failed) release();
}

/** What `work` gives, which records a tape of its own and plays it back; where it throws, the tape's tensors are freed. */
export function recording<T>(work: (noteTape: () => void) => T): T {
  let tape: Tape | null = null;
  try {
    return work(() => {
      tape = engine().state.activeTape ?? null;
    });
  } catch (error) {
    releaseTape(tape);
    throw error;
  }
}

function release(): void {
  releaseTape(failed);
  failed = null;
}

/** What a tape that was played back had saved is disposed of already; a second time does nothing. */
function releaseTape(tape: Tape | null): void {
  for (const node of tape ?? []) for (const saved of node.saved ?? []) saved.dispose();
}
