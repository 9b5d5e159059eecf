import { describe, expect, it } from 'vitest';
import { OptionsError } from '../../../ts/wasm/errors.js';
import { expectClose } from '../../support/close.js';
import { seededRandom } from '../../support/random.js';
import { drawnAdapter, everyShape } from '../drawn-adapter.js';

const DIMS = 6;
const linear = everyShape(DIMS).filter(({ head }) => head !== 'mlp');

describe('the matrix of an adapter', () => {
  it.each(linear.map((shape) => [shape.head, shape.adapt, shape] as const))(
    'maps vectors as the adapter does: %s, %s',
    (_, adapt, shape) => {
      const adapter = drawnAdapter(DIMS, adapt, shape.rank, 3, shape);
      const random = seededRandom(3);
      for (const side of ['query', 'document'] as const) {
        const { data, rows, cols } = adapter.toMatrix(side);
        const x = Float32Array.from({ length: cols }, () => random.normal());
        const y = Array.from({ length: rows }, (_, i) =>
          x.reduce((sum, value, k) => sum + value * data[i * cols + k], 0),
        );
        expectClose(
          adapter[side](x),
          y.map((value) => value / Math.hypot(...y)),
          { absolute: 1e-5 },
        );
      }
    },
  );

  it('is refused of a perceptron and of another side', () => {
    const adapter = drawnAdapter(DIMS, 'query', null, 1, { head: 'mlp', hidden: 5 });
    expect(() => adapter.toMatrix()).toThrow(OptionsError);
    expect(adapter.toMatrix('document')).toMatchObject({ rows: DIMS, cols: DIMS });
    expect(() => adapter.toMatrix('queries' as 'query')).toThrow(/query or document, got queries/);
  });
});
