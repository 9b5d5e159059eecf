/** How a series of a chart is drawn. */
export interface SeriesLook {
  /** A custom property of {@link styleSheet}. */
  readonly colour: string;
  /** A shape beside the colour, for eyes and printers that see no colours. */
  readonly symbol: 'circle' | 'square' | 'triangle' | 'diamond2' | 'wye' | 'star';
}

type Colours = readonly [light: string, dark: string];

const SERIES: readonly (readonly [Colours, SeriesLook['symbol']])[] = [
  [['#0b5fa5', '#5b9fe3'], 'circle'],
  [['#3593d0', '#a5d4f7'], 'square'],
  [['#c9471a', '#ff8557'], 'triangle'],
  [['#a87400', '#e8b43a'], 'diamond2'],
  [['#00805c', '#3dcb9b'], 'star'],
  [['#66655f', '#a09f97'], 'wye'],
];

/** From few to many: the batch sizes of a chart. */
const STEPS: readonly Colours[] = [
  ['#e8a33d', '#f4c987'],
  ['#d9703a', '#f09a68'],
  ['#b8446b', '#e37f9f'],
  ['#7a3a8e', '#b98ad0'],
  ['#2c3f8f', '#8fa3f0'],
];

/** The look of series `i` of several that have no order. */
export function seriesLook(i: number): SeriesLook {
  return { colour: `var(--series-${i % SERIES.length})`, symbol: SERIES[i % SERIES.length][1] };
}

/** The look of step `i` of `count` that have an order. */
export function stepLook(i: number, count: number): SeriesLook {
  const place = count < 2 ? 0 : Math.round((i * (STEPS.length - 1)) / (count - 1));
  return { colour: `var(--step-${place})`, symbol: SERIES[place][1] };
}

/** The colours, for light and dark pages; an image in a page follows the reader's own scheme. */
export function styleSheet(): string {
  const colours = (scheme: 0 | 1) =>
    [
      ...SERIES.map(([pair], i) => `--series-${i}: ${pair[scheme]};`),
      ...STEPS.map((pair, i) => `--step-${i}: ${pair[scheme]};`),
    ].join(' ');
  return `:root { --paper: #fcfcfa; --ink: #1d1d1b; --muted: #66655f; --rule: #dcdbd4; ${colours(0)} }
@media (prefers-color-scheme: dark) {
  :root { --paper: #171716; --ink: #e9e8e3; --muted: #a09f97; --rule: #3a3936; ${colours(1)} }
}`;
}
