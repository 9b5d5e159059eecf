// A function's first work in its runtime: one embedding, printed.
import { readFile } from 'node:fs/promises';
import { createHandler } from 'kantorovich/serverless';

const handler = createHandler({ model: () => readFile('model.safetensors'), deterministic: true });
const body = await readFile('request.json', 'utf8');
const headers = { 'content-type': 'application/json' };
const response = await handler(new Request('http://function/embed', { method: 'POST', headers, body }));
console.log(await response.text());
