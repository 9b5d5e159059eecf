import { createAdapterPanel } from './adapter/panel.js';
import { fetchDigits } from './digits.js';
import { createDrawingPanel } from './drawing/panel.js';
import { byId } from './elements.js';
import { openGallery } from './gallery/open-gallery.js';
import { createTrainingPanel } from './training/panel.js';

byId('isolation', HTMLElement).textContent =
  'Everything is computed here: the page’s policy lets it speak to its own origin only' +
  (crossOriginIsolated ? ', and it is cross-origin isolated, so that workers may share memory.' : '.');
createAdapterPanel();
void start().catch(fail);

async function start(): Promise<void> {
  const drawings = await fetchDigits();
  const gallery = openGallery(fail);
  const drawing = createDrawingPanel(drawings, (digit) => training.draw(digit));
  const training = createTrainingPanel({
    drawings,
    gallery,
    onGallery: drawing.open,
    onFound: drawing.found,
  });
}

function fail(error: unknown): void {
  byId('trouble', HTMLElement).textContent = error instanceof Error ? error.message : String(error);
}
