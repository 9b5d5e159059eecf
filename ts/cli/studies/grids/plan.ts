import { METHODS, type Method } from '../methods.js';
import type { RunKey } from '../results-file.js';
import type { StudyOptions } from '../study.js';

/** What a run trains on and with, but for the method. */
export interface Cell {
  /** As --data takes it. */
  readonly data: string;
  /** Pairs of a fixed training set; null where pairs are drawn afresh for each step. */
  readonly pairs: number | null;
  readonly batch: number;
  readonly encoder: string;
}

/** One factor, varied around the middle. */
export interface Sweep {
  readonly title: string;
  readonly levels: readonly { readonly name: string; readonly cell: Cell }[];
}

/** What of a method is searched; null where the method has no such number. */
export interface Setting {
  readonly learningRate: number;
  readonly temperature: number;
  readonly coefficient: number | null;
}

/** A run, and all that decides it. */
export interface GridsKey extends RunKey, Cell, Setting {
  readonly study: 'grids';
  /** `search`: chooses settings by validation drawings, with a seed of its own. */
  readonly phase: 'search' | 'run';
  /** One of {@link METHODS}. */
  readonly method: string;
  readonly steps: number;
  /** Probes along the run, the last at its end. */
  readonly probes: number;
  /** Items that a probe is fitted to; a half as many choose its strength and judge it. */
  readonly probeItems: number;
  readonly seed: number;
}

const ENCODER = '256-256-64';
const MIDDLE: Cell = { data: 'digits:3x3', pairs: null, batch: 64, encoder: ENCODER };
const SEARCH_SEED = 0;

/** The sweeps: all of the paper's axes, or with `quick` the ends of some. */
export function sweepsOf({ quick = false }: Pick<StudyOptions, 'quick'>): readonly Sweep[] {
  const level = (name: string, change: Partial<Cell>) => ({ name, cell: { ...MIDDLE, ...change } });
  const pick = <T>(levels: readonly T[], ends: readonly number[]) => (quick ? ends.map((i) => levels[i]) : levels);
  return [
    {
      title: 'Size of the grid of digits',
      levels: pick(
        [level('1 x 1', { data: 'digits:1x1' }), level('2 x 2', { data: 'digits:2x2' }), level('3 x 3', {})],
        [0, 2],
      ),
    },
    {
      title: 'Omniglot, characters',
      levels: pick(
        ['1x1', '2x2', '3x3'].map((grid, i) => level(`d ${(i + 1) ** 2}`, { data: `omniglot:${grid}` })),
        [1],
      ),
    },
    {
      title: 'Batch size',
      levels: pick(
        [16, 64, 256, 1024].map((batch) => level(`n ${batch}`, { batch })),
        [0, 1, 2],
      ),
    },
    {
      title: 'Training pairs',
      levels: pick([level('1,000', { pairs: 1000 }), level('5,000', { pairs: 5000 }), level('fresh', {})], [0, 2]),
    },
    {
      title: 'Encoder',
      levels: pick([level('fully connected', {}), level('convolutional', { encoder: 'convnet' })], [0]),
    },
  ];
}

/** What is searched for each method, as many settings each: three learning rates times two of what it has beside. */
export function candidates(method: Method, { quick = false }: Pick<StudyOptions, 'quick'>): readonly Setting[] {
  const { temperature, lipschitz } = method;
  const coefficient = lipschitz.name === 'gradient-penalty' ? lipschitz.coefficient : null;
  const own: Setting = { learningRate: 0, temperature, coefficient };
  const seconds: Readonly<Record<string, readonly Partial<Setting>[]>> = {
    'cpc-separable': [{ temperature: 1 }, { temperature: 4 }],
    'cpc-cosine': [{ temperature: 0.1 }, { temperature: 0.2 }],
    'wpc-penalty': [{ coefficient: 0.1 }, { coefficient: 1 }],
    'wdm-penalty': [{ coefficient: 0.1 }, { coefficient: 1 }],
    'wpc-certified': [{ temperature: 0.3 }, { temperature: 0.15 }],
  };
  const rates = quick ? [5e-4, 1e-3] : [2.5e-4, 5e-4, 1e-3];
  const beside = quick ? [{}] : (seconds[method.id] ?? [{}]);
  return rates.flatMap((learningRate) => beside.map((second) => ({ ...own, ...second, learningRate })));
}

/** What all runs of a study share. */
function shared({ quick = false, steps }: StudyOptions) {
  return {
    study: 'grids',
    steps: steps ?? (quick ? 500 : 1000),
    probes: 5,
    probeItems: quick ? 2000 : 4000,
  } as const;
}

/** The runs that settings are chosen by, all in the middle. */
export function searchPlan(options: StudyOptions): readonly GridsKey[] {
  return METHODS.flatMap((method) =>
    candidates(method, options).map(
      (setting): GridsKey => ({
        ...shared(options),
        ...MIDDLE,
        ...setting,
        phase: 'search',
        probes: 1,
        method: method.id,
        seed: SEARCH_SEED,
      }),
    ),
  );
}

/** The runs of the sweeps with the settings that were chosen: seed by seed, the large batches last. */
export function runPlan(options: StudyOptions, settings: ReadonlyMap<string, Setting>): readonly GridsKey[] {
  const cells = distinctCells(sweepsOf(options));
  const keys = Array.from({ length: options.seeds }, (_, i) => i + 1).flatMap((seed) =>
    cells.flatMap((cell) =>
      METHODS.flatMap((method): GridsKey[] => {
        const setting = settings.get(method.id);
        const base = { ...shared(options), phase: 'run', ...cell, method: method.id, seed } as const;
        return setting === undefined ? [] : [{ ...base, ...setting }];
      }),
    ),
  );
  const isLarge = ({ batch }: GridsKey) => batch > 256;
  return [...keys.filter((key) => !isLarge(key)), ...keys.filter(isLarge)];
}

/** The cells of all sweeps, the middle first and once. */
function distinctCells(sweeps: readonly Sweep[]): readonly Cell[] {
  const cells = [MIDDLE, ...sweeps.flatMap(({ levels }) => levels.map(({ cell }) => cell))];
  return [...new Map(cells.map((cell) => [JSON.stringify(cell), cell])).values()];
}

/** Whether a run was made in a cell. */
export function isInCell(key: GridsKey, { data, pairs, batch, encoder }: Cell): boolean {
  return key.data === data && key.pairs === pairs && key.batch === batch && key.encoder === encoder;
}
