import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileError, loadAdapter, readAdapterFile } from '../../../ts/entries/adapters-node.js';
import { CheckpointError, OptionsError } from '../../../ts/entries/node.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { drawnAdapter } from '../drawn-adapter.js';

const temporary = temporaryFolder();
const path = () => join(temporary(), 'faq.adapter.safetensors');
const adapter = drawnAdapter(6, 'query', null, 1);

describe('save', () => {
  it('writes what toBytes gives, over an old file too, and nothing else', async () => {
    await writeFile(path(), 'old');
    await adapter.save(path());
    expect(new Uint8Array(await readFile(path()))).toEqual(adapter.toBytes());
    expect(await readdir(temporary())).toEqual(['faq.adapter.safetensors']);
    await adapter.save(path(), { weights: 'int8' });
    expect((await readAdapterFile(path())).toBytes()).toEqual(
      loadAdapter(adapter.toBytes({ weights: 'int8' })).toBytes(),
    );
  });

  it('says that a disk is full, and leaves the old file', async () => {
    // Every write to /dev/full fails as on a full disk, and the temporary names are links to it.
    const links = Array.from({ length: 50 }, (_, i) => `.faq.adapter.safetensors.${process.pid}-${i}.tmp`);
    for (const link of links) await symlink('/dev/full', join(temporary(), link));
    await writeFile(path(), 'old');
    await expect(adapter.save(path())).rejects.toThrow(FileError);
    await expect(adapter.save(path())).rejects.toThrow(/no space left on the disk \(ENOSPC\)/);
    expect(await readFile(path(), 'utf8')).toBe('old');
  });

  it('refuses what is no path', async () => {
    for (const given of [undefined, null, 7, '']) {
      await expect(adapter.save(given as unknown as string)).rejects.toThrow(OptionsError);
    }
    await expect(adapter.save(join(temporary(), 'missing', 'a'))).rejects.toThrow(/no such file or folder/);
  });
});

describe('readAdapterFile', () => {
  it('names the file that is missing, broken or for another model', async () => {
    await expect(readAdapterFile(path())).rejects.toThrow(`cannot read ${path()}: no such file or folder (ENOENT)`);
    await writeFile(path(), adapter.toBytes().subarray(0, 100));
    await expect(readAdapterFile(path())).rejects.toThrow(CheckpointError);
    await adapter.save(path());
    await expect(readAdapterFile(path(), { model: 'maxi' })).rejects.toThrow(
      `${path()}: the adapter is for model "mini"`,
    );
    await expect(readAdapterFile(undefined as unknown as string)).rejects.toThrow(OptionsError);
  });
});
