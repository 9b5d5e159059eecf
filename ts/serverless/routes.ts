import type { Route } from './route.js';

/** Every route by its path, loaded when it is first asked for: a function that only embeds never reads the others. */
export const ROUTES: ReadonlyMap<string, () => Promise<Route>> = new Map<string, () => Promise<Route>>([
  ['embed', async () => (await import('./routes/embed.js')).embed],
  ['score', async () => (await import('./routes/score.js')).score],
  ['fit', async () => (await import('./routes/fit.js')).fit],
  ['apply', async () => (await import('./routes/apply.js')).apply],
  ['evaluate', async () => (await import('./routes/evaluate.js')).evaluate],
  ['probe', async () => (await import('./routes/probe.js')).probe],
]);
