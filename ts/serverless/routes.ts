import type { Route } from './route.js';
import { apply } from './routes/apply.js';
import { embed } from './routes/embed.js';
import { evaluate } from './routes/evaluate.js';
import { fit } from './routes/fit.js';
import { probe } from './routes/probe.js';
import { score } from './routes/score.js';

const ALL: readonly Route[] = [embed, score, fit, apply, evaluate, probe];

/** Every route, by its path. */
export const ROUTES: ReadonlyMap<string, Route> = new Map(ALL.map((route) => [route.name, route]));
