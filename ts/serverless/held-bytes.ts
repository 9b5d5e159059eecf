import { RequestError } from './request-error.js';

/** The bytes of one request's body, as far as they are in memory. */
export interface HeldBytes {
  /**
   * Counts more of them.
   *
   * @throws {RequestError} 503 where they and those of others are more than the limit
   */
  add(bytes: number): void;
  /**
   * As {@link HeldBytes.add}, of bytes that are still to come, which do not count yet: to announce them costs nothing.
   */
  requireRoom(bytes: number): void;
  /** None of them counts any more, nor any that is added later. */
  release(): void;
}

/** Counts the bytes of all bodies in memory at a time; one that is alone is let through, whatever the limit. */
export function heldBytes(limit: number): () => HeldBytes {
  let all = 0;
  return () => {
    let own = 0;
    let isReleased = false;
    const requireRoom = (bytes: number): void => {
      if (all === own || all + bytes <= limit) return;
      throw new RequestError(503, `the bodies of other requests fill the memory for them: try again`, {
        'retry-after': '5',
      });
    };
    return {
      requireRoom,
      add(bytes) {
        if (isReleased) return;
        requireRoom(bytes);
        own += bytes;
        all += bytes;
      },
      release() {
        all -= own;
        own = 0;
        isReleased = true;
      },
    };
  };
}
