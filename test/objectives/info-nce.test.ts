import { describe, expect, it } from 'vitest';
import { infoNCE, infoNCESymmetric, KantorovichError } from '../../ts/entries/node.js';
import { expectClose, expectFinite, float32 } from '../support/close.js';
import { builds, libraryCritic } from '../support/library.js';
import { describeObjective } from '../support/objective-laws.js';
import { fromScores } from '../support/scores.js';

describeObjective('cpc');
describeObjective('cpc-symmetric');

describe.each(builds)('InfoNCE on given scores in the $build build', ({ deterministic }) => {
  const cosines = [
    [1, -1, 0.5],
    [0.25, 1, -0.5],
    [-0.75, 0.125, 1],
  ];
  const rolled = cosines.map(([a, b, c]) => [b, c, a]);
  const times100 = (rows: readonly (readonly number[])[]) => rows.map((row) => row.map((value) => value * 100));

  it.each([
    ['sharp and right', times100(cosines), 1.0986122886681098, { relative: 1e-6 }],
    ['sharp and wrong', times100(rolled), -173.9013877113319, { relative: 1e-6 }],
    [
      'far apart',
      [
        [10000, 0],
        [0, -10000],
      ],
      -4999.30685281944,
      { relative: 1e-6 },
    ],
    [
      'all very negative',
      [
        [-1000, -1000.5],
        [-1001, -1000],
      ],
      0.2994778447107806,
      { absolute: 1e-4 },
    ],
  ])('K1: scores that are %s neither overflow nor underflow', (_, scores, value, tolerance) => {
    const result = fromScores(infoNCE, scores, { deterministic });
    expectClose(result.value, value, tolerance);
    expectFinite(result.dScores);
    for (const row of result.dScores)
      expectClose(
        row.reduce((a, b) => a + b),
        0,
        { absolute: 1e-6 },
        'row sum',
      );
  });

  it('O1: rows are x against all y, columns and the symmetric form follow from the transpose', () => {
    const scores = [
      [0, 50, -30],
      [10, 2, 80],
      [-5, 7, -60],
    ];
    const columns = scores.map((_, j) => scores.map((row) => row[j]));
    expectClose(fromScores(infoNCE, scores, { deterministic }).value, -63.90138975939638, { relative: 1e-6 });
    expectClose(fromScores(infoNCE, columns, { deterministic }).value, -64.90140294626109, { relative: 1e-6 });
    expectClose(fromScores(infoNCESymmetric, scores, { deterministic }).value, -64.40139635282874, { relative: 1e-6 });
  });

  it('O3: terms are counted and normalised as defined', () => {
    const scores = [
      [1.5, -0.5, 0.25, 0],
      [0.75, 2, -1, 0.5],
      [-0.25, 0.5, 1, -0.75],
      [0, -1.5, 0.5, 3],
    ];
    const rows = fromScores(infoNCE, scores, { deterministic });
    expectClose(rows.value, 0.9358735031361288, { absolute: 1e-6 });
    const slopes = [rows.dScores[0][0], rows.dScores[0][1], rows.dScores[1][0]];
    expectClose(slopes, [0.09802156666206321, -0.02056804432164634, -0.04593124763500448], { absolute: 1e-6 });
    const both = fromScores(infoNCESymmetric, scores, { deterministic });
    expectClose(both.value, 0.9293174041734054, { absolute: 1e-6 });
    const symmetric = [both.dScores[0][0], both.dScores[0][1], both.dScores[1][0]];
    expectClose(symmetric, [0.10713978229324972, -0.017967509101214495, -0.054553248056060086], { absolute: 1e-6 });
  });

  it('O3: 8,192 equal pairs carry no information, though their n² terms pass 2^24', () => {
    const rows = { data: new Float32Array(8192 * 4).map((_, k) => (k % 4 === 0 ? 1 : 0)), rows: 8192, cols: 4 };
    expectClose(infoNCE(rows, rows, { deterministic, gradients: 'none', critic: 'separable' }).value, 0, {
      absolute: 1e-4,
    });
  });

  it('O4: one pair has value 0 and no gradient, no pair is refused', () => {
    const critic = 'separable';
    const result = infoNCE([[1, 2]], [[0.5, -1]], { critic, deterministic });
    expectClose(result.value, 0, { absolute: 0 });
    expectClose(result.dX ?? [], [0, 0], { absolute: 0 });
    expectClose(result.dY ?? [], [0, 0], { absolute: 0 });
    expect(() => infoNCE([], [], { critic, deterministic })).toThrow(KantorovichError);
  });

  it('W2: one batch has the value and gradients of the closed form', () => {
    const G = [
      [1, 0],
      [0, 1],
      [1, 1],
      [-1, 0.5],
    ];
    const H = [
      [0.5, 0.5],
      [0, 1],
      [1, 0],
      [-1, 1],
    ];
    const dG = [
      [-0.01339703779070961, 0.029433959148048902],
      [0.0276403738740075, 0.056409905516078385],
      [0.1659619147148885, -0.13865397157162948],
      [-0.1220501962899824, 0.026015885947610784],
    ];
    const dH = [
      [0.13065204425990098, -0.1385873695503503],
      [-0.06118274565817193, 0.06339862905558849],
      [0.06990987624124087, 0.13852980785692093],
      [-0.1393791748429699, -0.06334106736215901],
    ];
    const result = infoNCE(G, H, { critic: 'separable', deterministic });
    expectClose(result.value, 0.37738750158043, { absolute: 1e-6 });
    expectClose(result.dX ?? [], dG, { absolute: 1e-6 });
    expectClose(result.dY ?? [], dH, { absolute: 1e-6 });
  });

  it('C3: a row counts its kept candidates, and the mask does not harm the gradient of the temperature', () => {
    // Row i of x is the i-th unit vector, so that the first three numbers of a unit y are its cosines; excluded
    // entries are 0 here, which would count as much as any other if they were kept.
    const masked = [
      [0.9, 0.2, 0],
      [0.1, 0.8, -0.3],
      [0, 0, 0.7],
    ];
    const x = [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ];
    const y = masked.map((_, j) => {
      const cosines = masked.map((row) => row[j]);
      return [...cosines, Math.sqrt(1 - cosines.reduce((total, cosine) => total + cosine * cosine, 0))];
    });
    const critic = libraryCritic({ name: 'cosine', temperature: 0.1 });
    // Candidates 0 and 2 share an id, so (0, 2) and (2, 0) are excluded.
    const result = infoNCE(x, y, { critic, yIds: [5, 6, 5], deterministic });
    expectClose(result.value, 0.82738519, { relative: 1e-5 });
    expectClose(result.dCritic?.temperature ?? Number.NaN, -0.0643850564575308, { relative: 1e-5 });
    expectFinite(result.dX ?? []);
  });

  it('equal positives are taken as a list of candidates a query', () => {
    const random = [
      [1, 0.5],
      [-0.5, 1],
      [0.25, -1],
    ];
    const listed = infoNCE(random, random, { critic: 'separable', positives: [[0, 1], [1], [2, 0]], deterministic });
    const positives = {
      offsets: Uint32Array.of(0, 2, 3, 5),
      indices: Uint32Array.of(0, 1, 1, 2, 0),
      weights: Float32Array.of(0.5, 0.5, 1, 0.5, 0.5),
    };
    const compressed = infoNCE(random, random, { critic: 'separable', positives, deterministic });
    expectClose(listed.value, compressed.value, float32);
    expectClose(listed.dX ?? [], compressed.dX ?? [], float32);
  });
});
