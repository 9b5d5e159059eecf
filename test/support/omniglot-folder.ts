import { existsSync } from 'node:fs';
import { join } from 'node:path';

const candidates = [process.env.KANTOROVICH_OMNIGLOT, 'data/omniglot', '../shared/data/omniglot'];

/** The folder of the compact Omniglot, which is no part of the repository; null where it is absent. */
export const omniglotFolder: string | null =
  candidates.find((folder) => folder !== undefined && existsSync(join(folder, 'omniglot-small.json'))) ?? null;
