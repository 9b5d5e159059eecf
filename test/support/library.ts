import {
  bilinear,
  type Critic,
  cosine,
  distance,
  donskerVaradhan,
  flo,
  infoNCE,
  infoNCESymmetric,
  joint,
  jsd,
  type LossOptions,
  type LossResult,
  type MatrixLike,
  nwj,
  type Objective,
  rpc,
  separable,
  smile,
  squaredDistance,
  wdm,
  wdmAll,
  wpc,
  wpcSymmetric,
} from '../../ts/entries/node.js';
import type { ObjectiveName } from '../reference/loss.js';
import { RELATIVE } from '../reference/objectives/rpc.js';
import { CLIP } from '../reference/objectives/smile.js';
import type { Pairing } from '../reference/pairing.js';
import type { ReferenceCritic } from '../reference/scores.js';
import type { GeneratedProblem } from './arbitraries.js';

/** The two builds: `baseline` is forced, `default` is relaxed where the runtime has it. */
export const builds = [
  { build: 'baseline', deterministic: true },
  { build: 'default', deterministic: false },
] as const;

/** A loss call of the library. */
export type LossCall = (x: MatrixLike, y: MatrixLike, options?: LossOptions) => LossResult;

/** The library's calls by the names of the vocabulary. */
export const lossCalls: Readonly<Record<ObjectiveName, LossCall>> = {
  cpc: infoNCE,
  'cpc-symmetric': infoNCESymmetric,
  wpc,
  'wpc-symmetric': wpcSymmetric,
  wdm,
  'wdm-all': wdmAll,
  nwj,
  dv: donskerVaradhan,
  jsd,
  smile: (x, y, options) => smile(x, y, { clip: CLIP, ...options }),
  rpc: (x, y, options) => rpc(x, y, { ...RELATIVE, ...options }),
  flo,
};

/** The objective as plans and `fit` take it, with the numbers of {@link lossCalls}. */
export function libraryObjective(name: ObjectiveName): Objective {
  if (name === 'smile') return { name, clip: CLIP };
  return name === 'rpc' ? { name, ...RELATIVE } : { name };
}

/** The names of all objectives. */
export const objectiveNames = Object.keys(lossCalls) as readonly ObjectiveName[];

/** The library's critic with the parameters of a reference critic. */
export function libraryCritic({ name, temperature, weights, layers = [] }: ReferenceCritic): Critic {
  switch (name) {
    case 'separable':
      return separable({ temperature });
    case 'bilinear':
      return bilinear({ weights, temperature });
    case 'cosine':
      return cosine({ temperature, learnTemperature: true });
    case 'distance':
      return distance({ temperature });
    case 'squared-distance':
      return squaredDistance({ temperature });
    case 'joint': {
      const given = layers.map((layer) => ({ weight: layer.weights, bias: layer.bias ?? [] }));
      return joint({ temperature, layers: given });
    }
  }
}

/** A pairing's positives as compressed rows with weights. */
export function compressedPositives({ positives }: Pairing): NonNullable<LossOptions['positives']> {
  const offsets = new Uint32Array(positives.length + 1);
  positives.forEach((own, i) => {
    offsets[i + 1] = offsets[i] + own.length;
  });
  const all = positives.flat();
  return {
    offsets,
    indices: Uint32Array.from(all, ({ candidate }) => candidate),
    weights: Float32Array.from(all, ({ weight }) => weight),
  };
}

/** A generated problem as the library takes it; the default positives are left to the library. */
export function lossOptions(problem: GeneratedProblem): LossOptions {
  const critic = libraryCritic(problem.critic);
  if (problem.kind !== 'general') return { critic };
  return { critic, positives: compressedPositives(problem.pairs), yIds: problem.ids };
}
