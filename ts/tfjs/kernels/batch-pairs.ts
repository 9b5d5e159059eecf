/**
 * For each matrix of a broadcast batch, in order, which matrix of `a` and which of `b` it is made of.
 *
 * @param a the batch sizes of the first tensor
 * @param b the batch sizes of the second
 * @param outer both broadcast against each other
 */
export function batchPairs(
  a: readonly number[],
  b: readonly number[],
  outer: readonly number[],
): readonly (readonly [a: number, b: number])[] {
  const count = outer.reduce((product, size) => product * size, 1);
  const [strideA, strideB] = [strides(a, outer.length), strides(b, outer.length)];
  return Array.from({ length: count }, (_, index) => {
    let [rest, atA, atB] = [index, 0, 0];
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      const size = outer[axis] ?? 1;
      atA += (rest % size) * (strideA[axis] ?? 0);
      atB += (rest % size) * (strideB[axis] ?? 0);
      rest = Math.floor(rest / size);
    }
    return [atA, atB] as const;
  });
}

/** Steps from one index of each axis to the next, 0 where the axis is broadcast. */
function strides(sizes: readonly number[], rank: number): readonly number[] {
  const steps = new Array<number>(rank).fill(0);
  let step = 1;
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    const size = sizes[axis] ?? 1;
    if (size !== 1) steps[axis + rank - sizes.length] = step;
    step *= size;
  }
  return steps;
}
