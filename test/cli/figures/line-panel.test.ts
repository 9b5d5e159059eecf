import { JSDOM } from 'jsdom';
import { describe, expect, it } from 'vitest';
import { type ChartPoint, linePanel } from '../../../ts/cli/figures/line-panel.js';
import { seriesLook } from '../../../ts/cli/figures/palette.js';
import { svgSheet } from '../../../ts/cli/figures/sheet.js';

const points: readonly ChartPoint[] = [
  { x: 1, y: 2, deviation: 0.5 },
  { x: 2, y: 30, deviation: null },
  { x: 3, y: -40, deviation: 1 },
];

function sheetOf(panels: number): Document {
  const panel = linePanel({
    title: 'a < b & c',
    xLabel: 'x',
    yDomain: [0, 10],
    series: [{ label: 'one', look: seriesLook(0), points }],
    levels: [{ value: 5, label: 'half' }],
    width: 200,
    height: 100,
  });
  const svg = svgSheet({
    alt: 'what "it" shows & <says>',
    title: 'Title',
    lines: ['A line.'],
    legend: [{ label: 'one', look: seriesLook(0) }],
    columns: 2,
    panels: Array.from({ length: panels }, () => panel),
  });
  return new JSDOM(svg, { contentType: 'image/svg+xml' }).window.document;
}

describe('a sheet of line panels', () => {
  it('is one file of well-formed XML that says what it shows', () => {
    const { documentElement } = sheetOf(1);
    expect(documentElement.localName).toBe('svg');
    expect(documentElement.getAttribute('aria-label')).toBe('what "it" shows & <says>');
    expect(documentElement.textContent).toContain('a < b & c');
    expect(documentElement.textContent).toContain('half');
  });

  it('places panels in rows of as many as told', () => {
    const places = [...sheetOf(3).querySelectorAll('svg > svg')].map((panel) => [
      Number(panel.getAttribute('x')),
      Number(panel.getAttribute('y')),
    ]);
    expect(places[1][0] - places[0][0]).toBe(200);
    expect(places[1][1]).toBe(places[0][1]);
    expect([places[2][0], places[2][1] - places[0][1]]).toEqual([places[0][0], 100]);
  });

  it('draws values beyond the frame as triangles at its edge, none outside', () => {
    const document = sheetOf(1);
    const dots = [...document.querySelectorAll('[aria-label=dot]')].map((group) => group.children.length);
    expect(dots).toEqual([1, 2]);
    const turned = [...document.querySelectorAll('[aria-label=dot] path')].filter((path) =>
      /rotate\(180/.test(path.getAttribute('transform') ?? ''),
    );
    expect(turned).toHaveLength(1);
  });
});
