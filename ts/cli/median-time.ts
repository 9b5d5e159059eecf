/** The median milliseconds of a call, over as many as fit in about `seconds` (at least 5) after some to warm up. */
export function medianTime(call: () => void, seconds: number): number {
  repeat(call, seconds / 4);
  const times = repeat(call, seconds).sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)];
}

function repeat(call: () => void, seconds: number): number[] {
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end || times.length < 5) {
    const start = performance.now();
    call();
    times.push(performance.now() - start);
  }
  return times;
}
