import { describe, expect, it } from 'vitest';
import { columnsOf, isColourful, isRedrawable } from '../../ts/cli/terminal.js';

const terminal = { isTTY: true, columns: 120, write: () => true };
const pipe = { write: () => true };

describe('X1: what may be printed', () => {
  it('redraws only on a terminal that is not dumb', () => {
    expect(isRedrawable(terminal, { TERM: 'xterm' })).toBe(true);
    expect(isRedrawable(terminal, { TERM: 'dumb' })).toBe(false);
    expect(isRedrawable(pipe, {})).toBe(false);
  });

  it('colours only where NO_COLOR is unset or empty', () => {
    expect(isColourful(terminal, {})).toBe(true);
    expect(isColourful(terminal, { NO_COLOR: '' })).toBe(true);
    expect(isColourful(terminal, { NO_COLOR: '1' })).toBe(false);
  });

  it('always has a width from 1', () => {
    expect(columnsOf(terminal, {})).toBe(120);
    expect(columnsOf(terminal, { COLUMNS: '40' })).toBe(40);
    expect(columnsOf(terminal, { COLUMNS: '0' })).toBe(120);
    expect(columnsOf({ ...terminal, columns: 0 }, { COLUMNS: 'many' })).toBe(80);
    expect(columnsOf(pipe, {})).toBe(80);
  });
});
