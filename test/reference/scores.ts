import { bilinear } from './critics/bilinear.js';
import { cosine } from './critics/cosine.js';
import { distance } from './critics/distance.js';
import { joint } from './critics/joint.js';
import { separable } from './critics/separable.js';
import { squaredDistance } from './critics/squared-distance.js';
import type { DenseLayer } from './encoder.js';
import type { Rows } from './linear-algebra.js';

/** The critics by the names of the vocabulary. */
export const criticNames = ['separable', 'bilinear', 'cosine', 'distance', 'squared-distance', 'joint'] as const;

/** One of {@link criticNames}. */
export type CriticName = (typeof criticNames)[number];

/** A critic with its parameters; `weights` (width(G) x width(H)) belong to the bilinear one, `layers` to the joint. */
export interface ReferenceCritic {
  readonly name: CriticName;
  readonly temperature: number;
  readonly weights?: Rows;
  readonly layers?: readonly DenseLayer[];
}

/** The n x m score matrix of a critic on embeddings G (n rows) and H (m rows). */
export function scores(critic: ReferenceCritic, G: Rows, H: Rows): number[][] {
  const { name, temperature, weights, layers } = critic;
  switch (name) {
    case 'separable':
      return separable(G, H, temperature);
    case 'bilinear':
      if (weights === undefined) throw new RangeError('the bilinear critic needs weights');
      return bilinear(G, H, weights, temperature);
    case 'cosine':
      return cosine(G, H, temperature);
    case 'distance':
      return distance(G, H, temperature);
    case 'squared-distance':
      return squaredDistance(G, H, temperature);
    case 'joint':
      if (layers === undefined) throw new RangeError('the joint critic needs layers');
      return joint(G, H, layers, temperature);
  }
}
