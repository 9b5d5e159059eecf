/** Points in a plane, x and y of each. */
export type Points = Float32Array;

/** Rows of a 2 x 2 matrix. */
export type Turn = readonly [number, number, number, number];

/**
 * The rotation or reflection that brings `points` nearest to `before`, in least squares: principal components have no
 * sign, and a map that flips with every model cannot be followed.
 *
 * @see Schoenemann 1966, the orthogonal Procrustes problem; in a plane it has this closed form
 */
export function nearestTurn(points: Points, before: Points): Turn {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < points.length; i += 2) {
    a += points[i] * before[i];
    b += points[i] * before[i + 1];
    c += points[i + 1] * before[i];
    d += points[i + 1] * before[i + 1];
  }
  const [cos, sin, otherCos, otherSin] = [a + d, b - c, a - d, b + c];
  const [turned, flipped] = [Math.hypot(cos, sin), Math.hypot(otherCos, otherSin)];
  if (turned === 0 && flipped === 0) return [1, 0, 0, 1];
  if (turned >= flipped) return [cos / turned, sin / turned, -sin / turned, cos / turned];
  return [otherCos / flipped, otherSin / flipped, otherSin / flipped, -otherCos / flipped];
}

/** Each point times the matrix. */
export function turned(points: Points, [a, b, c, d]: Turn): Points {
  const out = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    out[i] = points[i] * a + points[i + 1] * c;
    out[i + 1] = points[i] * b + points[i + 1] * d;
  }
  return out;
}

/** Room at the edge, so that digits there are whole. */
const MARGIN = 0.93;

/** Points moved and scaled so that the box of the first `count` numbers fills -1 to 1, the longer way. */
export function fitted(points: Points, count: number): Points {
  const [left, right] = range(points, 0, count);
  const [bottom, top] = range(points, 1, count);
  const scale = (2 * MARGIN) / Math.max(right - left, top - bottom, Number.MIN_VALUE);
  const middle = [(left + right) / 2, (bottom + top) / 2];
  return points.map((value, i) => scale * (value - middle[i % 2]));
}

function range(points: Points, axis: number, count: number): readonly [least: number, most: number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = axis; i < count; i += 2) [least, most] = [Math.min(least, points[i]), Math.max(most, points[i])];
  return [least, most];
}
