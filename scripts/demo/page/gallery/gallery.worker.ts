// What the maps are made of: pictures, where models put them, and the pictures nearest to a visitor's digit.
import { expose } from 'comlink';
import {
  load,
  type Matrix,
  matrix,
  nearestNeighbours,
  openPairs,
  type PairSource,
  principalComponents,
} from 'kantorovich';
import type { Pictures } from '../pictures.js';
import type { MethodId } from '../training/methods.js';
import { referencePictures } from './reference-pictures.js';
import type { Found, Gallery, GalleryService, GallerySetup, Placement } from './service.js';
import { fitted, nearestTurn, type Points, type Turn, turned } from './turned.js';

const PER_CLASS = 20;
const SHOWN_PAIRS = 7;
const NEAREST = 6;
const UNTURNED: Turn = [1, 0, 0, 1];

let labels: Uint8Array = new Uint8Array(0);
/** Each method's last map. */
const maps = new Map<MethodId, Points>();

const service: GalleryService = { open, place };
expose(service);

async function open({ drawings, k, seed }: GallerySetup): Promise<Gallery> {
  await load({ evaluation: true });
  maps.clear();
  const single = await openPairs({ kind: 'digits', k: 1, drawings });
  const { validation } = await openPairs({ kind: 'digits', k, drawings });
  const references = await referencePictures(single.validation, k, PER_CLASS);
  const { x, y } = await firstPairs(validation, seed);
  const { rows } = references;
  labels = references.labels;
  return {
    x: pictures(x, rows.cols),
    y: pictures(y, rows.cols),
    references: pictures(rows.data, rows.cols),
    rows,
    labels,
  };
}

function place(method: MethodId, embeddings: Matrix): Placement {
  const known = rowsOf(embeddings, 0, labels.length);
  const components = principalComponents(known, 2);
  const raw = components.project(embeddings).data;
  const own = raw.subarray(0, 2 * labels.length);
  const before = maps.get(method);
  const turn = before === undefined ? UNTURNED : nearestTurn(own, before);
  const all = fitted(turned(raw, turn), own.length);
  const points = all.slice(0, own.length);
  maps.set(method, points);
  const held = components.variances.reduce((sum, variance) => sum + variance, 0);
  const drawn = embeddings.rows > labels.length ? find(embeddings, known, all) : null;
  return { points, share: held / components.totalVariance, drawn };
}

/** What is nearest to the last row. */
function find(embeddings: Matrix, known: Matrix, points: Points): Found {
  const last = rowsOf(embeddings, labels.length, embeddings.rows);
  const nearest = [...nearestNeighbours(last, known, { k: NEAREST }).indices];
  const votes = new Map<number, number>();
  for (const i of nearest) votes.set(labels[i], (votes.get(labels[i]) ?? 0) + 1);
  // Of classes with as many votes, that of the nearer picture came first and stays first.
  const [[reading, count]] = [...votes].sort(([, a], [, b]) => b - a);
  return { point: [points[points.length - 2], points[points.length - 1]], nearest, reading, votes: count };
}

function rowsOf({ data, cols }: Matrix, from: number, to: number): Matrix {
  return matrix(data.subarray(from * cols, to * cols), to - from, cols);
}

async function firstPairs(source: PairSource, seed: number) {
  for await (const { x, y } of source.batches({ batch: SHOWN_PAIRS, seed })) return { x, y };
  throw new Error('digits are drawn without end');
}

function pictures(rows: Float32Array, cols: number): Pictures {
  return { side: Math.sqrt(cols), ink: Uint8Array.from(rows, (value) => Math.round(value * 255)) };
}
