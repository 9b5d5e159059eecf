import type { TrainerEnd, TrainerEvent } from './job.js';

/** Who is told how a job goes; a callback that throws ends the run with what it threw. */
export interface EventCallbacks {
  onStep?(entry: Extract<TrainerEvent, { kind: 'step' }>['entry']): void;
  /**
   * A checkpoint's bytes, for a file: every `checkpointEvery` steps, and where the run ends, also by the signal. A run
   * that fails, or whose callback throws, makes none at its end.
   */
  onCheckpoint?(bytes: Uint8Array): void;
  onProbe?(point: Extract<TrainerEvent, { kind: 'probe' }>['point']): void;
}

/** A job's events on their way to its callbacks. */
export interface EventDelivery {
  /** Resolves after the last event, or rejects then with what a callback threw; no callback is called after that. */
  readonly done: Promise<void>;
  /** Settles as `done` does, at the latest once nothing more comes of what a worker sent before it ended. */
  rest(): Promise<void>;
  /** Drops what is on its way. */
  close(): void;
}

/** Not all browsers tell that a port's other side is gone: after so many milliseconds of silence it is. */
const SILENCE_MS = 50;

/** Hands what comes through `port` to the callbacks, in order; `cancel` is called once one throws. */
export function deliverEvents(port: MessagePort, callbacks: EventCallbacks, cancel: () => void): EventDelivery {
  let fault: { readonly error: unknown } | null = null;
  let received = 0;
  let settle = (): void => {};
  const done = new Promise<void>((resolve, reject) => {
    settle = () => (fault === null ? resolve() : reject(fault.error));
  });
  port.addEventListener('close', settle);
  port.onmessage = ({ data }: MessageEvent<TrainerEvent | TrainerEnd>) => {
    received += 1;
    if (data.kind === 'end') settle();
    else if (fault === null) {
      try {
        deliver(data, callbacks);
      } catch (error) {
        fault = { error };
        cancel();
      }
    }
  };
  return {
    done,
    async rest() {
      const silence = async (): Promise<void> => {
        for (let before = -1; before !== received; ) {
          before = received;
          await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
        }
        settle();
      };
      void silence();
      await done;
    },
    close() {
      port.onmessage = null;
      port.close();
      settle();
    },
  };
}

function deliver(event: TrainerEvent, { onStep, onCheckpoint, onProbe }: EventCallbacks): void {
  if (event.kind === 'step') onStep?.(event.entry);
  else if (event.kind === 'checkpoint') onCheckpoint?.(event.bytes);
  else onProbe?.(event.point);
}
