import { JSDOM } from 'jsdom';
import { expect } from 'vitest';
import type { StartResults } from '../../scripts/start/results.js';

const FIGURES = ['samples', 'accuracy', 'value', 'embeddings'];

/** What can be said of a report without a browser: every picture is in it, whole, and it needs nothing else. */
export function checkReport(html: string, { models, baselines, samples }: StartResults): void {
  const { document } = new JSDOM(html).window;
  expect([...document.querySelectorAll('figure')].map(({ id }) => id)).toEqual(FIGURES);
  for (const figure of document.querySelectorAll('figure')) {
    expect(figure.querySelector('h3')?.textContent).not.toBe('');
    expect(figure.querySelector('figcaption')?.textContent?.length).toBeGreaterThan(80);
  }
  checkIndependence(document);
  checkImages(document, 2 * samples.length);
  for (const id of ['accuracy', 'value']) checkCurves(document, id, models.length);
  checkPanels(document, [...models, ...baselines].filter(({ scatter }) => scatter !== null).length);
  expect(document.querySelectorAll('tbody tr')).toHaveLength(models.length + baselines.length);
}

function checkIndependence(document: Document): void {
  expect(document.querySelectorAll('script, link[rel=stylesheet], iframe, object')).toHaveLength(0);
  for (const element of document.querySelectorAll('[src], [href]')) {
    expect(element.getAttribute('src') ?? element.getAttribute('href')).toMatch(/^data:/);
  }
}

function checkImages(document: Document, count: number): void {
  const images = [...document.querySelectorAll('img')];
  expect(images).toHaveLength(count);
  for (const image of images) {
    expect(image.alt).not.toBe('');
    const bytes = Buffer.from(image.src.replace('data:image/png;base64,', ''), 'base64');
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([image.width, image.height]);
  }
}

function checkCurves(document: Document, id: string, curves: number): void {
  for (const screen of ['wide', 'narrow']) {
    const svg = document.querySelector(`#${id} div.${screen} svg`);
    expect(svg?.getAttribute('aria-label')?.length).toBeGreaterThan(40);
    const lines = [...(svg?.querySelectorAll('[aria-label=line] path') ?? [])];
    expect(lines).toHaveLength(curves);
    // A point, and at least one piece of curve.
    for (const line of lines) expect(line.getAttribute('d')).toMatch(/^M[\d.-]+,[\d.-]+[LCH]/);
  }
}

function checkPanels(document: Document, count: number): void {
  const panels = [...document.querySelectorAll('#embeddings .panel')];
  expect(panels).toHaveLength(count);
  for (const panel of panels) expect(panel.querySelectorAll('svg text').length).toBeGreaterThan(50);
}
