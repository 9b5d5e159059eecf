import { describe, expect, it } from 'vitest';
import { jsonLine } from '../../ts/cli/json-lines.js';

describe('a JSON line', () => {
  it('ends with its only newline', () => {
    expect(jsonLine({ text: 'a\nb', loss: 0.5 })).toBe('{"text":"a\\nb","loss":0.5}\n');
  });
});
