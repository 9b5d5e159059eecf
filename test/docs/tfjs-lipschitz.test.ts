import { describe, expect, it } from 'vitest';
import { blocksOf, recipeProject, sectionOf } from './recipes.js';

const project = recipeProject();

describe('the constraints of docs/tfjs.md', () => {
  it('run as they stand', async () => {
    const recipes = blocksOf(await sectionOf('Lipschitz'), 'js');
    expect(recipes).toHaveLength(2);
    for (const code of recipes) expect((await project.run(code)).trim().split('\n').at(-1)).toBe('true');
  });
});
