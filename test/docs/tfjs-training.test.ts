import { expect, it } from 'vitest';
import { blocksOf, lastNumbers, recipeProject, sectionOf } from './recipes.js';

const project = recipeProject();

it('the training of docs/tfjs.md runs as it stands, and is certified', async () => {
  const [code = ''] = blocksOf(await sectionOf('Training'), 'js');
  const [value = 0, constant = 0] = lastNumbers(await project.run(code));
  expect(value).toBeGreaterThan(0);
  expect(constant).toBeGreaterThan(0);
  expect(constant).toBeLessThanOrEqual(1 + 1e-5);
});
