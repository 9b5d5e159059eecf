/** Arguments of a run that takes a moment: one digit, small encoders. */
export const smallRun: readonly string[] = [
  ...['train', '--data', 'digits:1x1,tile=8', '--encoder', '24-8', '--batch', '16', '--deterministic'],
  ...['--evaluate-every', '20', '--no-probe'],
];

/** The same, for so long that something else has to end it. */
export const longRun: readonly string[] = [...smallRun, '--steps', '100000000', '--evaluate-every', '100000'];
