import { contextOf } from '../elements.js';
import { colour, frameOf, motionAllowed, onScheme } from '../frames.js';
import type { Found, Placement } from '../gallery/service.js';

/** A map of embeddings: each picture is the digit that it shows. */
export interface EmbeddingMap {
  /** Empties it; `labels` are the classes of the pictures to come. */
  open(labels: Uint8Array): void;
  clear(): void;
  /** Moves the pictures to where a model puts them, and rings the visitor's digit. */
  show(placement: Placement): void;
}

/** Milliseconds that a move takes. */
const MOVE_MS = 220;

/** Draws a map on a canvas, anew with its size and with the page's colours. */
export function createMap(canvas: HTMLCanvasElement): EmbeddingMap {
  let labels = new Uint8Array(0);
  let from = new Float32Array(0);
  let to = new Float32Array(0);
  let began = 0;
  let ring: Found | null = null;
  const paint = frameOf((now) => {
    const share = motionAllowed() ? Math.min(1, (now - began) / MOVE_MS) : 1;
    paintMap(canvas, { labels, points: between(from, to, share), ring });
    return share < 1;
  });
  const clear = (): void => {
    [from, to, ring] = [new Float32Array(0), new Float32Array(0), null];
    paint();
  };
  new ResizeObserver(paint).observe(canvas);
  onScheme(paint);
  return {
    open(next) {
      labels = Uint8Array.from(next);
      clear();
    },
    clear,
    show({ points, drawn }) {
      const now = performance.now();
      from = to.length === 0 ? points.map(() => 0) : between(from, to, Math.min(1, (now - began) / MOVE_MS));
      [to, began, ring] = [Float32Array.from(points), now, drawn];
      paint();
    },
  };
}

function between(from: Float32Array, to: Float32Array, share: number): Float32Array<ArrayBuffer> {
  const eased = 1 - (1 - Math.max(0, share)) ** 3;
  return Float32Array.from(to, (value, i) => from[i] + eased * (value - from[i]));
}

interface Picture {
  readonly labels: Uint8Array;
  readonly points: Float32Array;
  readonly ring: Found | null;
}

function paintMap(canvas: HTMLCanvasElement, { labels, points, ring }: Picture): void {
  const size = canvas.clientWidth;
  const density = Math.min(2, devicePixelRatio);
  if (canvas.width !== Math.round(size * density)) canvas.width = canvas.height = Math.round(size * density);
  const context = contextOf(canvas);
  const half = size / 2;
  const at = (x: number, y: number): readonly [number, number] => [half + x * half, half - y * half];
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, size, size);
  context.font = `600 ${size < 340 ? 11 : 12.5}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const colours = Array.from({ length: 10 }, (_, digit) => colour(`--digit-${digit}`));
  for (let i = 0; 2 * i < points.length; i++) {
    context.fillStyle = colours[labels[i]];
    context.fillText(String(labels[i]), ...at(points[2 * i], points[2 * i + 1]));
  }
  if (ring !== null && points.length > 0) paintRing(context, at(...ring.point), size);
}

/** A ring around a place, within the map. */
function paintRing(context: CanvasRenderingContext2D, [x, y]: readonly [number, number], size: number): void {
  const radius = 11;
  const within = (value: number): number => Math.min(size - radius - 2, Math.max(radius + 2, value));
  for (const [width, name] of [
    [6, '--paper'],
    [3, '--ink'],
  ] as const) {
    context.lineWidth = width;
    context.strokeStyle = colour(name);
    context.beginPath();
    context.arc(within(x), within(y), radius, 0, 2 * Math.PI);
    context.stroke();
  }
}
