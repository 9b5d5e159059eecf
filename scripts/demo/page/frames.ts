/** Runs `draw` once in the next frame, however often it is asked to; true, which it may return, asks for one more. */
export function frameOf(draw: (now: number) => boolean): () => void {
  let isDue = false;
  const ask = (): void => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame((now) => {
      isDue = false;
      if (draw(now)) ask();
    });
  };
  return ask;
}

/** Whether things may move. */
export function motionAllowed(): boolean {
  return !matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** Calls back when the page changes between light and dark. */
export function onScheme(callback: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', callback);
}

const colours = new Map<string, string>();

/** The value of a colour of the style sheet, as it is now. */
export function colour(name: string): string {
  // Styles are looked up once: a map asks for a dozen colours in each frame of a move.
  if (colours.size === 0) onScheme(() => colours.clear());
  const found = colours.get(name) ?? getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  colours.set(name, found);
  return found;
}
