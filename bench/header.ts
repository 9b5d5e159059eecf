import type { Absence, Remote } from './process/remote.js';
import { describeRuntime } from './record.js';

/** What stands above all tables: where this ran, with which versions, and what is missing. */
export function header(engines: readonly Remote[], absent: readonly Absence[]): string {
  const { node, v8, cpu, cores, commit } = describeRuntime(engines);
  const versions = engines.map(({ name, version }) => `${name} ${version.replace(/^v/, '')}`);
  return [
    `Node ${node} (V8 ${v8}), ${cpu}, ${cores} cores${commit ? `, commit ${commit}` : ''}`,
    `${versions.join(', ')}; each a process of its own on one thread`,
    ...absent.map(({ name, absent }) => `not here: ${name} (${absent})`),
  ].join('\n');
}
