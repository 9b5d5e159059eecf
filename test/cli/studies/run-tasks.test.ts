import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentProgress } from '../../../ts/cli/progress.js';
import { openResults } from '../../../ts/cli/studies/results-file.js';
import { runTasks, type StudyTask } from '../../../ts/cli/studies/run-tasks.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const temporary = temporaryFolder();
const open = () => openResults(join(temporary(), 'results.jsonl'));

/** Five runs; what `act` does when one is run is up to the test. */
function tasks(act: (i: number) => void, lacks: (i: number) => string | null = () => null): readonly StudyTask[] {
  return Array.from({ length: 5 }, (_, i) => ({
    key: { i },
    label: `run ${i}`,
    lacks: lacks(i),
    run: async () => {
      act(i);
      return i * i;
    },
  }));
}

async function study(list: readonly StudyTask[], signal = new AbortController().signal) {
  const notes: string[] = [];
  const progress = { ...silentProgress(), note: (line: string) => void notes.push(line) };
  const results = await open();
  await runTasks(list, { results, jobs: 1, progress, signal, report: () => undefined });
  return { results, notes };
}

describe('runTasks', () => {
  it('runs everything once, in order, and what is there already not again', async () => {
    const ran: number[] = [];
    const { results } = await study(tasks((i) => ran.push(i)));
    expect(results.all().map(({ result }) => result)).toEqual([0, 1, 4, 9, 16]);
    const second = await study(tasks((i) => ran.push(i)));
    expect(ran).toEqual([0, 1, 2, 3, 4]);
    expect(second.notes.join()).toMatch(/5 of 5 runs are in .*results\.jsonl already/);
  });

  it('keeps what was finished before a run failed, and goes on from there', async () => {
    const ran: number[] = [];
    const failing = tasks((i) => {
      if (i === 2) throw new Error('no more');
      ran.push(i);
    });
    await expect(study(failing)).rejects.toThrow('no more');
    expect((await open()).all()).toHaveLength(2);
    await study(tasks((i) => ran.push(i)));
    expect(ran).toEqual([0, 1, 2, 3, 4]);
  });

  it('begins nothing after the signal', async () => {
    const controller = new AbortController();
    const ran: number[] = [];
    const stopping = tasks((i) => {
      ran.push(i);
      if (i === 1) controller.abort();
    });
    await expect(study(stopping, controller.signal)).rejects.toThrow(/abort/i);
    expect(ran).toEqual([0, 1]);
    expect((await open()).all()).toHaveLength(2);
  });

  it('leaves out what something is lacking for, and says so once', async () => {
    const ran: number[] = [];
    const { notes } = await study(
      tasks(
        (i) => ran.push(i),
        (i) => (i > 2 ? 'a folder' : null),
      ),
    );
    expect(ran).toEqual([0, 1, 2]);
    expect(notes).toEqual(['2 runs are left out for want of a folder']);
  });
});
