import { describe, expect, it } from 'vitest';
import { expectClose } from '../support/close.js';
import { readGolden } from '../support/golden.js';
import { fitProbe, predict, probeObjective } from './linear-probe.js';

const { library, cases } = readGolden('linear-probe');

describe.each(cases)(
  `the reference's linear probe and that of ${library} at l2 $l2`,
  ({ X, labels, l2, ...golden }) => {
    it('agree on the minimum and on what is predicted', () => {
      const model = fitProbe(X, labels, l2);
      expectClose(probeObjective(X, labels, l2, model), golden.objective, { absolute: 1e-8 });
      expectClose(model.weights, golden.weights, { relative: 1e-4 });
      expect(golden.test.map((x) => predict(model, x))).toEqual(golden.predictions);
    });
  },
);
