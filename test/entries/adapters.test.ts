import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);
const url = (path: string) => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href);

const evaluate = `
  const rows = [[1, 0.1], [0.2, 1], [-1, 0.5]];
  console.log(evaluateRetrieval({ queries: rows, documents: rows, qrels: 'pairs', k: 1 }).metrics['MRR@1']);
`;

const temporary = temporaryFolder();
const format1 = fileURLToPath(new URL('../adapters/format-1.json', import.meta.url));

/** What a program in its own process prints; it starts outside the repository. */
async function printed(program: string): Promise<string> {
  const args = ['--input-type=module', '--eval', program];
  return (await run(process.execPath, args, { cwd: tmpdir() })).stdout.trim();
}

describe('kantorovich/adapters', () => {
  it('needs nothing else in Node', async () => {
    const program = `import { evaluateRetrieval } from ${url('entries/adapters-node.js')}; ${evaluate}`;
    expect(await printed(program)).toBe('1');
  });

  it('elsewhere computes with what another entry loaded, and says so before', async () => {
    const program = `
      import { readFileSync } from 'node:fs';
      import { evaluateRetrieval } from ${url('entries/adapters.js')};
      import { load } from ${url('entries/slim.js')};
      try { ${evaluate} } catch ({ name, message }) { console.log(name + ': ' + message); }
      load(new WebAssembly.Module(readFileSync(new URL(${url('wasm/build/kantorovich.simd128.wasm')}))));
      ${evaluate}`;
    expect(await printed(program)).toMatch(
      /^StateError: the core is not loaded: await load\(\) from kantorovich first, or .* kantorovich\/slim\n1$/,
    );
  });

  it('saves to a file in Node, and elsewhere says that there are none', async () => {
    const program = (entry: string) =>
      `
      import { readFileSync } from 'node:fs';
      import { loadAdapter } from ${url('entries/%')};
      const { files } = JSON.parse(readFileSync(${JSON.stringify(format1)}, 'utf8'));
      const adapter = loadAdapter(Buffer.from(files[0].bytes, 'base64'));
      await adapter.save(${JSON.stringify(join(temporary(), 'a.safetensors'))}).then(
        () => console.log('saved'),
        ({ name, message }) => console.log(name + ': ' + message),
      );`.replace('%', entry);
    expect(await printed(program('adapters-node.js'))).toBe('saved');
    expect(await printed(program('adapters.js'))).toMatch(/^StateError: there are no files here: keep the bytes/);
  });

  it('resolves to the Node entry in Node', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const args = ['--input-type=module', '--eval', `console.log(import.meta.resolve('kantorovich/adapters'))`];
    const { stdout } = await run(process.execPath, args, { cwd: root });
    expect(stdout.trim()).toMatch(/dist\/entries\/adapters-node\.js$/);
  });
});
