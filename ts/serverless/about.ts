import type { FunctionState } from './function-state.js';
import { BYTES_TYPE, MEDIA_TYPES } from './media-types.js';
import { ROUTES } from './routes.js';
import { VERSION } from './version.js';

/** What the function is, its routes and limits: nothing is loaded for it. */
export function aboutResponse({ limits, adapterNames }: FunctionState): Response {
  const routes = [...ROUTES.values()].map(({ name, about, fields, answers }) => [
    name,
    { method: 'POST', about, fields, answers: answers.map((format) => MEDIA_TYPES[format]) },
  ]);
  return Response.json({
    name: 'kantorovich',
    version: VERSION,
    routes: Object.fromEntries(routes),
    bodies: [...Object.values(MEDIA_TYPES), BYTES_TYPE],
    adapters: adapterNames,
    limits,
  });
}
