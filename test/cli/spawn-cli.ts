import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The compiled command line, as the package has it; `npm test` builds it first. */
export const cliPath = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** How a process ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What to do with a run under way. */
export interface Following {
  readonly env?: NodeJS.ProcessEnv;
  /** Called with all that stands on standard output so far, each time there is more. */
  readonly onOutput?: (stdout: string, child: ChildProcess) => void;
}

/** Runs `kantorovich` with these arguments to its end. */
export function spawnCli(args: readonly string[], following: Following = {}): Promise<Ended> {
  return follow(spawn(process.execPath, [cliPath, ...args], options(following)), following);
}

/** Runs a shell command in which `$KANTOROVICH` stands for the command line. */
export function spawnShell(command: string, following: Following = {}): Promise<Ended> {
  const env = { KANTOROVICH: `"${process.execPath}" "${cliPath}"`, ...following.env };
  return follow(spawn('sh', ['-c', command.replaceAll('$KANTOROVICH', env.KANTOROVICH)], options({ env })), following);
}

function options({ env }: Following) {
  return { env: { ...process.env, COLUMNS: undefined, ...env } };
}

function follow(child: ChildProcess, { onOutput }: Following): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
    onOutput?.(stdout, child);
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
