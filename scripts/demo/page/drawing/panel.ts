import type { DrawingBytes } from 'kantorovich';
import { byId, create } from '../elements.js';
import { frameOf } from '../frames.js';
import type { Found, Gallery } from '../gallery/service.js';
import { paintPicture } from '../pictures.js';
import { METHODS, type MethodId, NAMES } from '../training/methods.js';
import { centred, DRAWN } from './centred.js';
import { createPad } from './pad.js';

/** What the drawing panel is told. */
export interface DrawingPanel {
  /** New pictures to find. */
  open(gallery: Gallery): void;
  /** What a method's newest model finds. */
  found(method: MethodId, found: Found | null): void;
}

/** Sets the panel up; `onDigit` gets each digit that is drawn, centred, or null where there is none. */
export function createDrawingPanel(
  drawings: DrawingBytes,
  onDigit: (digit: Float32Array | null) => void,
): DrawingPanel {
  let opened: Gallery | null = null;
  let hasInk = false;
  const results: Partial<Record<MethodId, Found>> = {};
  let thumbnails = createThumbnails();
  const show = frameOf(() => {
    byId('nearest', HTMLElement).replaceChildren(...resultList({ opened, thumbnails, results, hasInk }));
    sayReadings(results);
    return false;
  });
  const pad = createPad(byId('pad', HTMLElement), (ink) => {
    const digit = centred(ink);
    hasInk = digit !== null;
    onDigit(digit);
    show();
  });
  byId('clear', HTMLButtonElement).addEventListener('click', pad.clear);
  byId('example', HTMLButtonElement).addEventListener('click', () => pad.show(someDigit(drawings)));
  show();
  return {
    open(next) {
      opened = next;
      thumbnails = createThumbnails();
      show();
    },
    found(method, found) {
      if (found === null) delete results[method];
      else results[method] = found;
      show();
    },
  };
}

/** Says what a digit is read as, when that changes: the pictures change several times a second. */
function sayReadings(results: Readonly<Partial<Record<MethodId, Found>>>): void {
  const said = METHODS.flatMap((id) => (results[id] ? [`${NAMES[id].name} reads ${results[id].reading}`] : [])).join(
    ', ',
  );
  const element = byId('reading', HTMLElement);
  if (element.textContent !== said) element.textContent = said;
}

/** One of the digits that neither training nor the maps use: the last fifth of each class. */
function someDigit({ pixels, labels, size }: DrawingBytes): Float32Array {
  const perClass = labels.length / 10;
  const testing = Array.from(labels.keys()).filter((i) => i % perClass >= (perClass * 4) / 5);
  const chosen = testing[Math.floor(Math.random() * testing.length)];
  const factor = DRAWN / size;
  return Float32Array.from({ length: DRAWN * DRAWN }, (_, i) => {
    const [row, col] = [Math.floor(i / DRAWN / factor), Math.floor((i % DRAWN) / factor)];
    return pixels[chosen * size * size + row * size + col] / 255;
  });
}

/** What is shown beside the pad. */
interface Shown {
  readonly opened: Gallery | null;
  readonly thumbnails: Thumbnails;
  readonly results: Readonly<Partial<Record<MethodId, Found>>>;
  readonly hasInk: boolean;
}

function resultList({ opened, thumbnails, results, hasInk }: Shown): readonly HTMLElement[] {
  const found = METHODS.flatMap((id) => {
    const one = results[id];
    return one === undefined || opened === null ? [] : [foundBy(id, one, opened, thumbnails)];
  });
  if (found.length > 0) return found;
  const text = hasInk
    ? 'Your digit is ready. Start training above: its place and its neighbours then appear here, and change as the encoders learn.'
    : 'Nothing is drawn yet.';
  return [create('p', { className: 'small', textContent: text })];
}

function foundBy(id: MethodId, { nearest, reading, votes }: Found, gallery: Gallery, of: Thumbnails): HTMLElement {
  const list = create('ol', { className: 'thumbs' }, ...nearest.map((index) => of(gallery, id, index)));
  list.setAttribute('aria-label', `Nearest pictures by ${NAMES[id].name}`);
  const share = `: ${votes} of the ${nearest.length} nearest pictures`;
  return create(
    'div',
    { className: `found method ${id}` },
    create('h3', { textContent: NAMES[id].name }),
    create('p', {}, 'reads it as ', create('strong', { textContent: String(reading) }), share),
    list,
  );
}

/** A picture of the gallery with its digit, for a method's list. */
type Thumbnails = (gallery: Gallery, id: MethodId, index: number) => HTMLElement;

/** Each is painted once: neighbours come and go several times a second. */
function createThumbnails(): Thumbnails {
  const painted = new Map<string, HTMLElement>();
  return ({ references, labels }, id, index) => {
    const key = `${id} ${index}`;
    const known = painted.get(key);
    if (known !== undefined) return known;
    const canvas = create('canvas');
    paintPicture(canvas, references, index);
    canvas.setAttribute('aria-hidden', 'true');
    const item = create('li', {}, canvas, create('span', { textContent: String(labels[index]) }));
    painted.set(key, item);
    return item;
  };
}
