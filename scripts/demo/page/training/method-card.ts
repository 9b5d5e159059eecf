import type { HistoryEntry } from 'kantorovich';
import { create } from '../elements.js';
import type { Placement } from '../gallery/service.js';
import { createMap } from './map.js';
import { type MethodId, NAMES } from './methods.js';

/** What a visitor sees of one method: how far it is, its figures, its map. */
export interface MethodCard {
  readonly element: HTMLElement;
  /** The classes of the pictures that its map will show. */
  open(labels: Uint8Array): void;
  /** Empties it, for a run of so many steps. */
  reset(steps: number): void;
  step(entry: HistoryEntry): void;
  /** A linear probe's accuracy. */
  probe(accuracy: number): void;
  place(placement: Placement): void;
}

const FIGURES = {
  value: 'held-out value, nats',
  probe: 'read by a linear probe',
  speed: 'pairs a second',
} as const;

/** Spans of a tenth of a second that a speed is the median of. */
const LAST_SPEEDS = 9;

/** A card that is empty yet. */
export function createMethodCard(method: MethodId): MethodCard {
  const { name, what } = NAMES[method];
  const progress = create('progress', { max: 1, value: 0 });
  progress.setAttribute('aria-label', `Progress of ${name}`);
  const figures = figureList();
  const canvas = create('canvas');
  canvas.setAttribute('role', 'img');
  const empty = create('p', { className: 'empty', textContent: 'Start, and the encoder’s embeddings appear here.' });
  const note = create('p', { className: 'small' });
  const map = createMap(canvas);
  let reached = 0;
  let speeds: readonly number[] = [];
  const element = create(
    'article',
    { className: `method ${method}` },
    ...[create('h3', { textContent: name }), create('p', { className: 'what', textContent: what }), progress],
    ...[figures.element, create('div', { className: 'map' }, canvas, empty), note],
  );
  return {
    element,
    open: map.open,
    reset(steps) {
      reached = 0;
      speeds = [];
      Object.assign(progress, { max: steps, value: 0 });
      figures.clear();
      map.clear();
      empty.hidden = false;
      note.textContent = 'Pictures of digits that no training has seen, in two principal components.';
      canvas.setAttribute('aria-label', `Map of ${name}’s embeddings, empty yet`);
    },
    step({ step, examplesPerSecond, heldOut }) {
      progress.value = reached = step;
      if (speeds.at(-1) !== examplesPerSecond) speeds = [...speeds.slice(1 - LAST_SPEEDS), examplesPerSecond];
      figures.set('speed', Math.round(middle(speeds)).toLocaleString('en'));
      if (heldOut !== null) figures.set('value', heldOut.value.toFixed(2));
    },
    probe: (accuracy) => figures.set('probe', `${(100 * accuracy).toFixed(1)} %`),
    place(placement) {
      empty.hidden = true;
      map.show(placement);
      const share = `${Math.round(100 * placement.share)} %`;
      canvas.setAttribute('aria-label', `Map of ${name}’s embeddings after ${reached} steps`);
      note.textContent = `Step ${reached.toLocaleString('en')}: two principal components, which hold ${share} of the variance.`;
    },
  };
}

/** The median: a probe or an evaluation falls into some of the spans that speeds are of. */
function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** Figures by name, each a dash until it is known. */
function figureList() {
  const values = new Map(Object.keys(FIGURES).map((key) => [key, create('dd')]));
  const groups = Object.entries(FIGURES).map(([key, label]) =>
    create('div', {}, create('dt', { textContent: label }), values.get(key) ?? ''),
  );
  const set = (key: keyof typeof FIGURES, text: string): void => {
    const value = values.get(key);
    if (value !== undefined) value.textContent = text;
  };
  const clear = (): void => {
    for (const value of values.values()) value.textContent = '–';
  };
  clear();
  return { element: create('dl', {}, ...groups), set, clear };
}
