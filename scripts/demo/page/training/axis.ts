/** From nats to pixels from the bottom, for a chart that holds a low ceiling and a truth far above it. */
export interface ValueAxis {
  /** Pixels from the bottom. */
  at(nats: number): number;
  readonly ticks: readonly number[];
  /** Pixels from the bottom of the place where nats are left out; null where the axis is whole. */
  readonly gap: number | null;
}

/** Of the height, what the part below the gap has. */
const LOWER = 0.76;
const ROOM = 1.12;

/** An axis from 0 to the larger of `ceiling` and `truth`, broken between them where they lie far apart. */
export function valueAxis(ceiling: number, truth: number, height: number): ValueAxis {
  const isBroken = truth > 1.6 * ceiling;
  const top = isBroken ? ceiling * ROOM : Math.max(ceiling, truth) * ROOM;
  const reach = isBroken ? height * LOWER : height;
  const step = top > 12 ? 4 : top > 5 ? 2 : 1;
  const ticks = Array.from({ length: Math.floor(top / step) + 1 }, (_, i) => i * step);
  const upper = height * (1 - (1 - LOWER) / 2.6);
  return {
    at: (nats) => (isBroken && nats > top ? upper : (nats / top) * reach),
    ticks,
    gap: isBroken ? (reach + upper) / 2 : null,
  };
}

/** Round steps of training up to `steps`, about `count` of them. */
export function stepTicks(steps: number, count: number): readonly number[] {
  const rough = steps / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough);
  return Array.from({ length: Math.floor(steps / step) + 1 }, (_, i) => i * step);
}
