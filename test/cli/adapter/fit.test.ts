import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeNpy } from '../../../ts/data/npy.js';
import { evaluateRetrieval, fitAdapter, loadAdapter } from '../../../ts/entries/adapters-node.js';
import { hiddenMap } from '../../adapters/hidden-map.js';
import { expectClose } from '../../support/close.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { cliPath, type Ended, spawnCli, spawnShell } from '../spawn-cli.js';

const temporary = temporaryFolder();
const path = (name: string) => join(temporary(), name);

const DIMS = 12;
const { queries, documents } = hiddenMap(400, DIMS, 0.4, 2);
const matrix = ({ data }: { readonly data: ArrayLike<number> }) => {
  const numbers = Float32Array.from(data);
  return { data: numbers, rows: numbers.length / DIMS, cols: DIMS };
};
const how = ['--learning-rate', '0.003', '--deterministic', '--model', 'mini'];

async function fit(...more: readonly string[]): Promise<Ended> {
  await writeFile(path('q.npy'), writeNpy(matrix(queries)));
  await writeFile(path('d.npy'), writeNpy(matrix(documents)));
  const files = ['--queries', path('q.npy'), '--documents', path('d.npy'), '--qrels', 'pairs'];
  return spawnCli(['adapter', 'fit', ...files, '--out', path('a.safetensors'), ...how, ...more]);
}

