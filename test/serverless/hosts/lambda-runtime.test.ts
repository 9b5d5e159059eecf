import { type ChildProcess, execFile } from 'node:child_process';
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { readNpyMatrix } from '../../../ts/data/npy.js';
import type { LambdaResult } from '../../../ts/entries/serverless.js';
import { serveLambda } from '../../../ts/entries/serverless-node.js';
import { StateError } from '../../../ts/wasm/errors.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { sameBitsHandler, trainedModel, X_DIMS } from '../trained.js';
import { eventOf } from './lambda-event.js';
import { type RuntimeApi, runtimeApi } from './runtime-api.js';

const folder = temporaryFolder();
let api: RuntimeApi;
let runtime: ChildProcess | undefined;
afterEach(() => {
  runtime?.kill();
  api?.close();
});

/** A deployment for provided.al2023: a bootstrap, a Node, the function and its model. */
async function deploy(): Promise<void> {
  const entry = new URL('../../../dist/entries/serverless-node.js', import.meta.url).href;
  await writeFile(join(folder(), 'model.safetensors'), (await trainedModel()).toBytes());
  await symlink(process.execPath, join(folder(), 'node'));
  await writeFile(
    join(folder(), 'bootstrap'),
    '#!/bin/sh\nexec "$LAMBDA_TASK_ROOT/node" "$LAMBDA_TASK_ROOT/function.mjs"\n',
  );
  await chmod(join(folder(), 'bootstrap'), 0o755);
  await writeFile(
    join(folder(), 'function.mjs'),
    `import { readFile } from 'node:fs/promises';
    import { createHandler, serveLambda } from ${JSON.stringify(entry)};
    const model = () => readFile(new URL('model.safetensors', import.meta.url));
    await serveLambda(createHandler({ model, deterministic: true }));`,
  );
}

/** Starts it as Lambda does. */
function start(): ChildProcess {
  const env = { ...process.env, AWS_LAMBDA_RUNTIME_API: api.address, LAMBDA_TASK_ROOT: folder() };
  return execFile(join(folder(), 'bootstrap'), { env, cwd: '/' });
}

describe("Lambda's runtime API", () => {
  it('S2: hands invocations to a custom runtime, one after the other, in its own process', async () => {
    await deploy();
    api = await runtimeApi();
    runtime = start();
    const model = await trainedModel();
    const rows = [Array.from({ length: X_DIMS }, (_, k) => k / 8)];
    const expected = model.embedX(rows).data;
    const base64 = Buffer.from(Float32Array.from(rows[0] ?? []).buffer).toString('base64');
    const binary = {
      query: `columns=${X_DIMS}`,
      headers: { 'content-type': 'application/octet-stream', accept: 'application/x-npy' },
      isBase64Encoded: true,
    };
    const outcomes = await Promise.all([
      api.invoke(eventOf('/embed', JSON.stringify({ x: rows }))),
      api.invoke(eventOf('/embed', base64, binary)),
      api.invoke({ Records: [] }),
      api.invoke(eventOf('/embed', 'not base64!', binary)),
      api.invoke(eventOf('/', null, { method: 'GET' })),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['response', 'response', 'error', 'response', 'response']);
    const [json, npy, wrong, refused, about] = outcomes.map(({ body }) => body);
    expect(Float32Array.from(JSON.parse((json as LambdaResult).body).x[0])).toEqual(expected);
    expect(readNpyMatrix(Buffer.from((npy as LambdaResult).body, 'base64'), 'x').data).toEqual(expected);
    expect(wrong).toEqual({ errorType: 'OptionsError', errorMessage: expect.any(String), stackTrace: [] });
    expect((refused as LambdaResult).statusCode).toBe(400);
    expect(JSON.parse((about as LambdaResult).body).name).toBe('kantorovich');
  });

  it('fails the invocation whose answer the API refuses, and takes the next', async () => {
    api = await runtimeApi(1000);
    const ended = expect(serveLambda(sameBitsHandler(), { api: api.address })).rejects.toThrow();
    const about = eventOf('/', null, { method: 'GET' });
    const outcomes = [await api.invoke(about), await api.invoke(eventOf('/nothing', '{}'))];
    expect(outcomes.map(({ kind }) => kind)).toEqual(['error', 'response']);
    expect(outcomes[0]?.body).toMatchObject({ errorMessage: expect.stringContaining('413') });
    api.close();
    await ended;
  });

  it('is nowhere else', async () => {
    await expect(serveLambda(sameBitsHandler(), { api: undefined })).rejects.toThrow(StateError);
    api = await runtimeApi();
    await expect(serveLambda(sameBitsHandler(), { api: `${api.address}/other` })).rejects.toThrow(/answered 404/);
  });

  it('ends the process where the API goes away: Lambda starts another', async () => {
    await deploy();
    api = await runtimeApi();
    const run = promisify(execFile)(join(folder(), 'bootstrap'), {
      env: { ...process.env, AWS_LAMBDA_RUNTIME_API: api.address, LAMBDA_TASK_ROOT: folder() },
    });
    expect((await api.invoke(eventOf('/', null, { method: 'GET' }))).kind).toBe('response');
    api.close();
    await expect(run).rejects.toMatchObject({ code: 1 });
  });
});
