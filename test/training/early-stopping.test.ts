import { describe, expect, it } from 'vitest';
import { checkPatience, observe, PATIENT } from '../../ts/training/early-stopping.js';
import { OptionsError } from '../../ts/wasm/errors.js';

/** The index after which a run of these values, which are maximised, stops; and the best one's. */
function run(values: readonly number[], patience: number) {
  let state = PATIENT;
  for (const [index, value] of values.entries()) {
    state = observe(state, value, index);
    if (state.since >= patience) return { stopped: index, best: state.bestStep, value: state.best };
  }
  return { stopped: null, best: state.bestStep, value: state.best };
}

describe('early stopping', () => {
  it('A4: NaN is no improvement', () => {
    const losses = [1, 0.9, Number.NaN, 0.95, 0.91, 0.92, 0.93];
    expect(
      run(
        losses.map((loss) => -loss),
        3,
      ),
    ).toEqual({ stopped: 4, best: 1, value: -0.9 });
  });

  it('A4: equal values are no improvement', () => {
    expect(run([1, 1, 1, 1], 2)).toEqual({ stopped: 2, best: 0, value: 1 });
  });

  it('A4: patience below 1 is refused', () => {
    for (const patience of [0, -1, 1.5, Number.NaN]) expect(() => checkPatience(patience)).toThrow(OptionsError);
  });
});
