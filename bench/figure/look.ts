import { isOf } from '../roster.js';

/** How an engine is drawn. */
export interface Look {
  /** A custom property of {@link styleSheet}, with one value for light pages and one for dark ones. */
  readonly colour: string;
  /** A shape beside the colour, for eyes and printers that see no colours. */
  readonly symbol: 'circle' | 'square' | 'triangle' | 'diamond2' | 'wye' | 'star' | 'cross';
  readonly width: number;
  /** `none` is a solid line. */
  readonly dash: string;
}

type Colours = readonly [light: string, dark: string];

const looks: Readonly<Record<string, Pick<Look, 'symbol'> & { readonly colours: Colours }>> = {
  kantorovich: { colours: ['#c9471a', '#ff8557'], symbol: 'circle' },
  'plain-js': { colours: ['#8a6d00', '#e8b43a'], symbol: 'square' },
  'tfjs-cpu': { colours: ['#8743d9', '#b987f6'], symbol: 'triangle' },
  'tfjs-wasm': { colours: ['#c2327f', '#ff8ab7'], symbol: 'diamond2' },
  'jax-js': { colours: ['#00805c', '#3dcb9b'], symbol: 'star' },
  pytorch: { colours: ['#0b5fa5', '#5b9fe3'], symbol: 'wye' },
  jax: { colours: ['#1d8a99', '#6cd0dd'], symbol: 'cross' },
};

/** How the engine of this name is drawn: one more PyTorch as the first one, dashed; grey where there is no such engine. */
export function lookOf(name: string): Look {
  const kinds = Object.keys(looks);
  const kind = kinds.find((kind) => kind === name) ?? kinds.find((kind) => isOf(kind, name));
  const width = name === 'kantorovich' ? 3.5 : 2;
  if (kind === undefined) return { colour: 'var(--muted)', symbol: 'circle', width, dash: 'none' };
  return { colour: `var(--${kind})`, symbol: looks[kind].symbol, width, dash: kind === name ? 'none' : '7 4' };
}

/** The colours, for light and dark pages; an image in a page follows the reader's own scheme. */
export function styleSheet(): string {
  const colours = (scheme: 0 | 1) =>
    Object.entries(looks)
      .map(([name, { colours }]) => `--${name}: ${colours[scheme]};`)
      .join(' ');
  return `:root { --paper: #fcfcfa; --ink: #1d1d1b; --muted: #66655f; --rule: #dcdbd4; ${colours(0)} }
@media (prefers-color-scheme: dark) {
  :root { --paper: #171716; --ink: #e9e8e3; --muted: #a09f97; --rule: #3a3936; ${colours(1)} }
}`;
}
