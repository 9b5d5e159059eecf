import { gzipSync } from 'node:zlib';

/** Bytes under gzip of what lies at some addresses, each counted once; `data:` addresses are part of what names them. */
export async function compressedBytes(addresses: readonly string[]): Promise<number> {
  const fetched = [...new Set(addresses)].filter((address) => !address.startsWith('data:'));
  const sizes = await Promise.all(
    fetched.map(async (address) => gzipSync(new Uint8Array(await (await fetch(address)).arrayBuffer())).length),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
