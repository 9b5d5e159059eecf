// Serves on a free port, which it sends to its parent; answers each message with the bytes that it holds.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createHandler, toNodeListener } from 'kantorovich/serverless';

const handler = createHandler({ model: () => readFile('model.safetensors'), deterministic: true });
const server = createServer(toNodeListener(handler)).listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('message', () => {
  globalThis.gc();
  process.send(process.memoryUsage().rss);
});
process.on('disconnect', () => process.exit());
