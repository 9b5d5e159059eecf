import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeNpy } from '../../../ts/data/npy.js';
import { evaluateRetrieval } from '../../../ts/entries/adapters-node.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { spawnCli } from '../spawn-cli.js';

const temporary = temporaryFolder();
const path = (name: string) => join(temporary(), name);

const random = seededRandom(1106);
const [queries, documents] = [normalRows(random, 12, 16), normalRows(random, 40, 16)];
const qrels = Array.from({ length: 11 }, (_, i) => [i, (i * 7) % 40, 1 + (i % 3)] as const);

async function writeFiles(): Promise<readonly string[]> {
  const matrix = (rows: readonly (readonly number[])[]) =>
    writeNpy({ data: Float32Array.from(rows.flat()), rows: rows.length, cols: rows[0].length });
  await writeFile(path('q.npy'), matrix(queries));
  await writeFile(path('d.npy'), matrix(documents));
  const lines = qrels.map((triple) => triple.join('\t'));
  await writeFile(path('qrels.tsv'), ['query-id\tcorpus-id\tscore', ...lines].join('\n'));
  return ['--queries', path('q.npy'), '--documents', path('d.npy'), '--qrels', path('qrels.tsv')];
}

describe('kantorovich adapter eval', () => {
  it('prints the metrics of the library, as a table and as JSON', async () => {
    const files = await writeFiles();
    const { metrics, counts } = evaluateRetrieval({ queries, documents, qrels, k: [1, 10] });
    const table = await spawnCli(['adapter', 'eval', ...files, '--k', '1,10']);
    expect(table.stderr).toBe('');
    expect(table.code).toBe(0);
    const [head, ...lines] = table.stdout.trimEnd().split('\n');
    expect(head).toBe('queries 11 (1 more without judgement)   documents 40   relevant 11   16-d   cosine');
    expect(lines[0].trim()).toBe('base');
    expect(lines.slice(1).map((line) => line.split(/\s+/))).toEqual(
      Object.entries(metrics).map(([name, value]) => [name, value.toFixed(3)]),
    );
    const json = await spawnCli(['adapter', 'eval', ...files, '--k', '1,10', '--json']);
    expect(JSON.parse(json.stdout)).toEqual({ metrics, counts, k: [1, 10], metric: 'cosine', quantize: 'none' });
  });

  it('takes quantised indexes, truncated vectors and the inner product', async () => {
    const files = await writeFiles();
    const flags = ['--quantize', 'binary', '--truncate', '8', '--metric', 'inner-product', '--json'];
    const { stdout } = await spawnCli(['adapter', 'eval', ...files, ...flags]);
    const how = { quantize: 'binary', truncate: 8, metric: 'inner-product' } as const;
    const { metrics } = evaluateRetrieval({ queries, documents, qrels, ...how });
    expect(JSON.parse(stdout)).toMatchObject({ metrics, ...how });
  });

  it('reads JSONL with ids of its own, and ids of .npy rows from a file', async () => {
    await writeFiles();
    await writeFile(
      path('q.jsonl'),
      queries.map((embedding, i) => JSON.stringify({ id: `q${i}`, embedding })).join('\n'),
    );
    await writeFile(path('ids.txt'), documents.map((_, j) => `d${j}\n`).join(''));
    await writeFile(path('trec.txt'), qrels.map(([q, d, grade]) => `q${q} 0 d${d} ${grade}\n`).join(''));
    const { stdout, stderr } = await spawnCli([
      ...['adapter', 'eval', '--json', '--queries', path('q.jsonl'), '--documents', path('d.npy')],
      ...['--document-ids', path('ids.txt'), '--qrels', path('trec.txt')],
    ]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout).metrics).toEqual(evaluateRetrieval({ queries, documents, qrels }).metrics);
  });

  it("reads an API's answers and relevant documents by query", async () => {
    const answer = { data: queries.map((embedding, index) => ({ index, embedding })) };
    await writeFile(path('q.json'), JSON.stringify(answer, null, 2));
    await writeFile(path('d.json'), JSON.stringify({ embeddings: { float: documents } }));
    const docs = Object.fromEntries(qrels.map(([q, d]) => [q, [String(d)]]));
    await writeFile(path('qa.json'), JSON.stringify({ queries: {}, corpus: {}, relevant_docs: docs }));
    const files = ['--queries', path('q.json'), '--documents', path('d.json'), '--qrels', path('qa.json')];
    const { stdout, stderr } = await spawnCli(['adapter', 'eval', ...files, '--json']);
    expect(stderr).toBe('');
    const pairs = qrels.map(([q, d]) => [q, d] as const);
    expect(JSON.parse(stdout).metrics).toEqual(evaluateRetrieval({ queries, documents, qrels: pairs }).metrics);
  });

  it("takes 'pairs' for row i with row i", async () => {
    const [, queriesFile] = await writeFiles();
    const args = [
      'adapter',
      'eval',
      '--queries',
      queriesFile,
      '--documents',
      queriesFile,
      '--qrels',
      'pairs',
      '--k',
      '1',
    ];
    const { stdout } = await spawnCli(args);
    expect(stdout).toMatch(/recall@1 {5}1\.000\n/);
  });

  it('says what is wrong in one line', async () => {
    const files = await writeFiles();
    await writeFile(path('bad.tsv'), '0\t1\t1\n0\t99\t1\n');
    await writeFile(path('bad.jsonl'), '{"id":"a","embedding":[1,2]}\n{"id":"b","embedding":[1]}\n');
    const cases = [
      {
        args: [...files, '--qrels', path('bad.tsv')],
        code: 1,
        message: /bad\.tsv: line 2: document "99" is none of the 40/,
      },
      {
        args: [...files, '--queries', path('bad.jsonl')],
        code: 1,
        message: /bad\.jsonl: line 2: field embedding has 1/,
      },
      { args: [...files, '--queries', path('none.npy')], code: 1, message: /cannot read .*none\.npy: no such file/ },
      {
        args: [...files, '--queries', path('none.jsonl')],
        code: 1,
        message: /cannot read .*none\.jsonl: no such file/,
      },
      { args: [...files, '--k', '1,x'], code: 2, message: /--k.*whole numbers from 1, such as 1,5,10/ },
      { args: [...files, '--truncate', '17'], code: 2, message: /truncate must be a whole number from 1 to 16/ },
      { args: files.slice(2), code: 2, message: /--queries <file>' not specified/ },
    ];
    for (const { args, code, message } of cases) {
      const ended = await spawnCli(['adapter', 'eval', ...args]);
      expect(ended.stderr).toMatch(message);
      expect(ended.stderr).toMatch(/^kantorovich: [^\n]*\n$/);
      expect([ended.code, ended.stdout]).toEqual([code, '']);
    }
  });
});
