import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';
import { escapeHtml } from './html.js';

const { document } = new JSDOM('').window;

/** A plot as the text of an SVG element that needs neither script nor network; `alt` says what it shows. */
export function svgPlot(alt: string, options: Plot.PlotOptions): string {
  const svg = Plot.plot({ document, ...options });
  // What it shows is said once, by the label: the parts within are not read out.
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', escapeHtml(alt));
  return svg.outerHTML;
}
