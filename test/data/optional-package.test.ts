import { describe, expect, it } from 'vitest';
import { loadOptionalPackage } from '../../ts/data/optional-package.js';
import { DataError } from '../../ts/wasm/errors.js';

describe('loadOptionalPackage', () => {
  it('says how to install a package that is missing', async () => {
    const name = 'a-package-that-nobody-installed';
    const loading = loadOptionalPackage(name, 'reading images', () => import(/* @vite-ignore */ name));
    await expect(loading).rejects.toThrow(DataError);
    await expect(loading).rejects.toThrow(/^reading images needs the package a-package.*: npm install a-package/);
  });

  it('gives what was loaded', async () => {
    expect((await loadOptionalPackage('node:path', 'joining', () => import('node:path'))).sep).toBeTypeOf('string');
  });
});
