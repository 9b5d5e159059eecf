/** Works on one value at a time; of those that come meanwhile, only on the last. `fail` gets what `work` throws. */
export function latestOnly<T>(work: (value: T) => Promise<void>, fail: (error: unknown) => void): (value: T) => void {
  let isBusy = false;
  let waiting: { readonly value: T } | null = null;
  const take = async (value: T): Promise<void> => {
    isBusy = true;
    await work(value).catch(fail);
    isBusy = false;
    const next = waiting;
    waiting = null;
    if (next !== null) void take(next.value);
  };
  return (value) => {
    if (isBusy) waiting = { value };
    else void take(value);
  };
}
