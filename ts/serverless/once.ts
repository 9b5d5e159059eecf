/** Something that is made at its first use and kept. */
export interface Once<T> {
  /** Those who ask meanwhile wait for the same; where it failed, the next one who asks tries again. */
  get(): Promise<T>;
  /** The next one who asks gets a new one. */
  forget(): void;
}

/** What `make` makes, once. */
export function once<T>(make: () => Promise<T>): Once<T> {
  let made: Promise<T> | null = null;
  return {
    get() {
      if (made !== null) return made;
      const own = make();
      made = own;
      own.catch(() => {
        if (made === own) made = null;
      });
      return own;
    },
    forget() {
      made = null;
    },
  };
}
