// Posts pairs.safetensors to the route that fits, and prints what it took.
import { readFile } from 'node:fs/promises';
import { createHandler } from 'kantorovich/serverless';

const handler = createHandler();
const headers = { 'content-type': 'application/x-safetensors' };
const body = await readFile('pairs.safetensors');
const [began, before] = [performance.now(), process.cpuUsage()];
const response = await handler(new Request('http://function/fit', { method: 'POST', headers, body }));
const { improved, reason, error } = await response.json();
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({
    status: response.status,
    improved,
    reason,
    error,
    seconds: (performance.now() - began) / 1000,
    cpu: (user + system) / 1e6,
  }),
);
