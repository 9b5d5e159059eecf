import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a process of a module's code ended, code and signal, and what it printed. */
export async function printed(script: string): Promise<{ readonly end: readonly unknown[]; readonly stdout: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { timeout: 30_000 });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  return { end: await once(child, 'close'), stdout };
}
