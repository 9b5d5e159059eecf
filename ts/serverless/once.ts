/** Something that is made at its first use and kept. */
export interface Once<T> {
  /** Those who ask meanwhile wait for the same; where it failed, the next one who asks tries again. */
  get(): Promise<T>;
  /** The next one who asks gets a new one; what is forgotten is the caller's to dispose of. */
  forget(): Promise<T> | null;
  /** The next one who asks gets a new one, unless it is made already: some hosts never end what a caller who left began. */
  forgetUnlessMade(): void;
}

/** What `make` makes, once. */
export function once<T>(make: () => Promise<T>): Once<T> {
  let kept: Promise<T> | null = null;
  let isMade = false;
  const forget = (): Promise<T> | null => {
    const forgotten = kept;
    kept = null;
    isMade = false;
    return forgotten;
  };
  return {
    get() {
      if (kept !== null) return kept;
      const own = make();
      kept = own;
      own.then(
        () => {
          if (kept === own) isMade = true;
        },
        () => {
          if (kept === own) forget();
        },
      );
      return own;
    },
    forget,
    forgetUnlessMade() {
      if (!isMade) forget();
    },
  };
}
