import { expect, it } from 'vitest';
import { blocksOf, lastNumbers, recipeProject, sectionOf } from './recipes.js';

const project = recipeProject();

it('the loss of docs/tfjs.md trains a convolutional encoder as it stands', async () => {
  const [code = ''] = blocksOf(await sectionOf('The loss'), 'js');
  const [value, ceiling] = lastNumbers(await project.run(code));
  expect(ceiling).toBe(Math.log(64));
  expect(value).toBeGreaterThan(2);
  expect(value).toBeLessThanOrEqual(ceiling + 1e-4);
});
