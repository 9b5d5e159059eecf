import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs, seed, size } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { matrixDifferences, vectorDifferences } from '../support/finite-differences.js';
import { normalRows, seededRandom } from '../support/random.js';
import { type Activation, activate, forward, inputJacobian, type ReferenceEncoder } from './encoder.js';
import { gradientNorm, gradientPenalty, interpolate, type PenalisedModel, penaltyOfNorms } from './gradient-penalty.js';
import { dot, norm, type Rows } from './linear-algebra.js';

const linear = (weights: Rows): ReferenceEncoder => ({ layers: [{ weights }], activation: 'relu' });

describe('reference: encoder', () => {
  it('MaxMin pairs neighbours, and keeps the norm', () => {
    const output = activate('maxmin', [3, 1, 2, 5]);
    expect(output).toEqual([3, 1, 5, 2]);
    expectClose(norm(output), 6.244997998398398, { absolute: 1e-14 });
    expect(() => activate('maxmin', [1, 2, 3])).toThrow('odd width');
  });

  it('weights are [out, in] (shared case of the dense layer)', () => {
    const layer = {
      weights: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      bias: [0.5, -0.5],
    };
    expect(forward({ layers: [layer], activation: 'relu' }, [1, 0, -1])).toEqual([-1.5, -2.5]);
  });

  it('the input Jacobian matches central differences through every activation', () => {
    const drawn = fc.record({
      activation: fc.constantFrom<Activation>('relu', 'leaky-relu', 'maxmin'),
      width: size,
      seed,
    });
    fc.assert(
      fc.property(drawn, ({ activation, width, seed: from }) => {
        const random = seededRandom(from);
        const layers = [
          { weights: normalRows(random, 6, width), bias: normalRows(random, 1, 6)[0] },
          { weights: normalRows(random, 4, 6), bias: normalRows(random, 1, 4)[0] },
          { weights: normalRows(random, 3, 4) },
        ];
        const encoder = { layers, activation };
        const [x] = normalRows(random, 1, width);
        const rows = [0, 1, 2].map((k) => vectorDifferences((moved) => forward(encoder, moved)[k], x));
        expectClose(inputJacobian(encoder, x), rows, { absolute: 1e-6 });
      }),
      runs,
    );
  });
});

describe('reference: gradient penalty', () => {
  it('takes one norm over all coordinates of x and y (shared case, part A)', () => {
    const model = {
      encoderX: linear([
        [3, 4],
        [0, 0],
        [1, 0],
      ]),
      encoderY: linear([[0], [0], [0]]),
    };
    const biased = {
      ...model,
      encoderY: { ...model.encoderY, layers: [{ weights: [[0], [12], [0]], bias: [1, 0, 0] }] },
    };
    const withConstant = {
      ...biased,
      encoderX: {
        activation: 'relu' as const,
        layers: [
          {
            weights: [
              [3, 4],
              [0, 0],
              [0, 0],
            ],
            bias: [0, 1, 0],
          },
        ],
      },
    };
    expectClose(gradientNorm(withConstant, { x: [0.3, -2], y: [5] }), 13, { absolute: 1e-12 });
    const penalty = (target: number, sides: 'one' | 'two') =>
      penaltyOfNorms([13, 13], { coefficient: 1, target, sides });
    expect([penalty(1, 'two'), penalty(1, 'one'), penalty(20, 'one'), penalty(20, 'two')]).toEqual([144, 144, 0, 49]);
  });

  it('puts the share on the joint pair, and has the gradients of second-order autodiff (shared case, part B)', () => {
    const G = [
      [1, 0],
      [0, 2],
    ];
    const H = [
      [0, 1],
      [1, 0],
    ];
    const point = interpolate(0.25, { x: [1, 0], y: [0, 1] }, { x: [1, 0], y: [2, 2] });
    expect(point).toEqual({ x: [1, 0], y: [1.5, 1.75] });
    const value = (g: Rows, h: Rows) =>
      gradientPenalty({ encoderX: linear(g), encoderY: linear(h) }, [point], {
        coefficient: 1,
        target: 1,
        sides: 'two',
      });
    expectClose(gradientNorm({ encoderX: linear(G), encoderY: linear(H) }, point), 3.61420807370024, {
      absolute: 1e-12,
    });
    expectClose(value(G, H), 6.8340838525995204, { absolute: 1e-12 });
    const dG = [
      [5.876927992435258, 7.5947992517624865],
      [3.7973996258812432, 6.509827930082131],
    ];
    const dH = [
      [3.7973996258812432, 5.876927992435258],
      [13.019655860164262, 15.189598503524973],
    ];
    expectClose(
      matrixDifferences((moved) => value(moved, H), G),
      dG,
      { absolute: 1e-7 },
    );
    expectClose(
      matrixDifferences((moved) => value(G, moved), H),
      dH,
      { absolute: 1e-7 },
    );
  });

  it('a flat critic costs the coefficient times the squared target on two sides, nothing on one (shared case)', () => {
    for (const bias of [0, -1]) {
      const layers = [
        {
          weights: [
            [0, 0, 0],
            [0, 0, 0],
          ],
          bias: [bias, bias],
        },
        {
          weights: [
            [0, 0],
            [0, 0],
          ],
          bias: [bias, bias],
        },
      ];
      const encoder: ReferenceEncoder = { layers, activation: 'relu' };
      const points = [{ x: [1, 2, 3], y: [-1, 0, 2] }];
      const penalty = (coefficient: number, sides: 'one' | 'two') =>
        gradientPenalty({ encoderX: encoder, encoderY: encoder }, points, { coefficient, target: 1, sides });
      expect([penalty(1, 'two'), penalty(1, 'one'), penalty(10, 'two')]).toEqual([1, 0, 10]);
    }
  });

  it('the norm is that of the critic by central differences', () => {
    fc.assert(
      fc.property(fc.record({ dx: size, dy: size, seed }), ({ dx, dy, seed: from }) => {
        const random = seededRandom(from);
        const encoder = (width: number, out: number): ReferenceEncoder => ({
          layers: [{ weights: normalRows(random, 6, width) }, { weights: normalRows(random, out, 6) }],
          activation: 'maxmin',
        });
        const model: PenalisedModel = {
          encoderX: encoder(dx, 3),
          encoderY: encoder(dy, 4),
          weights: normalRows(random, 3, 4),
          temperature: 0.5,
        };
        const [x] = normalRows(random, 1, dx);
        const [y] = normalRows(random, 1, dy);
        const score = (a: readonly number[], b: readonly number[]) => {
          const h = forward(model.encoderY, b);
          return (
            dot(
              forward(model.encoderX, a),
              (model.weights ?? []).map((row) => dot(row, h)),
            ) / 0.5
          );
        };
        const slopes = [
          ...vectorDifferences((moved) => score(moved, y), x),
          ...vectorDifferences((moved) => score(x, moved), y),
        ];
        expectClose(gradientNorm(model, { x, y }), norm(slopes), { relative: 1e-6, absolute: 1e-6 });
      }),
      runs,
    );
  });
});
