import { contextOf } from '../elements.js';
import { colour, frameOf, onScheme } from '../frames.js';
import { DRAWN } from './centred.js';

/** A square to draw on. */
export interface Pad {
  clear(): void;
  /** Shows 28 x 28 ink. */
  show(ink: Float32Array): void;
}

/** How far ink reaches around the pen, in pixels of 28. */
const REACH = 1.75;
const KEYS: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Where the next stroke begins, and whether keys draw. */
interface Pen {
  x: number;
  y: number;
  isDown: boolean;
}

/** Makes the canvas in a frame drawable, with pointers and with keys; `onInk` gets 28 x 28 numbers from 0 to 1 after each change. */
export function createPad(frame: HTMLElement, onInk: (ink: Float32Array) => void): Pad {
  const [canvas] = frame.getElementsByTagName('canvas');
  const ink = new Float32Array(DRAWN * DRAWN);
  const pen: Pen = { x: DRAWN / 2, y: DRAWN / 4, isDown: false };
  const paint = frameOf(() => {
    paintInk(canvas, ink, document.activeElement === frame ? pen : null);
    return false;
  });
  const changed = (): void => {
    paint();
    onInk(ink);
  };
  const moveTo = (x: number, y: number, isInked: boolean): void => {
    if (isInked) stroke(ink, pen, { x, y });
    [pen.x, pen.y] = [x, y];
    if (isInked) changed();
    else paint();
  };
  const clear = (): void => {
    ink.fill(0);
    pen.isDown = false;
    changed();
  };
  frame.tabIndex = 0;
  listenToPointers(canvas, moveTo);
  listenToKeys(frame, { pen, moveTo, clear });
  for (const name of ['focus', 'blur']) frame.addEventListener(name, paint);
  onScheme(paint);
  paint();
  return {
    clear,
    show(given) {
      ink.set(given);
      changed();
    },
  };
}

/** What keys do: arrows move the pen, Space puts it down or lifts it, Delete clears. */
function listenToKeys(
  frame: HTMLElement,
  { pen, moveTo, clear }: { readonly pen: Pen; moveTo(x: number, y: number, isInked: boolean): void; clear(): void },
): void {
  const within = (value: number): number => Math.min(DRAWN - 1, Math.max(1, value));
  frame.addEventListener('keydown', (event) => {
    const direction = KEYS[event.key];
    if (direction !== undefined) moveTo(within(pen.x + direction[0]), within(pen.y + direction[1]), pen.isDown);
    else if (event.key === ' ') {
      pen.isDown = !pen.isDown;
      moveTo(pen.x, pen.y, pen.isDown);
    } else if (event.key === 'Delete' || event.key === 'Backspace') clear();
    else return;
    event.preventDefault();
  });
}

function listenToPointers(canvas: HTMLCanvasElement, moveTo: (x: number, y: number, isInked: boolean) => void): void {
  const at = ({ clientX, clientY }: PointerEvent): readonly [number, number] => {
    const { left, top, width } = canvas.getBoundingClientRect();
    return [((clientX - left) * DRAWN) / width, ((clientY - top) * DRAWN) / width];
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    moveTo(...at(event), false);
    moveTo(...at(event), true);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) moveTo(...at(one), true);
  });
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Inks a line, darkest along its middle. */
function stroke(ink: Float32Array, from: Place, to: Place): void {
  const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) * 2));
  for (let i = 0; i <= steps; i++) {
    stamp(ink, from.x + ((to.x - from.x) * i) / steps, from.y + ((to.y - from.y) * i) / steps);
  }
}

function stamp(ink: Float32Array, x: number, y: number): void {
  for (let row = Math.floor(y - REACH); row <= y + REACH; row++) {
    for (let col = Math.floor(x - REACH); col <= x + REACH; col++) {
      if (row < 0 || col < 0 || row >= DRAWN || col >= DRAWN) continue;
      const distance = Math.hypot(col + 0.5 - x, row + 0.5 - y);
      const value = Math.min(1, Math.max(0, REACH - distance));
      ink[row * DRAWN + col] = Math.max(ink[row * DRAWN + col], value);
    }
  }
}

function paintInk(
  canvas: HTMLCanvasElement,
  ink: Float32Array,
  pen: (Place & { readonly isDown: boolean }) | null,
): void {
  const context = contextOf(canvas);
  const cell = canvas.width / DRAWN;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = colour('--ink');
  ink.forEach((value, i) => {
    if (value === 0) return;
    context.globalAlpha = value;
    context.fillRect((i % DRAWN) * cell, Math.floor(i / DRAWN) * cell, cell, cell);
  });
  context.globalAlpha = 1;
  if (pen === null) return;
  context.lineWidth = 2;
  context.strokeStyle = colour('--cpc');
  context.beginPath();
  context.arc(pen.x * cell, pen.y * cell, cell * (pen.isDown ? 0.8 : 1.4), 0, 2 * Math.PI);
  context.stroke();
}
