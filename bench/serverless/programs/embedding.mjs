// A function's first work in its runtime: one embedding, printed. Files are read as the runtime itself reads them.
import { createHandler } from 'kantorovich/serverless';

const read = globalThis.Deno?.readFile ?? (await import('node:fs/promises')).readFile;
const handler = createHandler({ model: () => read('model.safetensors'), deterministic: true });
const headers = { 'content-type': 'application/json' };
const body = await read('request.json');
const response = await handler(new Request('http://function/embed', { method: 'POST', headers, body }));
console.log(await response.text());
