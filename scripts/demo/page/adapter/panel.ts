import { proxy, wrap } from 'comlink';
import { byId, create } from '../elements.js';
import { assignFiles, fetchSample, readDropped, SLOTS, type Slot } from './files.js';
import { reportOf } from './report.js';
import type { AdapterService, DroppedFile, FitProgress, FitRequest } from './service.js';

const LABELS: Readonly<Record<Slot, string>> = {
  queries: 'Vectors of queries',
  documents: 'Vectors of documents',
  qrels: 'Relevance (qrels); without it, row by row',
};

/** Sets the panel up: files come by dropping, by choosing, or as the sample. */
export function createAdapterPanel(): void {
  const files = new Map<Slot, DroppedFile>();
  const slots = createSlots((slot, file) => take([[slot, file]]));
  const adapt = adaptChoice();
  byId('drop', HTMLElement)
    .querySelector('.slots')
    ?.append(...SLOTS.map((slot) => slots[slot].element), adapt.element);
  const page = createFitView();
  const fit = (): Promise<void> => runFit(page, files, adapt.value());
  const take = async (given: Iterable<readonly [Slot, File | DroppedFile]>): Promise<void> => {
    for (const [slot, file] of given) {
      const read = file instanceof File ? await readDropped(file) : file;
      files.set(slot, read);
      slots[slot].show(read);
    }
    page.ready(files.has('queries') && files.has('documents'));
  };
  const attempt = (work: () => Promise<void>): void => void work().catch(page.fail);
  listenToDrops(byId('adapter', HTMLFormElement), (dropped) =>
    attempt(() => take(assignFiles(dropped, [...files.keys()]))),
  );
  byId('adapter', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(fit);
  });
  byId('sample', HTMLButtonElement).addEventListener('click', () =>
    attempt(async () => {
      files.delete('qrels');
      slots.qrels.clear();
      await take(await fetchSample());
      await fit();
    }),
  );
}

/** A place for a file: what it is for, a way to choose one, and what there is. */
function createSlots(choose: (slot: Slot, file: File) => void) {
  const slotOf = (slot: Slot) => {
    const input = create('input', {
      type: 'file',
      name: slot,
      accept: '.npy,.safetensors,.jsonl,.json,.tsv,.txt,.trec,.qrels',
    });
    const text = create('span', { className: 'slot-file' });
    input.addEventListener('change', () => {
      const [file] = input.files ?? [];
      if (file !== undefined) choose(slot, file);
    });
    const show = ({ name, bytes }: DroppedFile): void => {
      const chosen = new DataTransfer();
      chosen.items.add(new File([Uint8Array.from(bytes)], name));
      // The browser's own words for a file that was not chosen there would say that there is none.
      input.files = chosen.files;
      text.textContent = `${Math.ceil(bytes.length / 1024).toLocaleString('en')} kB`;
    };
    const clear = (): void => {
      input.value = text.textContent = '';
    };
    return { element: create('label', {}, LABELS[slot], input, text), show, clear };
  };
  return { queries: slotOf('queries'), documents: slotOf('documents'), qrels: slotOf('qrels') };
}

/** Which side is changed. */
function adaptChoice() {
  const options = [
    ['query', 'queries: the index stays as it is'],
    ['document', 'documents'],
    ['both', 'both'],
  ] as const;
  const select = create(
    'select',
    { name: 'adapt' },
    ...options.map(([value, text]) => create('option', { value, textContent: text })),
  );
  const value = (): FitRequest['adapt'] => options.find(([name]) => name === select.value)?.[0] ?? 'query';
  return { element: create('label', {}, 'What is changed', select), value };
}

function listenToDrops(element: HTMLElement, onFiles: (files: readonly File[]) => void): void {
  const frame = byId('drop', HTMLElement);
  const over = (is: boolean) => (event: DragEvent) => {
    event.preventDefault();
    frame.classList.toggle('over', is);
  };
  element.addEventListener('dragover', over(true));
  element.addEventListener('dragleave', over(false));
  element.addEventListener('drop', (event) => {
    over(false)(event);
    onFiles([...(event.dataTransfer?.files ?? [])]);
  });
}

/** The buttons, the progress and the words around a fit. */
function createFitView() {
  const form = byId('adapter', HTMLFormElement);
  const [start] = form.querySelectorAll<HTMLButtonElement>('button[type=submit]');
  const stop = byId('stop-fit', HTMLButtonElement);
  const sample = byId('sample', HTMLButtonElement);
  const progress = byId('fit-progress', HTMLProgressElement);
  const status = byId('fit-status', HTMLElement);
  const trouble = byId('fit-trouble', HTMLElement);
  const report = byId('report', HTMLElement);
  return {
    stop,
    report,
    ready(is: boolean): void {
      start.disabled = !is;
    },
    isBusy: (): boolean => !progress.hidden,
    busy(is: boolean): void {
      progress.hidden = !is;
      progress.value = 0;
      [start.disabled, sample.disabled, stop.disabled] = [is, is, !is];
      if (is) trouble.textContent = '';
    },
    progress(share: number, text: string): void {
      progress.value = share;
      status.textContent = text;
    },
    fail(error: unknown): void {
      status.textContent = '';
      trouble.textContent = error instanceof Error ? error.message : String(error);
    },
  };
}

/** Fits in a worker of its own, which ends with the fit. */
async function runFit(
  view: ReturnType<typeof createFitView>,
  files: ReadonlyMap<Slot, DroppedFile>,
  adapt: FitRequest['adapt'],
): Promise<void> {
  const [queries, documents, qrels = null] = SLOTS.map((slot) => files.get(slot));
  if (!queries || !documents) return;
  const worker = new Worker(new URL('./adapter.worker.ts', import.meta.url), { type: 'module' });
  const death = new Promise<never>((_, reject) => {
    worker.addEventListener('error', ({ message }) => reject(new Error(message || 'the worker did not load')));
  });
  const service = wrap<AdapterService>(worker);
  const onStop = (): void => void service.stop();
  view.stop.addEventListener('click', onStop);
  view.busy(true);
  view.report.replaceChildren();
  view.progress(0, 'Reading the files');
  try {
    // Words of progress come through a port of their own, and may come after the outcome.
    const progress = proxy(({ share, text }: FitProgress) => {
      if (view.isBusy()) view.progress(share, text);
    });
    const outcome = await Promise.race([service.fit({ queries, documents, qrels, adapt }, progress), death]);
    view.busy(false);
    view.progress(1, 'Finished.');
    view.report.replaceChildren(...reportOf(outcome));
  } finally {
    view.stop.removeEventListener('click', onStop);
    view.busy(false);
    worker.terminate();
  }
}
