import { describe, it } from 'vitest';
import { normals, random } from '../../bench/random.js';
import { repeatedInfoNCE } from '../../bench/repeated.js';
import { lossGradients, loss as referenceLoss } from '../reference/loss.js';
import { diagonalPairing } from '../reference/pairing.js';
import { expectClose, float32 } from '../support/close.js';
import { rowsOf } from './rows.js';

describe('repeatedInfoNCE', () => {
  it.each([5, 7, 17])('is the loss of a batch of %i that repeats 7 pairs, and its gradients', (n) => {
    const [pairs, d] = [7, 3];
    const source = random(9);
    const repeated = { pairs, d, x: normals(source, pairs * d), y: normals(source, pairs * d) };
    const batchOf = (rows: Float32Array) => rowsOf(rows, d).concat(rowsOf(rows, d), rowsOf(rows, d)).slice(0, n);
    const [G, H] = [batchOf(repeated.x), batchOf(repeated.y)];
    const critic = { name: 'separable', temperature: 1 } as const;
    const batch = { G, H, critic, pairs: diagonalPairing(n, n) };
    const { value, dX, dY } = repeatedInfoNCE(repeated, n);
    expectClose(value, [referenceLoss('cpc', batch)], float32);
    const { dG, dH } = lossGradients('cpc', batch);
    expectClose(dX, dG, float32, 'dX');
    expectClose(dY, dH, float32, 'dY');
  });
});
