/** Something that is made at its first use and kept. */
export interface Once<T> {
  /** Those who ask meanwhile wait for the same; where it failed, or took too long, the next one who asks tries again. */
  get(): Promise<T>;
  /** The next one who asks gets a new one; what is forgotten is the caller's to dispose of. */
  forget(): Promise<T> | null;
}

/**
 * What `make` makes, once. What is not made within so many seconds is given up by the next one who asks, since some hosts
 * never end what a caller who left began, their timers least of all; callers come and go meanwhile.
 */
export function once<T>(make: () => Promise<T>, seconds: number): Once<T> {
  let kept: Promise<T> | null = null;
  let began: number | null = null;
  const forget = (): Promise<T> | null => {
    const forgotten = kept;
    kept = null;
    return forgotten;
  };
  return {
    get() {
      if (kept !== null && (began === null || performance.now() - began < seconds * 1000)) return kept;
      const own = make();
      kept = own;
      began = performance.now();
      own.then(
        () => {
          if (kept === own) began = null;
        },
        () => {
          if (kept === own) kept = null;
        },
      );
      return own;
    },
    forget,
  };
}
