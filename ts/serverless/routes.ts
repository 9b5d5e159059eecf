import type { Route } from './route.js';
import { embed } from './routes/embed.js';
import { fit } from './routes/fit.js';

/** Every route, by its path. */
export const ROUTES: ReadonlyMap<string, Route> = new Map([embed, fit].map((route) => [route.name, route]));
