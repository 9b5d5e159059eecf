import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { packageVersion } from '../package-version.js';

/** What made a result. */
export interface Provenance {
  readonly version: string;
  /** The commit of the sources, with a + where they were changed since; null outside a repository. */
  readonly commit: string | null;
  readonly node: string;
  readonly machine: string;
  /** Day, as 2026-01-31. */
  readonly date: string;
}

/** What makes results in this process. */
export function provenance(): Provenance {
  return {
    version: packageVersion(),
    commit: commit(),
    node: process.versions.node,
    machine: `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} threads`,
    date: new Date().toISOString().slice(0, 10),
  };
}

/** One line for a table's foot. */
export function provenanceText({ version, commit, node, machine, date }: Provenance): string {
  return `kantorovich ${version}${commit === null ? '' : ` (commit ${commit})`}, Node ${node}, ${machine}, ${date}`;
}

function commit(): string | null {
  const git = (args: readonly string[]) =>
    execFileSync('git', args, {
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    // Elsewhere than at the repository's root this is some other repository's business.
    if (git(['rev-parse', '--show-prefix']) !== '') return null;
    const isChanged = git(['status', '--porcelain', '--untracked-files=no', 'ts', 'crates']) !== '';
    return git(['rev-parse', '--short=10', 'HEAD']) + (isChanged ? '+' : '');
  } catch {
    return null;
  }
}
