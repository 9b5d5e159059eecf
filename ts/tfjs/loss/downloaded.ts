import {
  add,
  clone,
  dispose,
  mul,
  type NamedTensorMap,
  type Optimizer,
  type Scalar,
  sum,
  type Tensor,
  type Tensor2D,
  tensor,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { ShapeError } from '../../wasm/errors.js';
import { noting } from './abandoned-tape.js';
import { type EmbeddingSizes, embeddingSizes } from './embeddings.js';
import type { LossEvaluator } from './loss-evaluator.js';

/** What a loss and its gradients are; the caller disposes of the tensors. */
export interface LossAndGrads {
  /** What is minimised. */
  readonly loss: number;
  /** What is reported, in nats. */
  readonly value: number;
  /** Of the loss. */
  readonly grads: {
    readonly x: Tensor2D;
    readonly y: Tensor2D;
    /** By the critic's variables, by their names. */
    readonly variables: NamedTensorMap;
  };
}

/** Gives the embeddings of a batch, the same at every call until a variable is assigned to. */
export type Embed = () => readonly [Tensor, Tensor];

/** Loss and gradients of x and y, which are downloaded first; the calling thread does not wait for the device. */
export async function downloaded(evaluator: LossEvaluator, x: Tensor, y: Tensor): Promise<LossAndGrads> {
  const sizes = embeddingSizes(x, y);
  const variables = evaluator.variablesFor(sizes);
  const inputs: readonly Tensor[] = [x, y, ...variables];
  const numbers = await Promise.all(inputs.map((input) => input.data<'float32'>()));
  return evaluator.run(sizes, numbers, 'all', ({ surrogate, gradients }) => {
    const descents = inputs.map(({ shape }, at) => tensor(gradients[at]?.map((slope) => -slope) ?? [], shape));
    const [dX, dY, ...byVariables] = descents;
    const named = variables.map(({ name }, at) => [name, byVariables[at]]);
    return {
      loss: -surrogate,
      value: evaluator.value,
      grads: { x: dX as Tensor2D, y: dY as Tensor2D, variables: Object.fromEntries(named) },
    };
  });
}

/**
 * One step of `optimizer` on the loss of what `embed` gives.
 *
 * `embed` runs twice, since a tape cannot wait for a download: once for the embeddings, and once under a tape, through
 * which the loss's gradients are taken back. No other step may be taken in between.
 *
 * @throws {ShapeError} where they have other shapes the second time
 */
export async function minimizeDownloaded(
  evaluator: LossEvaluator,
  optimizer: Pick<Optimizer, 'applyGradients'>,
  embed: Embed,
  variables?: readonly Variable[],
): Promise<number> {
  // Clones, since embed may give tensors that are not ours to dispose of.
  const [x, y] = tidy(() => embed().map((embedding) => clone(embedding)) as [Tensor, Tensor]);
  try {
    const { loss, grads } = await downloaded(evaluator, x, y);
    try {
      takeStep(optimizer, () => tangent(sameShapes(embed(), grads), evaluator.variables, grads), variables);
    } finally {
      dispose(grads);
    }
    return loss;
  } finally {
    dispose([x, y]);
  }
}

/** A step along the gradients of what `work` computes. */
function takeStep(
  optimizer: Pick<Optimizer, 'applyGradients'>,
  work: () => Scalar,
  variables: readonly Variable[] | undefined,
): void {
  const trained = variables?.filter(({ trainable }) => trainable);
  const { value, grads } = noting(() => variableGrads(work, trained));
  try {
    optimizer.applyGradients(trained ? trained.map(({ name }) => ({ name, tensor: grads[name] })) : grads);
  } finally {
    dispose([value, grads]);
  }
}

/** Embeddings that have the shapes of the gradients: others might be broadcast. */
function sameShapes(embedded: ReturnType<Embed>, grads: LossAndGrads['grads']): ReturnType<Embed> {
  const [again, before] = [embeddingSizes(...embedded), embeddingSizes(grads.x, grads.y)].map(shapesOf);
  if (again === before) return embedded;
  throw new ShapeError(`embed() gave x and y of ${before} at first and of ${again} when it was run again for the step`);
}

function shapesOf({ n, d, m, yDim }: EmbeddingSizes): string {
  return `${n} x ${d} and ${m} x ${yDim}`;
}

/** A number whose gradients are those of the loss: the embeddings' and variables' inner products with its gradients. */
function tangent([x, y]: readonly [Tensor, Tensor], own: readonly Variable[], grads: LossAndGrads['grads']): Scalar {
  const pairs = [[x, grads.x], [y, grads.y], ...own.map((variable) => [variable, grads.variables[variable.name]])];
  const products = pairs.map(([input, slope]) => sum<Scalar>(mul(input, slope)));
  return products.reduce((total, part) => add(total, part));
}
