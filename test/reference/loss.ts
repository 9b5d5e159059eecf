import { matrixDifferences, scalarDifference, vectorDifferences } from '../support/finite-differences.js';
import type { DenseLayer } from './encoder.js';
import type { Rows } from './linear-algebra.js';
import { donskerVaradhan } from './objectives/donsker-varadhan.js';
import { flo } from './objectives/flo.js';
import { infoNCE, infoNCESymmetric } from './objectives/info-nce.js';
import { jensenShannon, jsdValue } from './objectives/jsd.js';
import { nwj } from './objectives/nwj.js';
import { relativePredictiveCoding, rpcValue } from './objectives/rpc.js';
import { smileValue } from './objectives/smile.js';
import { wdm, wdmAll } from './objectives/wdm.js';
import type { Pairing } from './pairing.js';
import { type ReferenceCritic, scores } from './scores.js';

/** From a score matrix and its pairing to what is maximised, by the names of the vocabulary. */
export const objectives = {
  cpc: infoNCE,
  'cpc-symmetric': infoNCESymmetric,
  wpc: infoNCE,
  'wpc-symmetric': infoNCESymmetric,
  wdm,
  'wdm-all': wdmAll,
  nwj,
  dv: donskerVaradhan,
  jsd: jensenShannon,
  smile: jensenShannon,
  rpc: relativePredictiveCoding,
  flo,
} as const satisfies Record<string, (scores: Rows, pairs: Pairing) => number>;

/** From a score matrix to the value that is reported, of the objectives that maximise something else. */
export const estimates: Readonly<Partial<Record<ObjectiveName, (scores: Rows, pairs: Pairing) => number>>> = {
  jsd: jsdValue,
  smile: smileValue,
  rpc: rpcValue,
};

/** One of the keys of {@link objectives}. */
export type ObjectiveName = keyof typeof objectives;

/** Everything a loss depends on, in float64. */
export interface LossProblem {
  readonly G: Rows;
  readonly H: Rows;
  readonly critic: ReferenceCritic;
  readonly pairs: Pairing;
}

/** The derivatives of a loss; those of weights and layers where the critic has them. */
export interface LossGradients {
  readonly dG: Rows;
  readonly dH: Rows;
  readonly dTemperature: number;
  readonly dWeights: Rows | null;
  readonly dLayers: readonly DenseLayer[];
}

/** What an objective maximises, with a critic on embeddings. */
export function loss(objective: ObjectiveName, { G, H, critic, pairs }: LossProblem): number {
  return objectives[objective](scores(critic, G, H), pairs);
}

/** The value that an objective reports, with a critic on embeddings. */
export function lossValue(objective: ObjectiveName, { G, H, critic, pairs }: LossProblem): number {
  return (estimates[objective] ?? objectives[objective])(scores(critic, G, H), pairs);
}

/** The gradients of {@link loss} by central differences. */
export function lossGradients(objective: ObjectiveName, problem: LossProblem): LossGradients {
  const value = (changed: Partial<LossProblem>) => loss(objective, { ...problem, ...changed });
  const { G, H, critic } = problem;
  const { weights, layers = [], temperature } = critic;
  const withLayer = (l: number, layer: DenseLayer) => value({ critic: { ...critic, layers: layers.with(l, layer) } });
  return {
    dG: matrixDifferences((moved) => value({ G: moved }), G),
    dH: matrixDifferences((moved) => value({ H: moved }), H),
    dTemperature: scalarDifference((moved) => value({ critic: { ...critic, temperature: moved } }), temperature),
    dWeights: weights ? matrixDifferences((moved) => value({ critic: { ...critic, weights: moved } }), weights) : null,
    dLayers: layers.map((layer, l) => ({
      weights: matrixDifferences((moved) => withLayer(l, { ...layer, weights: moved }), layer.weights),
      bias: vectorDifferences((moved) => withLayer(l, { ...layer, bias: moved }), layer.bias ?? []),
    })),
  };
}
