/** The running example of docs/from-mathematics-to-losses.md: how often of 18 times a letter is sent and one is heard. */
export const COUNTS: readonly (readonly number[])[] = [
  [4, 1, 1],
  [1, 4, 1],
  [1, 1, 4],
];

/** Its matrix of scores, worked by hand there. */
export const SCORES: readonly (readonly number[])[] = [
  [3, 1, 0],
  [0, 1, 0],
  [1, 1, 2],
];
