import type { Remote } from 'comlink';
import type { DrawingBytes, HistoryEntry } from 'kantorovich';
import { byId } from '../elements.js';
import type { Found, Gallery, GalleryService } from '../gallery/service.js';
import { latestOnly } from '../latest.js';
import { paintPairs } from '../pictures.js';
import { type Curves, createCurves } from './curves.js';
import { createMaps } from './maps.js';
import { createMethodCard, type MethodCard } from './method-card.js';
import { METHODS, type MethodId, NAMES } from './methods.js';
import { createSession, type Session, type SessionEvents, type SessionState } from './session.js';
import { mutualInformation, readSettings } from './settings.js';

/** What the training panel is told. */
export interface TrainingPanel {
  /** The visitor's digit as an encoder takes a picture's cell, or none. */
  draw(digit: Float32Array | null): void;
}

/** What the training panel needs. */
export interface TrainingPanelOptions {
  readonly drawings: DrawingBytes;
  readonly gallery: Remote<GalleryService>;
  /** Told of the pictures of the maps, whenever these change. */
  onGallery(gallery: Gallery): void;
  /** Told where the visitor's digit is, after a map has changed. */
  onFound(method: MethodId, found: Found | null): void;
}

type Cards = Readonly<Record<MethodId, MethodCard>>;

const BUTTON: Readonly<Record<SessionState, string>> = {
  idle: 'Start',
  running: 'Pause',
  pausing: 'Pausing …',
  paused: 'Go on',
  done: 'Start again',
};

/** Sets the panel up and shows what there is before training. */
export function createTrainingPanel(options: TrainingPanelOptions): TrainingPanel {
  const { drawings, gallery, onFound } = options;
  const form = byId('settings', HTMLFormElement);
  const trouble = byId('trouble', HTMLElement);
  const curves = createCurves(byId('curves', HTMLElement));
  const cards: Cards = { wpc: createMethodCard('wpc'), cpc: createMethodCard('cpc') };
  byId('methods', HTMLElement).append(...METHODS.map((id) => cards[id].element));
  const fail = (error: unknown): void => {
    trouble.textContent = error instanceof Error ? error.message : String(error);
  };
  const status = createStatus();
  const session = createSession(drawings, {
    onState(state) {
      showState(form, state);
      status.state(state);
      maps.follow(state);
    },
    ...showing({ cards, curves, status }),
    onError: fail,
  });
  const maps = createMaps({ session, cards, gallery, onFound, fail });
  const clear = (): void => {
    const settings = readSettings(form);
    const { steps, batch } = settings;
    status.begin(steps);
    curves.reset({ steps, batch, nats: mutualInformation(settings) });
    for (const id of METHODS) {
      cards[id].reset(steps);
      onFound(id, null);
    }
  };
  const open = latestOnly<void>(async () => {
    const { k, seed } = readSettings(form);
    const opened = await gallery.open({ drawings, k, seed });
    showPairs(opened, k);
    for (const id of METHODS) cards[id].open(opened.labels);
    maps.open(opened, k);
    options.onGallery(opened);
  }, fail);
  const change = (): void => {
    // What was trained belongs to other pictures.
    session.reset();
    maps.close();
    clear();
    open();
  };
  listen({ form, session, trouble, clear, change });
  change();
  return { draw: maps.draw };
}

/** Where the steps of a run are shown. */
interface Showing {
  readonly cards: Cards;
  readonly curves: Curves;
  readonly status: ReturnType<typeof createStatus>;
}

function showing({ cards, curves, status }: Showing): Pick<SessionEvents, 'onStep' | 'onProbe'> {
  return {
    onStep(method, entry) {
      cards[method].step(entry);
      if (entry.heldOut !== null) curves.add(method, entry.step, entry.heldOut.value);
      status.step(method, entry);
    },
    onProbe(method, { accuracy }) {
      cards[method].probe(accuracy);
      status.probe(method, accuracy);
    },
  };
}

/** What listens to the form is told. */
interface Listening {
  readonly form: HTMLFormElement;
  readonly session: Session;
  readonly trouble: HTMLElement;
  /** Empties chart and maps. */
  clear(): void;
  /** Takes other settings. */
  change(): void;
}

function listen({ form, session, trouble, clear, change }: Listening): void {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    trouble.textContent = '';
    if (session.state === 'running') return session.pause();
    if (session.state === 'done') clear();
    session.start(readSettings(form));
  });
  byId('reset', HTMLButtonElement).addEventListener('click', () => {
    session.reset();
    clear();
    byId('toggle', HTMLButtonElement).focus();
  });
  form.addEventListener('change', () => {
    if (form.checkValidity()) change();
  });
}

function showState(form: HTMLFormElement, state: SessionState): void {
  const toggle = byId('toggle', HTMLButtonElement);
  toggle.textContent = BUTTON[state];
  toggle.disabled = state === 'pausing';
  byId('reset', HTMLButtonElement).disabled = state === 'idle';
  for (const fieldset of form.querySelectorAll('fieldset')) fieldset.disabled = state !== 'idle' && state !== 'done';
}

function showPairs({ x, y }: Gallery, k: number): void {
  paintPairs(byId('pairs', HTMLCanvasElement), x, y);
  const count = k * k;
  const nats = (count * Math.log(10)).toFixed(2);
  const what =
    count === 1
      ? 'The digit below is the successor of the one above'
      : 'Each digit below is the successor of the one above';
  byId('pairs-text', HTMLElement).textContent =
    `${what} (0 follows 9), by another hand. That is all that the two pictures of a pair share: ` +
    `${count === 1 ? '' : `${count} · `}log 10 = ${nats} nats. No encoder is told what a digit is.`;
}

/** What is said of a run: seldom enough to be listened to. */
function createStatus() {
  const element = byId('status', HTMLElement);
  const probes = new Map<MethodId, string>();
  let steps = 0;
  let quarters = 0;
  const say = (text: string): void => {
    const reads = METHODS.filter((id) => probes.has(id)).map(
      (id) => `${NAMES[id].name} reads ${probes.get(id)} of the digits`,
    );
    element.textContent = [text, ...reads].join('; ');
  };
  return {
    begin(count: number): void {
      [steps, quarters] = [count, 0];
      probes.clear();
      element.textContent = '';
    },
    state(state: SessionState): void {
      if (state === 'idle') element.textContent = '';
      if (state === 'running') say('Training');
      if (state === 'paused') say('Paused');
      if (state === 'done') say('Finished');
    },
    step(method: MethodId, { step }: HistoryEntry): void {
      const passed = Math.floor((4 * step) / steps);
      if (method !== 'wpc' || passed <= quarters || passed === 4) return;
      quarters = passed;
      say(`Training, ${25 * passed} % done`);
    },
    probe(method: MethodId, accuracy: number): void {
      probes.set(method, `${(100 * accuracy).toFixed(0)} %`);
    },
  };
}
