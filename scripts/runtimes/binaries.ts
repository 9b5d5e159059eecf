import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const inModules = (path: string): string => fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url));
const workerd: { readonly default: string } = createRequire(import.meta.url)('workerd');

/** The runtimes themselves, as their npm packages bring them: started without a wrapper, so that they can be ended. */
export const binaries = {
  bun: inModules('bun/bin/bun.exe'),
  deno: inModules('deno/deno'),
  workerd: workerd.default,
} as const;
