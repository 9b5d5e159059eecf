import { svg } from '../elements.js';
import { frameOf } from '../frames.js';
import { stepTicks, type ValueAxis, valueAxis } from './axis.js';
import { METHODS, type MethodId, NAMES } from './methods.js';

/** What a chart is of. */
export interface CurvesSetup {
  readonly steps: number;
  readonly batch: number;
  /** I(x; y). */
  readonly nats: number;
}

/** A chart of held-out values against steps. */
export interface Curves {
  /** Empties it. */
  reset(setup: CurvesSetup): void;
  add(method: MethodId, step: number, value: number): void;
}

type Points = Readonly<Record<MethodId, (readonly [step: number, value: number])[]>>;

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly axis: ValueAxis;
  /** Pixels of a step and of a value. */
  x(step: number): number;
  y(value: number): number;
}

const LEFT = 34;
const RIGHT = 12;
const TOP = 20;
const BOTTOM = 38;
const NARROW = 520;

/** Draws a chart in `container`, anew with its width. */
export function createCurves(container: HTMLElement): Curves {
  let setup: CurvesSetup = { steps: 1000, batch: 64, nats: 1 };
  let points: Points = { wpc: [], cpc: [] };
  const paint = frameOf(() => {
    container.replaceChildren(chart(setup, points, container.clientWidth));
    return false;
  });
  new ResizeObserver(paint).observe(container);
  return {
    reset(next) {
      setup = next;
      points = { wpc: [], cpc: [] };
      paint();
    },
    add(method, step, value) {
      points[method].push([step, value]);
      paint();
    },
  };
}

function chart(setup: CurvesSetup, points: Points, width: number): SVGElement {
  const frame = frameFor(setup, width);
  const last = METHODS.flatMap((id) =>
    points[id].slice(-1).map(([, value]) => `${NAMES[id].name} ${value.toFixed(2)}`),
  );
  const { nats, batch } = setup;
  const spoken = `Held-out value against steps. ${last.join(', ') || 'No values yet'}; log n ${Math.log(batch).toFixed(2)}, mutual information ${nats.toFixed(2)} nats.`;
  return svg(
    'svg',
    { viewBox: `0 0 ${width} ${frame.height}`, height: frame.height, role: 'img', 'aria-label': spoken },
    ...axes(setup, frame),
    ...levels(setup, frame),
    ...METHODS.flatMap((id) => series(id, points[id], frame)),
  );
}

function frameFor({ steps, batch, nats }: CurvesSetup, width: number): Frame {
  const height = width < NARROW ? 260 : 320;
  const axis = valueAxis(Math.log(batch), nats, height - TOP - BOTTOM);
  return {
    width,
    height,
    axis,
    x: (step) => LEFT + (step / steps) * (width - LEFT - RIGHT),
    y: (value) => height - BOTTOM - axis.at(Math.max(0, value)),
  };
}

function axes({ steps }: CurvesSetup, { width, height, axis, x, y }: Frame): readonly SVGElement[] {
  const bottom = height - BOTTOM;
  const rows = axis.ticks.flatMap((tick) => [
    svg('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) }),
    svg('text', { x: LEFT - 8, y: y(tick) + 4, 'text-anchor': 'end' }, String(tick)),
  ]);
  const columns = stepTicks(steps, width < NARROW ? 4 : 8).map((tick) =>
    svg(
      'text',
      { x: x(tick), y: bottom + 17, 'text-anchor': tick === steps ? 'end' : 'middle' },
      tick.toLocaleString('en'),
    ),
  );
  return [
    ...rows,
    ...columns,
    svg('text', { x: 0, y: 11 }, 'nats'),
    svg('text', { x: width - RIGHT, y: height - 4, 'text-anchor': 'end' }, 'training steps'),
  ];
}

/** The ceiling of a batch and the truth. */
function levels({ batch, nats }: CurvesSetup, { width, axis, height, y }: Frame): readonly SVGElement[] {
  const isNarrow = width < NARROW;
  const ceiling = Math.log(batch);
  const level = (value: number, dashes: string, text: string): readonly SVGElement[] => [
    svg('line', {
      class: 'level',
      x1: LEFT,
      x2: width - RIGHT,
      y1: y(value),
      y2: y(value),
      'stroke-dasharray': dashes,
    }),
    svg('text', { class: 'level-text', x: width - RIGHT, y: y(value) - 6, 'text-anchor': 'end' }, text),
  ];
  const more = isNarrow ? '' : ', the most that a batch can tell';
  return [
    ...level(ceiling, '2 4', `log ${batch} = ${ceiling.toFixed(2)}${more}`),
    ...level(nats, '8 5', `mutual information ${nats.toFixed(2)}`),
    ...(axis.gap === null ? [] : gapMark(height - BOTTOM - axis.gap)),
  ];
}

/** The sign of an axis that leaves nats out. */
function gapMark(y: number): readonly SVGElement[] {
  return [-3, 3].map((dy) =>
    svg('line', { class: 'level', x1: LEFT - 8, x2: LEFT + 8, y1: y + dy + 4, y2: y + dy - 4 }),
  );
}

function series(id: MethodId, points: Points[MethodId], { x, y, width }: Frame): readonly SVGElement[] {
  const last = points.at(-1);
  if (last === undefined) return [];
  const line = points.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const [endX, endY] = [x(last[0]), y(last[1])];
  const isRight = endX > width - 60;
  const text = {
    class: `name ${id}`,
    x: endX + (isRight ? -4 : 9),
    y: endY + (isRight ? -9 : 4),
    'text-anchor': isRight ? 'end' : 'start',
  };
  return [
    svg('polyline', { class: `series ${id}`, points: line }),
    id === 'cpc'
      ? svg('rect', { class: 'mark cpc', x: endX - 4.5, y: endY - 4.5, width: 9, height: 9 })
      : svg('circle', { class: 'mark wpc', cx: endX, cy: endY, r: 5 }),
    svg('text', text, NAMES[id].name),
  ];
}
