type Sides = readonly [depth: number, height: number, width: number];

/** Pooling of volumes of [samples, depth, height, width, channels]; `before` is how far the first window begins outside. */
export interface Pooling {
  readonly shape: readonly [number, ...Sides, number];
  readonly output: Sides;
  readonly size: Sides;
  readonly strides: Sides;
  readonly before: Sides;
}

/** The gradient by x of Σ dy · (the largest in each window); where several are largest, the last is it. */
export function maxPoolGradient(pooling: Pooling, x: ArrayLike<number>, dy: ArrayLike<number>): number[] {
  const { shape, output, size, strides, before } = pooling;
  const [samples, depth, height, width, channels] = shape;
  const gradient = Array.from(x, () => 0);
  const isIn = (at: number, window: number, axis: 0 | 1 | 2) => {
    const place = at - (window * strides[axis] - before[axis]);
    return place >= 0 && place < size[axis];
  };
  let window = 0;
  for (const [n, od, oh, ow, c] of indices([samples, ...output, channels])) {
    let best = -1;
    for (const [d, h, w] of indices([depth, height, width])) {
      const at = (((n * depth + d) * height + h) * width + w) * channels + c;
      const isInside = isIn(d, od, 0) && isIn(h, oh, 1) && isIn(w, ow, 2);
      if (isInside && (best < 0 || x[at] >= x[best])) best = at;
    }
    gradient[best] += dy[window++];
  }
  return gradient;
}

/** All indices of a shape, in reading order. */
function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((before) => Array.from({ length: size }, (_, k) => [...before, k])),
    [[]],
  );
}
