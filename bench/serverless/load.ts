import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { median } from '../timing.js';
import type { Project } from './project.js';

/** What many concurrent requests do to a server in a process of its own. */
export interface Load {
  /** Requests at a time. */
  readonly concurrent: number;
  readonly rounds: number;
  /** Milliseconds of a round, the median. */
  readonly ms: number;
  /** Answers that were no embedding, and requests without an answer. */
  readonly errors: number;
  /** Bytes that the server held after each round, its garbage collected; the first round, a warm-up, left out. */
  readonly heldBytes: readonly number[];
}

/** Sends rounds of concurrent requests over loopback, each of one row. */
export async function measureLoad(
  { folder, embedding }: Project,
  { concurrent, rounds }: Pick<Load, 'concurrent' | 'rounds'>,
  onProgress: (state: string) => void,
): Promise<Load> {
  const server = fork(join(folder, 'server.mjs'), { cwd: folder, execArgv: ['--expose-gc'] });
  try {
    const [port] = await once(server, 'message');
    const body = await readFile(join(folder, 'request.json'), 'utf8');
    const held = async (): Promise<number> => {
      const answer = once(server, 'message');
      server.send('held');
      return (await answer)[0];
    };
    const expected = JSON.stringify({ x: [embedding.map((value) => Number(value.toPrecision(9)))] });
    const [times, heldBytes]: [number[], number[]] = [[], []];
    let errors = 0;
    for (let round = 0; round <= rounds; round++) {
      onProgress(`serverless: ${concurrent} requests at once, round ${round} of ${rounds}`);
      const began = performance.now();
      errors += await failed(`http://127.0.0.1:${port}/embed`, body, expected, concurrent);
      times.push(performance.now() - began);
      heldBytes.push(await held());
    }
    return { concurrent, rounds, ms: median(times.slice(1)), errors, heldBytes: heldBytes.slice(1) };
  } finally {
    server.disconnect();
  }
}

/** How many of the requests did not get the answer. */
async function failed(address: string, body: string, expected: string, concurrent: number): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const answers = Array.from({ length: concurrent }, async () => {
    const response = await fetch(address, { method: 'POST', headers, body });
    return (await response.text()) === expected;
  });
  const settled = await Promise.allSettled(answers);
  return settled.filter((one) => one.status === 'rejected' || !one.value).length;
}
