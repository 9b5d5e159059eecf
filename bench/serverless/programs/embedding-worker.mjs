import { createHandler } from 'kantorovich/serverless';
import model from './model.safetensors';

const handler = createHandler({ model });

// biome-ignore lint/style/noDefaultExport: workerd looks for it there.
export default { fetch: (request) => handler(request) };
