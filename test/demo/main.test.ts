import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { JSDOM } from 'jsdom';
import { describe, expect, it } from 'vitest';
import { POLICY } from '../../scripts/demo/headers.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { runDemo, stopDemo } from './run-demo.js';

const temporary = temporaryFolder();

describe('npm run demo', () => {
  it('explains itself, and refuses what it does not know in one line', async () => {
    const help = await runDemo(['--help']).end;
    expect([help.code, help.stderr]).toEqual([0, '']);
    for (const word of ['--port', '--host', '--build']) expect(help.stdout).toContain(word);
    const wrong = await runDemo(['--port', 'many']).end;
    expect([wrong.code, wrong.stdout]).toEqual([2, '']);
    expect(wrong.stderr).toMatch(/^npm run demo: .*--port.*\n$/);
  });

  it('takes the next port where one is taken, isolates the page, and leaves nothing behind after Ctrl-C', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const demo = runDemo(['--port', String(port), '--host', '127.0.0.1'], { TMPDIR: temporary() });
    try {
      const address = await demo.address;
      expect(Number(new URL(address).port)).toBeGreaterThan(port);
      const page = await fetch(address);
      expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
      expect(page.headers.get('content-security-policy')).toBe(POLICY);
      expect(await page.text()).toContain('<title>kantorovich');
    } finally {
      await stopDemo(demo);
      other.close();
    }
    const { code, stderr } = await demo.end;
    expect([code, stderr]).toEqual([130, '']);
    expect((await readdir(temporary())).filter((name) => name.startsWith('kantorovich-demo'))).toEqual([]);
  });

  it('says in one line that it cannot listen', async () => {
    const { code, stderr } = await runDemo(['--host', '192.0.2.1']).end;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^npm run demo: cannot listen at 192\.0\.2\.1:4173: .*\n$/);
  });

  it('writes a page that any static host can serve from any folder, with its policy in it', async () => {
    const folder = join(temporary(), 'page');
    const { code, stdout, stderr } = await runDemo(['--build', folder]).end;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(join(folder, 'index.html'));
    const { document } = new JSDOM(await readFile(join(folder, 'index.html'), 'utf8')).window;
    expect(document.querySelector('meta[http-equiv=Content-Security-Policy]')?.getAttribute('content')).toBe(POLICY);
    const linked = [...document.querySelectorAll('script[src], link')];
    const addresses = linked.map((element) => element.getAttribute('src') ?? element.getAttribute('href'));
    expect(addresses.length).toBeGreaterThan(1);
    for (const address of addresses) expect(address).toMatch(/^(\.\/|data:,$)/);
    const names = await readdir(folder);
    expect(names).toEqual(expect.arrayContaining(['digits.bin', 'sample-queries.safetensors', 'index.html']));
  });
});
