import type { ResultRow } from '../../ts/cli/result-row.js';

/** The value and probe of a model while it was trained. */
export interface CurvePoint {
  readonly step: number;
  /** The objective on held-out pairs; null where it was not measured at this step. */
  readonly value: number | null;
  /** Test accuracy of a probe; null where none was fitted at this step. */
  readonly probe: number | null;
}

/** Test items in the plane. */
export interface Scatter {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** The digit in the middle cell of each item. */
  readonly digits: readonly number[];
}

/** All that the report says of one set of features. */
export interface FeatureResult {
  /** Such as `cpc-separable`; names its colour, its files and its place in the plan. */
  readonly id: string;
  /** For people: `CPC, separable critic`. */
  readonly label: string;
  /** Every row here is probed. */
  readonly row: ResultRow & { readonly probe: number };
  /** Empty for a baseline. */
  readonly curve: readonly CurvePoint[];
  /** Test accuracy of each cell, row by row. */
  readonly probeByCell: readonly number[];
  /** Null where none is drawn. */
  readonly scatter: Scatter | null;
}

/** How a run was made. */
export interface RunSettings {
  /** Cells a side. */
  readonly grid: number;
  /** Pixels a side of a cell. */
  readonly tile: number;
  readonly encoder: string;
  readonly batch: number;
  readonly learningRate: number;
  readonly steps: number;
  readonly seed: number;
  /** I(x; y) in nats. */
  readonly mutualInformation: number;
}

/** A grey picture, row by row, 0 to 255. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** A pair as it is shown: its labels are the digits in x, row by row. */
export interface SamplePair {
  readonly x: GreyImage;
  readonly y: GreyImage;
  readonly digits: readonly number[];
}

/** A whole run, as the report shows it. */
export interface StartResults {
  readonly settings: RunSettings;
  readonly models: readonly FeatureResult[];
  readonly baselines: readonly FeatureResult[];
  readonly samples: readonly SamplePair[];
}
