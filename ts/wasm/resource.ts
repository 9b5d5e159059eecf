import { guard } from './call.js';
import type { Core } from './core.js';
import { StateError } from './errors.js';
import type { Pointer } from './exports.js';

/** Something that holds memory of the module until it is disposed of. */
export interface Disposable {
  /** Frees its memory; a second call does nothing. Objects forgotten undisposed are freed when collected. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** A handle that knows whether it was freed. */
export interface Resource extends Disposable {
  readonly core: Core;
  /**
   * The handle.
   *
   * @throws {StateError} after `dispose()`
   */
  pointer(): Pointer;
}

interface Held {
  readonly core: Core;
  readonly free: (pointer: Pointer) => void;
  pointer: Pointer;
}

let live = 0;
/** Workers of Cloudflare with a compatibility date before 2025-05-05 have no such thing: there only `dispose` frees. */
const forgotten = typeof FinalizationRegistry === 'function' ? new FinalizationRegistry<Held>(release) : null;

/** How many resources are alive: a test counts them. */
export function liveResources(): number {
  return live;
}

/** Wraps a handle; `kind` names it in errors, `free` gives it back to the module. */
export function resource(core: Core, pointer: Pointer, kind: string, free: (pointer: Pointer) => void): Resource {
  const held: Held = { core, free, pointer };
  live += 1;
  const dispose = (): void => {
    forgotten?.unregister(held);
    release(held);
  };
  const self: Resource = {
    core,
    pointer() {
      if (held.pointer === 0) throw new StateError(`this ${kind} was disposed of`);
      return held.pointer;
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
  forgotten?.register(self, held, held);
  return self;
}

function release(held: Held): void {
  if (held.pointer === 0) return;
  const pointer = held.pointer;
  held.pointer = 0;
  live -= 1;
  if (!held.core.lost) guard(held.core, () => held.free(pointer));
}