describe('kantorovich adapter fit', () => {
  it('prints the report of the library and writes its adapter', async () => {
    const wanted = await fitAdapter({
      ...{ queries, documents, qrels: 'pairs', learningRate: 3e-3, deterministic: true, model: 'mini' },
    });
    const { code, stdout, stderr } = await fit();
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain(String(wanted.report));
    expect(stdout).toMatch(/wrote the adapter \(\d+ kB\) to .*; documents need no re-embedding\n$/);
    expect(new Uint8Array(await readFile(path('a.safetensors')))).toEqual(wanted.adapter.toBytes());
  });

  it('prints JSON, and writes the identity with the reason where nothing is better', async () => {
    const { stdout, code } = await fit('--json', '--epochs', '1', '--test', '0.9', '--validation', '0.05');
    expect(code).toBe(0);
    const { improved, reason, metrics, negatives } = JSON.parse(stdout);
    expect(improved).toBe(false);
    expect(reason).toContain('too few');
    expect(metrics['recall@1'].base).toBeGreaterThan(0);
    expect(negatives.from).toBe(20);
    expect(loadAdapter(await readFile(path('a.safetensors'))).isIdentity).toBe(true);
  });

  it.each([
    [['--weights', 'int4'], 2, /Allowed choices are f32, f16, int8/],
    [['--precision', '1'], 2, /It must be a number above 0 and below 1/],
    [['--rank', '0'], 2, /It must be auto, full or a whole number from 1/],
    [['--rank', '13'], 2, /whole number from 1 to 12, got 13/],
    [['--adapt', 'queries'], 2, /Allowed choices are query, document, shared, both/],
    [['--negatives', 'hard'], 2, /Allowed choices are all, batch, mined/],
    [['--hidden', '4', '--rank', '3'], 2, /hidden makes a perceptron, rank a linear map/],
    [['--dims', '4', '--adapt', 'query'], 2, /use adapt 'both' or 'shared'/],
    [['--dims', '4,13'], 2, /dims must be a whole number from 1 to 12.*got \[4,13\]/],
    [['--dims', '4', '--max-drift', '20'], 2, /maxDrift is for adapters that add to a vector/],
    [['--dims', '4,x'], 2, /whole numbers from 1, such as 1,5,10/],
    [['--validation', '0.6', '--test', '0.6'], 2, /leave something to train on/],
    [['--queries', 'nowhere.npy'], 1, /cannot read nowhere.npy: no such file/],
  ])('%j ends with %i and one line', async (args, wanted, message) => {
    const { code, stderr, stdout } = await fit(...args);
    expect(code).toBe(wanted);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('a smaller adapter', () => {
  it('is fitted, applied at one of its sizes, and measured', async () => {
    const { code, stdout, stderr } = await fit('--dims', '8,4', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ head: 'map', adapt: 'both', dims: 12, outputs: [8, 4], fallback: 'aligned' });
    expect(found.sizes.map(({ dims }: { readonly dims: number }) => dims)).toEqual([8, 4]);
    const adapter = loadAdapter(await readFile(path('a.safetensors')));
    const embedding = [...queries.data.slice(0, DIMS)];
    await writeFile(path('in.jsonl'), JSON.stringify({ id: 1, embedding }));
    const apply = (...more: readonly string[]) =>
      spawnCli(['adapter', 'apply', path('a.safetensors'), '--input', path('in.jsonl'), ...more]);
    const applied = JSON.parse((await apply('--dims', '4', '--side', 'document')).stdout);
    expectClose(applied.embedding, adapter.document(embedding, { dims: 4 }), { absolute: 1e-5 });
    const wrong = await apply('--dims', '5');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/one of the adapter's sizes \(8, 4\), got 5/);
    const files = ['--queries', path('q.npy'), '--documents', path('d.npy'), '--qrels', 'pairs', '--k', '10'];
    const { stdout: table } = await spawnCli(['adapter', 'eval', path('a.safetensors'), ...files]);
    expect(table).toMatch(/12-d and 8-d/);
  });

  it('between two sizes is measured without a base', async () => {
    const wide = hiddenMap(400, 9, 0.4, 2).documents;
    const npy = writeNpy({ data: Float32Array.from(wide.data), rows: 400, cols: 9 });
    await writeFile(path('wide.npy'), npy);
    expect((await fit('--documents', path('wide.npy'))).stdout).toContain("Procrustes' map (");
    const files = ['--queries', path('q.npy'), '--documents', path('wide.npy'), '--qrels', 'pairs', '--json'];
    const { stdout } = await spawnCli(['adapter', 'eval', path('a.safetensors'), ...files]);
    const found = JSON.parse(stdout);
    expect(found.metrics).toBeNull();
    expect(found).toMatchObject({ adaptedDims: 9, counts: { queries: 400 } });
    const { code, stderr } = await spawnCli(['adapter', 'eval', ...files]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('queries have 12 dimensions, documents 9')]);
  });
});

describe('a written adapter', () => {
  let file: Uint8Array;
  beforeAll(async () => {
    const { adapter } = await fitAdapter({ queries, documents, qrels: 'pairs', learningRate: 3e-3, model: 'mini' });
    file = adapter.toBytes();
  });

  const lines = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      JSON.stringify({ id: `q${i}`, embedding: [...queries.data.slice(i * DIMS, (i + 1) * DIMS)] }),
    );

  it('is applied to lines, in order, as the library applies it', async () => {
    await writeFile(path('a'), file);
    await writeFile(path('in.jsonl'), lines(400).join('\n'));
    const adapter = loadAdapter(file);
    const { stdout, stderr, code } = await spawnShell(
      `$KANTOROVICH adapter apply ${path('a')} --model mini < ${path('in.jsonl')}`,
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const rows = stdout.trimEnd().split('\n');
    expect(rows).toHaveLength(400);
    rows.forEach((line, i) => {
      const { id, embedding } = JSON.parse(line);
      expect(id).toBe(`q${i}`);
      const wanted = adapter.query(Float32Array.from(queries.data.slice(i * DIMS, (i + 1) * DIMS)));
      expectClose(embedding, wanted, { absolute: 1e-6 });
    });
  });

  it('is applied to a file, which appears whole or not at all', async () => {
    await writeFile(path('a'), file);
    await writeFile(path('in.jsonl'), lines(400).join('\n'));
    const args = ['adapter', 'apply', path('a'), '--input', path('in.jsonl'), '--out', path('out.jsonl')];
    const { stdout } = await spawnCli([...args, '--json']);
    expect(JSON.parse(stdout)).toEqual({ out: path('out.jsonl'), rows: 400, side: 'query' });
    const before = await readFile(path('out.jsonl'), 'utf8');
    expect(before).toBe((await spawnCli(args.slice(0, 5))).stdout);
    await writeFile(path('in.jsonl'), [...lines(400), 'no row'].join('\n'));
    expect((await spawnCli(args)).code).toBe(1);
    expect(await readFile(path('out.jsonl'), 'utf8')).toBe(before);
    expect((await readdir(temporary())).sort()).toEqual(['a', 'in.jsonl', 'out.jsonl']);
    expect((await spawnCli([...args.slice(0, 5), '--json'])).stderr).toContain('give --out FILE');
  });

  it('ends at Ctrl-C with whole lines', async () => {
    await writeFile(path('a'), file);
    const child = spawn(process.execPath, [cliPath, 'adapter', 'apply', path('a')]);
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      child.kill('SIGINT');
    });
    // More than a block; standard input stays open.
    child.stdin.write(Array.from({ length: 4 }, () => `${lines(400).join('\n')}\n`).join(''));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(130);
    expect(stdout.split('\n').length).toBeGreaterThan(500);
    expect(stdout.endsWith('}\n')).toBe(true);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends at one %s where nobody reads what it writes', async (signal) => {
    await writeFile(path('a'), file);
    const many = Array.from({ length: 20 }, () => lines(400).join('\n')).join('\n');
    await writeFile(path('in.jsonl'), many);
    const child = spawn(process.execPath, [cliPath, 'adapter', 'apply', path('a'), '--input', path('in.jsonl')]);
    // The first piece is taken, the others, which are more than a pipe holds, are not.
    await new Promise((resolve) => child.stdout.once('readable', resolve));
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill(signal);
    const code = await new Promise((resolve) => child.once('exit', resolve));
    child.stdout.destroy();
    expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
  });

  it("takes an API's answers, line by line", async () => {
    await writeFile(path('a'), file);
    const rows = [0, 1, 2].map((i) => [...queries.data.slice(i * DIMS, (i + 1) * DIMS)]);
    const base64 = (row: readonly number[]) => Buffer.from(Float32Array.from(row).buffer).toString('base64');
    const answer = { data: rows.map((row, index) => ({ index, embedding: base64(row) })).reverse() };
    await writeFile(
      path('in.jsonl'),
      `${JSON.stringify(answer)}\n${JSON.stringify({ embeddings: { float: rows } })}\n`,
    );
    const { stdout } = await spawnCli(['adapter', 'apply', path('a'), '--input', path('in.jsonl')]);
    const found = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).embedding);
    expect(found).toHaveLength(6);
    expectClose(found.slice(0, 3), found.slice(3), { absolute: 1e-6 });
    expectClose(found[1], loadAdapter(file).query(rows[1]), { absolute: 1e-6 });
  });

  it('refuses a line of another size, naming it, another model, and a broken file', async () => {
    await writeFile(path('a'), file);
    await writeFile(path('in.jsonl'), [...lines(3), '{"id": 4, "embedding": [1]}'].join('\n'));
    const size = await spawnCli(['adapter', 'apply', path('a'), '--input', path('in.jsonl')]);
    expect([size.code, size.stderr]).toEqual([
      1,
      `kantorovich: ${path('in.jsonl')}: line 4: the adapter takes embeddings of 12 numbers, got 1\n`,
    ]);
    const model = await spawnCli(['adapter', 'apply', path('a'), '--input', path('in.jsonl'), '--model', 'maxi']);
    expect(model.code).toBe(1);
    expect(model.stderr).toContain('is for model "mini", asked for is "maxi"');
    await writeFile(path('broken'), file.subarray(0, 1000));
    const broken = await spawnCli(['adapter', 'apply', path('broken'), '--input', path('in.jsonl')]);
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain(`${path('broken')}: `);
  });

  it('is exported as the library exports it', async () => {
    await writeFile(path('a'), file);
    const exported = (format: string, ...more: readonly string[]) =>
      spawnCli(['adapter', 'export', path('a'), '--format', format, '--out', path('out'), ...more]);
    expect((await exported('onnx', '--side', 'document')).stdout).toMatch(/^wrote onnx to .* \(\d kB\)\n$/);
    expect(new Uint8Array(await readFile(path('out')))).toEqual(loadAdapter(file).toONNX('document'));
    expect((await exported('json')).code).toBe(0);
    expect(JSON.parse(await readFile(path('out'), 'utf8'))).toEqual(loadAdapter(file).toJSON());
    expect((await exported('npy', '--json')).stdout).toMatch(/^\{"format":"npy","out":".*","bytes":\d+,"side":"query"/);
    expect(new Uint8Array(await readFile(path('out')))).toEqual(writeNpy(loadAdapter(file).toMatrix()));
    expect((await exported('safetensors', '--weights', 'int8')).code).toBe(0);
    expect(new Uint8Array(await readFile(path('out')))).toEqual(loadAdapter(file).toBytes({ weights: 'int8' }));
    expect((await exported('csv')).stderr).toContain('Allowed choices are onnx, json, npy, safetensors');
  });

  it('is measured beside no adapter', async () => {
    await writeFile(path('a'), file);
    await writeFile(path('q.npy'), writeNpy(matrix(queries)));
    await writeFile(path('d.npy'), writeNpy(matrix(documents)));
    const files = ['--queries', path('q.npy'), '--documents', path('d.npy'), '--qrels', 'pairs', '--k', '10'];
    const { stdout } = await spawnCli(['adapter', 'eval', path('a'), ...files, '--json']);
    const found = JSON.parse(stdout);
    const mapped = loadAdapter(file).queries(matrix(queries));
    expect(found.adapted).toEqual(evaluateRetrieval({ queries: mapped, documents, qrels: 'pairs', k: 10 }).metrics);
    expect(found.adapted['MRR@10']).toBeGreaterThan(found.metrics['MRR@10']);
    expect(found.ranks.better + found.ranks.worse + found.ranks.same).toBe(400);
    const table = await spawnCli(['adapter', 'eval', path('a'), ...files]);
    expect(table.stdout).toMatch(/base +adapted\n/);
  });

  it('is measured at its threshold', async () => {
    await writeFile(path('a'), file);
    await writeFile(path('q.npy'), writeNpy(matrix(queries)));
    await writeFile(path('d.npy'), writeNpy(matrix(documents)));
    const files = ['--queries', path('q.npy'), '--documents', path('d.npy'), '--qrels', 'pairs', '--precision', '0.2'];
    const { stdout } = await spawnCli(['adapter', 'eval', path('a'), ...files, '--json']);
    const { precision, threshold } = JSON.parse(stdout);
    expect([precision, threshold.score]).toEqual([0.2, loadAdapter(file).threshold({ precision: 0.2 })]);
    expect([threshold.precision > 0.1, threshold.recall > 0]).toEqual([true, true]);
    const table = await spawnCli(['adapter', 'eval', path('a'), ...files]);
    expect(table.stdout).toMatch(/\nthreshold 0\.\d{3} for precision 0\.2: precision 0\.\d{3}, recall 0\.\d{3}\n$/);
    const other = await spawnCli(['adapter', 'eval', path('a'), ...files, '--json', '--quantize', 'binary']);
    expect(JSON.parse(other.stdout).threshold).toBeNull();
  });
});

it('kantorovich adapter migrate writes an adapter that apply takes', async () => {
  await writeFile(path('new.npy'), writeNpy(matrix(queries)));
  await writeFile(path('old.npy'), writeNpy(matrix(documents)));
  const args = ['--from', path('new.npy'), '--to', path('old.npy'), '--out', path('m'), '--json'];
  const { stdout, stderr, code } = await spawnCli(['adapter', 'migrate', ...args]);
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout).metrics['recall@10'].adapted).toBeGreaterThan(0.9);
  expect(loadAdapter(await readFile(path('m')))).toMatchObject({ dims: DIMS, adapt: 'query', isIdentity: false });
});

it.each(['fit', 'apply', 'eval', 'migrate', 'export'])('help of adapter %s ends with an example', async (command) => {
  const { code, stdout } = await spawnCli(['adapter', command, '--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/\nExample/);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
});
