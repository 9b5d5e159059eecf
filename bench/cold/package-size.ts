import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Bytes of what people download: the package as npm packs it, unpacked, and each .wasm file, also under gzip. Without
 * the package where there is no npm to ask.
 */
export async function packageSizes(): Promise<ReadonlyMap<string, number>> {
  return new Map([...(await packed()), ...(await wasmFiles())]);
}

async function packed(): Promise<readonly (readonly [string, number])[]> {
  try {
    const command = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const { stdout } = await promisify(execFile)('npm', command, { cwd: root, maxBuffer: 2 ** 24 });
    const [{ size, unpackedSize }]: { size: number; unpackedSize: number }[] = JSON.parse(stdout);
    return [
      ['package', size],
      ['unpacked', unpackedSize],
    ];
  } catch {
    return [];
  }
}

async function wasmFiles(): Promise<readonly (readonly [string, number])[]> {
  const folder = `${root}dist/wasm/build`;
  const names = (await readdir(folder)).filter((name) => name.endsWith('.wasm'));
  const files = await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(`${folder}/${name}`) })));
  return files.flatMap(({ name, bytes }) => [
    [name, bytes.length],
    [`${name}.gz`, gzipSync(bytes, { level: 9 }).length],
  ]);
}
