// Set A as JSON on stdout: German compiler messages, each with its English one, from npm's typescript (Apache-2.0).
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import ts from 'typescript';

const require = createRequire(import.meta.url);
const german = JSON.parse(readFileSync(require.resolve('typescript/lib/de/diagnosticMessages.generated.json'), 'utf8'));
const pairs = Object.values(ts.Diagnostics)
  .map(({ code, key, message }) => ({ id: String(code), english: message, german: german[key] }))
  .filter(({ english, german }) => german !== undefined && german !== english)
  .sort((a, b) => Number(a.id) - Number(b.id));

process.stdout.write(
  JSON.stringify({
    queries: pairs.map(({ id, german }) => [id, german]),
    documents: pairs.map(({ id, english }) => [id, english]),
    qrels: pairs.map(({ id }) => [id, id]),
  }),
);
