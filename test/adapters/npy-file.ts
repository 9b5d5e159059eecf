/** A .npy file of any type, given its bytes. */
export function npyFile(descr: string, shape: readonly number[], bytes: ArrayLike<number>): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`;
  return Uint8Array.from([
    0x93,
    ...Buffer.from('NUMPY'),
    1,
    0,
    header.length,
    0,
    ...Buffer.from(header),
    ...Array.from(bytes),
  ]);
}
