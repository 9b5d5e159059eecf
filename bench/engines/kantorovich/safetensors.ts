/**
 * A safetensors file with the numbers of some tensors replaced; `bytes` stay as they are.
 *
 * The format: 8 bytes with the length of the header, the header, in which every tensor has the offsets of its numbers,
 * then all the numbers (https://huggingface.co/docs/safetensors).
 */
export function withTensors(bytes: Uint8Array, replaced: ReadonlyMap<string, Float32Array>): Uint8Array {
  const copy = bytes.slice();
  const headerLength = Number(new DataView(copy.buffer).getBigUint64(0, true));
  const header: Record<string, { data_offsets: [number, number] }> = JSON.parse(
    new TextDecoder().decode(copy.subarray(8, 8 + headerLength)),
  );
  for (const [name, data] of replaced) {
    const [begin, end] = header[name]?.data_offsets ?? [0, 0];
    if (end - begin !== data.byteLength) {
      throw new Error(`expected ${data.byteLength} bytes of ${name} in the file, found ${end - begin}`);
    }
    copy.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 8 + headerLength + begin);
  }
  return copy;
}
