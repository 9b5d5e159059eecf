import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { FeatureResult } from '../../scripts/start/results.js';
import { openStore } from '../../scripts/start/store.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const result: FeatureResult = {
  id: 'untrained',
  label: 'untrained encoder',
  row: {
    objective: 'untrained',
    critic: null,
    lipschitz: null,
    value: null,
    logN: null,
    mutualInformation: 20.72,
    wdm: null,
    lipschitzConstant: null,
    metric: null,
    w1LowerBound: null,
    probe: 0.35,
    seconds: 0.1,
  },
  curve: [],
  probeByCell: [0.35],
  scatter: null,
};

const temporary = temporaryFolder();

it('gives back what was made with the same settings, nothing else', async () => {
  const store = await openStore(temporary(), 'seed 1');
  expect(await store.load('untrained')).toBeNull();
  await store.save(result);
  expect(await store.load('untrained')).toEqual(result);
  expect(await (await openStore(temporary(), 'seed 2')).load('untrained')).toBeNull();
});

it('makes a damaged result again', async () => {
  const store = await openStore(temporary(), 'seed 1');
  await writeFile(join(temporary(), 'models', 'untrained.json'), '{"fingerprint":"seed 1","res');
  expect(await store.load('untrained')).toBeNull();
});
