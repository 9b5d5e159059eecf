// What every runtime computes: plain JavaScript on the package's own names, so that the same text runs everywhere.
import {
  arrayPairs,
  fit,
  gradientPenalty,
  infoNCE,
  infoNCESymmetric,
  linearProbe,
  load,
  loadModel,
  random,
} from 'kantorovich';
import { fitAdapter } from 'kantorovich/adapters';

/** The SHA-256 of what one seed gives in the baseline build, by what it is of. */
export async function fingerprints() {
  await load({ evaluation: true });
  const certified = await trained({ objective: 'wpc', critic: 'distance', lipschitz: 'orthonormal', encoder: '12-5' });
  const penalised = await trained({
    objective: 'cpc',
    critic: 'bilinear',
    lipschitz: gradientPenalty({ points: 8 }),
    encoder: '9-6',
    schedule: 'cosine',
  });
  return {
    loss: await hash(...gradients()),
    'wpc, orthonormal: losses': await hash(certified.losses),
    'wpc, orthonormal: weights': await hash(...certified.weights),
    'cpc, gradient penalty: losses': await hash(penalised.losses),
    'cpc, gradient penalty: weights': await hash(...penalised.weights),
    embeddings: await hash(embedded(certified.file)),
    probe: await hash(probed()),
    adapter: await hash(await adapted()),
  };
}

async function trained(options) {
  const [train, heldOut] = [correlated(96, 11, 1), correlated(48, 11, 2)];
  const { model, history } = await fit({
    pairs: arrayPairs(train),
    heldOut: arrayPairs(heldOut),
    evaluateEvery: 20,
    batch: 13,
    steps: 60,
    seed: 7,
    learningRate: 3e-3,
    deterministic: true,
    ...options,
  });
  const losses = history.flatMap(({ loss, value, penalty, gradientNorm, heldOut: judged }) => [
    ...[loss, value, penalty, gradientNorm],
    ...(judged === null ? [] : [judged.value, judged.wdm]),
  ]);
  return { losses: Float64Array.from(losses), weights: model.tensors().map(({ data }) => data), file: model.toBytes() };
}

function gradients() {
  const { x, y } = correlated(70, 9, 3);
  const results = [infoNCE(x, y, { deterministic: true }), infoNCESymmetric(x, y, { deterministic: true })];
  return results.flatMap(({ value, dX, dY }) => [Float64Array.of(value), dX.data, dY.data]);
}

function embedded(file) {
  return loadModel(file, { deterministic: true }).embedX(correlated(20, 11, 4).x).data;
}

/** Accuracies and what the search for a strength did. */
function probed() {
  const part = (seed) => {
    const { x } = correlated(60, 6, seed);
    const labels = Uint8Array.from({ length: x.rows }, (_, i) =>
      x.data[6 * i] > 0.3 ? 2 : x.data[6 * i] > -0.3 ? 1 : 0,
    );
    return { features: x, labels };
  };
  const { search } = linearProbe({ train: part(5), validation: part(6), test: part(7) });
  return Float64Array.from(search.flatMap(({ strength, accuracy, iterations }) => [strength, accuracy, iterations]));
}

async function adapted() {
  const { x: documents, y } = correlated(300, 8, 8);
  const turned = y.data.map((value, at) => (at % 8 < 3 ? -value : value));
  const { adapter, reason } = await fitAdapter({
    queries: { data: turned, dims: 8 },
    documents: { data: documents.data, dims: 8 },
    qrels: 'pairs',
    maxEpochs: 8,
    seed: 5,
    deterministic: true,
  });
  if (adapter.isIdentity) throw new Error(`the adapter learnt nothing: ${reason}`);
  const { query } = adapter.toJSON();
  return Float32Array.from(Object.values(query ?? {}).flatMap(({ data }) => data));
}

/** Rows x dims of standard normals, and the same under noise. */
function correlated(rows, cols, seed) {
  const stream = random(seed);
  const x = Float32Array.from({ length: rows * cols }, () => stream.normal());
  const y = x.map((value) => value + 0.4 * stream.normal());
  stream.dispose();
  return { x: { data: x, rows, cols }, y: { data: y, rows, cols } };
}

async function hash(...arrays) {
  const views = arrays.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
  const bytes = new Uint8Array(views.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const view of views) {
    bytes.set(view, at);
    at += view.length;
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
