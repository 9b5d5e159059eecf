/** How a model is drawn, the same in every picture. */
export interface Series {
  /** A custom property of the page's style sheet, with one value for light pages and one for dark ones. */
  readonly colour: string;
  /** A shape beside the colour, for eyes and printers that see no colours. */
  readonly symbol: 'circle' | 'square' | 'triangle' | 'diamond2' | 'wye' | 'star';
}

const SERIES: Readonly<Record<string, Series>> = {
  'cpc-separable': { colour: 'var(--cpc-separable)', symbol: 'circle' },
  'cpc-cosine': { colour: 'var(--cpc-cosine)', symbol: 'square' },
  'wpc-penalty': { colour: 'var(--wpc-penalty)', symbol: 'triangle' },
  'wdm-penalty': { colour: 'var(--wdm-penalty)', symbol: 'diamond2' },
  'wpc-certified': { colour: 'var(--wpc-certified)', symbol: 'star' },
};

/** How the model of this name is drawn; grey where the plan has no such model. */
export function seriesOf(id: string): Series {
  return SERIES[id] ?? { colour: 'var(--muted)', symbol: 'wye' };
}

/** Where labels of height `gap` go so that none overlaps: as near to `wanted` as order allows, within [low, high]. */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): readonly number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  const placed = [...wanted];
  let floor = low;
  for (const i of order) {
    placed[i] = Math.max(placed[i], floor);
    floor = placed[i] + gap;
  }
  let ceiling = high;
  for (const i of order.reverse()) {
    placed[i] = Math.min(placed[i], ceiling);
    ceiling = placed[i] - gap;
  }
  return placed;
}
