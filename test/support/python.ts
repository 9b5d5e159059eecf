import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll } from 'vitest';

const usual = join(tmpdir(), 'kantorovich-python/bin/python');

/**
 * A Python with torch, safetensors and onnxruntime: what KANTOROVICH_PYTHON says, or what scripts/python installs;
 * undefined where there is none.
 */
const pythonPath = process.env.KANTOROVICH_PYTHON ?? (existsSync(usual) ? usual : undefined);

/** Whether tests that need Python are passed over here; in CI they never are. */
export const isPythonMissing = pythonPath === undefined && process.env.CI === undefined;

const LOOP = 'import json, sys\nfor line in sys.stdin:\n    print(json.dumps(answer(json.loads(line))), flush=True)\n';

/** What runs it. */
export const pythonCommand = pythonPath ?? usual;

/** A Python process that answers a line of JSON with a line of JSON. */
export interface Python {
  ask(request: unknown): Promise<unknown>;
}

/**
 * A process for the tests of the file or group, of a program that defines `answer(request)`; what fails in it fails the
 * question with what Python said.
 */
export function pythonProcess(program: string | (() => Promise<string>)): Python {
  let child: ChildProcessWithoutNullStreams | null = null;
  let lines: AsyncIterator<string> | null = null;
  let complaint = '';
  beforeAll(async () => {
    const code = typeof program === 'string' ? program : await program();
    child = spawn(pythonCommand, ['-c', `${code}\n${LOOP}`]);
    lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.on('data', (piece) => {
      complaint += piece;
    });
    child.on('error', ({ message }) => {
      complaint += message;
    });
    // Whoever asks learns of the end from what is printed.
    child.stdin.on('error', () => undefined);
  });
  afterAll(() => {
    child?.stdin.end();
  });
  return {
    async ask(request) {
      child?.stdin.write(`${JSON.stringify(request)}\n`);
      const line = await lines?.next();
      if (line?.done !== false) throw new Error(`Python ended: ${complaint}`);
      return JSON.parse(line.value);
    },
  };
}
