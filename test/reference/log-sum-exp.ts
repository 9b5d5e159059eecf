/** ln Σₖ exp(valuesₖ), shifted by the largest so that nothing overflows; -∞ for none. */
export function logSumExp(values: readonly number[]): number {
  const shift = Math.max(...values);
  if (!Number.isFinite(shift)) return shift;
  return shift + Math.log(values.reduce((total, value) => total + Math.exp(value - shift), 0));
}
