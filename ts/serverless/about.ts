import { VERSION } from '../wasm/version.js';
import type { FunctionState } from './function-state.js';
import { BYTES_TYPE, MEDIA_TYPES } from './media-types.js';
import { ROUTES } from './routes.js';

/** What the function is, its routes and limits: no file is loaded for it. */
export async function aboutResponse({ limits, adapterNames }: FunctionState): Promise<Response> {
  const routes = [...ROUTES].map(async ([name, load]) => {
    const { about, fields, answers } = await load();
    return [name, { method: 'POST', about, fields, answers: answers.map((format) => MEDIA_TYPES[format]) }];
  });
  return Response.json({
    name: 'kantorovich',
    version: VERSION,
    routes: Object.fromEntries(await Promise.all(routes)),
    bodies: [...Object.values(MEDIA_TYPES), BYTES_TYPE],
    adapters: adapterNames,
    limits,
  });
}
