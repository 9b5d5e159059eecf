import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeStrayFiles, writeFileAtomically } from '../../ts/data/atomic-file.js';
import { FileError } from '../../ts/data/file-error.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** No process has this id: Linux ends at 2^22. */
const DEAD_PID = 2 ** 22 + 1;

const temporary = temporaryFolder();

describe('a file written atomically', () => {
  it('leaves nothing where the process ends at once', async () => {
    const module = JSON.stringify(new URL('../../dist/data/atomic-file.js', import.meta.url).href);
    const path = join(temporary(), 'cut');
    const program = `
      const { openAtomicFile } = await import(${module});
      await (await openAtomicFile(${JSON.stringify(path)})).write('half');
      process.exit(1);`;
    expect(() => execFileSync(process.execPath, ['--input-type=module', '--eval', program])).toThrow();
    expect(await readdir(temporary())).toEqual([]);
  });

  it('replaces the old content and leaves nothing else', async () => {
    const path = join(temporary(), 'results.json');
    await writeFileAtomically(path, 'old');
    await writeFileAtomically(path, Uint8Array.of(110, 101, 119));
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(temporary())).toEqual(['results.json']);
  });

  it('P3: stays as it was where the new one cannot be put in its place', async () => {
    const path = join(temporary(), 'taken');
    await mkdir(join(path, 'inside'), { recursive: true });
    await expect(writeFileAtomically(path, 'new')).rejects.toThrow(FileError);
    expect(await readdir(temporary())).toEqual(['taken']);
    expect(await readdir(path)).toEqual(['inside']);
  });

  it('P3: a full disk is one clear line', async () => {
    // Every write to /dev/full fails as on a full disk, and the temporary names are links to it.
    const links = Array.from({ length: 20 }, (_, i) => `.full.${process.pid}-${i}.tmp`);
    for (const link of links) await symlink('/dev/full', join(temporary(), link));
    await writeFile(join(temporary(), 'full'), 'old');
    await expect(writeFileAtomically(join(temporary(), 'full'), 'new')).rejects.toThrow(
      /^cannot write .*full: no space left on the disk \(ENOSPC\)$/,
    );
    expect(await readFile(join(temporary(), 'full'), 'utf8')).toBe('old');
    expect(await readdir(temporary())).toHaveLength(links.length);
  });

  it.each([0o600, 0o640, 0o666, 0o755])('keeps the mode %o', async (mode) => {
    const path = join(temporary(), 'secret');
    await writeFile(path, 'old');
    await chmod(path, mode);
    await writeFileAtomically(path, 'new');
    expect([(await stat(path)).mode & 0o777, await readFile(path, 'utf8')]).toEqual([mode, 'new']);
  });

  it('goes where a link leads, and the link stays', async () => {
    const folder = join(temporary(), 'folder');
    await mkdir(folder);
    await writeFile(join(folder, 'old'), 'old');
    for (const name of ['old', 'not yet']) {
      const path = join(temporary(), `link to ${name}`);
      await symlink(join('folder', name), path);
      await writeFileAtomically(path, 'new');
      expect(await readlink(path)).toBe(join('folder', name));
      expect(await readFile(join(folder, name), 'utf8')).toBe('new');
    }
    expect((await readdir(folder)).sort()).toEqual(['not yet', 'old']);
  });

  it.skipIf(process.platform === 'win32')('refuses a pipe, which stays one', async () => {
    const path = join(temporary(), 'pipe');
    execFileSync('mkfifo', [path]);
    await expect(writeFileAtomically(path, 'new')).rejects.toThrow(`cannot write ${path}: it is a pipe, give a file`);
    expect((await lstat(path)).isFIFO()).toBe(true);
    expect(await readdir(temporary())).toEqual(['pipe']);
  });

  it.skipIf(process.platform === 'win32')('is written to a device directly', async () => {
    await writeFileAtomically('/dev/null', 'new');
    expect((await lstat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  it('says which folder is missing', async () => {
    const path = join(temporary(), 'missing', 'file');
    await expect(writeFileAtomically(path, '')).rejects.toThrow(
      `cannot write ${path}: no such file or folder (ENOENT)`,
    );
  });
});

it('P3: removes the temporary files of killed writers only', async () => {
  const names = [`.a.json.${DEAD_PID}-0.tmp`, `.b.json.${process.pid}-3.tmp`, '.hidden', 'model.safetensors', 'x.tmp'];
  for (const name of names) await writeFile(join(temporary(), name), '');
  await removeStrayFiles(temporary());
  expect((await readdir(temporary())).sort()).toEqual(names.slice(1).sort());
  await expect(removeStrayFiles(join(temporary(), 'missing'))).resolves.toBeUndefined();
});
