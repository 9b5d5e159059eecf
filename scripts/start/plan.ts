/** One of the models that `npm start` trains, in the library's vocabulary. */
export interface PlannedModel {
  /** Names its files and its colour. */
  readonly id: string;
  /** For people. */
  readonly label: string;
  readonly objective: 'cpc' | 'wpc' | 'wdm';
  readonly critic: 'separable' | 'cosine' | 'distance';
  readonly temperature: number;
  readonly activation: 'relu' | 'maxmin';
  readonly lipschitz:
    | { readonly name: 'none' }
    | { readonly name: 'gradient-penalty'; readonly coefficient: number; readonly target: 1; readonly points: 16 }
    | { readonly name: 'orthonormal'; readonly every: number };
}

/** What all models share. */
export const SHARED = {
  /** Cells a side. */
  grid: 3,
  /** Pixels a side of a cell. */
  tile: 14,
  /** Widths after the input. */
  encoder: '256-256-64',
  batch: 64,
  learningRate: 5e-4,
  steps: 2000,
} as const;

const PENALTY = { name: 'gradient-penalty', target: 1, points: 16 } as const;

/** The models, in the order of the table. */
export const PLAN: readonly PlannedModel[] = [
  {
    id: 'cpc-separable',
    label: 'CPC, separable',
    objective: 'cpc',
    critic: 'separable',
    temperature: 1,
    activation: 'relu',
    lipschitz: { name: 'none' },
  },
  {
    id: 'cpc-cosine',
    label: 'CPC, cosine',
    objective: 'cpc',
    critic: 'cosine',
    temperature: 0.1,
    activation: 'relu',
    lipschitz: { name: 'none' },
  },
  {
    id: 'wpc-penalty',
    label: 'WPC, penalty',
    objective: 'wpc',
    critic: 'separable',
    temperature: 1,
    activation: 'relu',
    lipschitz: { ...PENALTY, coefficient: 0.1 },
  },
  {
    id: 'wdm-penalty',
    label: 'WDM, penalty',
    objective: 'wdm',
    critic: 'separable',
    temperature: 1,
    activation: 'relu',
    lipschitz: { ...PENALTY, coefficient: 1 },
  },
  {
    id: 'wpc-certified',
    label: 'WPC, certified',
    objective: 'wpc',
    critic: 'distance',
    temperature: 0.3,
    activation: 'maxmin',
    lipschitz: { name: 'orthonormal', every: 4 },
  },
];
