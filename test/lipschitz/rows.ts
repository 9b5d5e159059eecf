import fc from 'fast-check';

/** Matrices of up to `most` rows and columns, entries from -4 to 4 as single precision has them. */
export function rows(most: number): fc.Arbitrary<number[][]> {
  const size = fc.integer({ min: 1, max: most });
  const value = fc.integer({ min: -4000, max: 4000 }).map((thousandths) => Math.fround(thousandths / 1000));
  return fc
    .tuple(size, size)
    .chain(([height, width]) =>
      fc.array(fc.array(value, { minLength: width, maxLength: width }), { minLength: height, maxLength: height }),
    );
}
