import type { Remote } from 'comlink';
import { type Matrix, matrix } from 'kantorovich/slim';
import { repeated } from '../gallery/reference-pictures.js';
import type { Found, Gallery, GalleryService } from '../gallery/service.js';
import { latestOnly } from '../latest.js';
import type { MethodCard } from './method-card.js';
import { METHODS, type MethodId } from './methods.js';
import type { Session, SessionState } from './session.js';

/** What keeps both maps up to date. */
export interface Maps {
  /** New pictures. */
  open(gallery: Gallery, k: number): void;
  /** No pictures, until there are others. */
  close(): void;
  /** The visitor's digit, or none. */
  draw(digit: Float32Array | null): void;
  /** Looks at the models again and again while they are trained, and once when that ends. */
  follow(state: SessionState): void;
}

/** What maps are made with, and who is told of them. */
export interface MapsOptions {
  readonly session: Session;
  readonly cards: Readonly<Record<MethodId, MethodCard>>;
  readonly gallery: Remote<GalleryService>;
  /** Told where a method's newest model puts the visitor's digit. */
  onFound(method: MethodId, found: Found | null): void;
  fail(error: unknown): void;
}

/** Milliseconds from one look at the models to the next. */
const LOOK_MS = 250;

/** Maps without pictures. */
export function createMaps({ session, cards, gallery, onFound, fail }: MapsOptions): Maps {
  let pictures: Matrix | null = null;
  let side = 1;
  let digit: Float32Array | null = null;
  let timer: ReturnType<typeof setInterval> | undefined;
  const look = async (id: MethodId): Promise<void> => {
    const asked = pictures;
    if (asked === null) return;
    const embeddings = await embedded(session, id, digit === null ? asked : withRow(asked, repeated(digit, side)));
    // Meanwhile the settings may have changed, and the pictures with them.
    if (embeddings === null || asked !== pictures) return;
    const placement = await gallery.place(id, embeddings);
    if (asked !== pictures) return;
    cards[id].place(placement);
    onFound(id, placement.drawn);
  };
  const lookers = METHODS.map((id) => latestOnly<void>(() => look(id), fail));
  const lookAtAll = (): void => {
    for (const next of lookers) next();
  };
  return {
    open({ rows }, k) {
      [pictures, side] = [rows, k];
    },
    close() {
      pictures = null;
    },
    draw(next) {
      digit = next;
      lookAtAll();
    },
    follow(state) {
      clearInterval(timer);
      if (state === 'running') timer = setInterval(lookAtAll, LOOK_MS);
      if (state === 'paused' || state === 'done') lookAtAll();
    },
  };
}

/** Embeddings by the model as it stands; null where there is none, or its run ends meanwhile and looks once more then. */
async function embedded(session: Session, id: MethodId, rows: Matrix): Promise<Matrix | null> {
  try {
    return await session.embed(id, rows);
  } catch (error) {
    if (error instanceof Error && (error.name === 'StateError' || error.name === 'WorkerError')) return null;
    throw error;
  }
}

function withRow({ data, rows, cols }: Matrix, row: Float32Array): Matrix {
  const all = new Float32Array(data.length + cols);
  all.set(data);
  all.set(row, data.length);
  return matrix(all, rows + 1, cols);
}
