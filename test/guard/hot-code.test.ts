import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { countKinds, hotCode } from '../../scripts/guard/hot-code.js';
import { type Instruction, parseInstructions, splitFunctions } from '../../scripts/guard/machine-code.js';

/** Of Node 20.20.2: a function without a loop, and microkernel_across<2>, a loop in a loop. */
const output = readFileSync('test/guard/node20-listing.txt', 'utf8');
const listing = splitFunctions(output).get(108) ?? '';
const code = parseInstructions(listing);

describe('splitFunctions', () => {
  it('finds every function by its index', () => {
    expect([...splitFunctions(output).keys()]).toEqual([368, 108]);
    expect(splitFunctions('nothing was compiled').size).toBe(0);
  });
});

describe('parseInstructions', () => {
  it('takes the instructions and none of the tables behind them', () => {
    expect(code[0]).toMatchObject({ offset: 0, operation: 'push', operands: 'rbp' });
    expect(code[1]).toMatchObject({ offset: 1, operation: 'movq', operands: 'rbp,rsp' });
    expect(code[code.length - 1].operation).toBe('nop');
  });
});

describe('hotCode', () => {
  it('is the inner loop, without what stands behind the return', () => {
    const loop = hotCode(code);
    expect(countKinds(loop)).toEqual({ arithmetic: 16, broadcasts: 4, loads: 4, other: 16, spills: 0 });
    expect(loop[loop.length - 1].line).toMatch(/ jnz <\+0x[0-9a-f]+>$/);
  });

  it('is all up to the return where there is no loop on vectors', () => {
    const plain = parseInstructions(splitFunctions(output).get(368) ?? '');
    expect(hotCode(plain).map(({ operation }) => operation)).toEqual([
      'push',
      'movq',
      'push',
      'push',
      'movq',
      'pop',
      'retl',
    ]);
  });

  it('counts a vector that goes to the stack or comes from it', () => {
    const multiply = listing.split('\n').findIndex((line) => line.includes('vmulps'));
    for (const spill of ['vmovups [rbp-0x50],xmm0', 'vmovdqu xmm8,[rsp+0x10]', 'vaddps xmm1,xmm1,[rbp-0x40]']) {
      const lines = listing.split('\n');
      lines.splice(multiply, 0, `0x1364935772ff   101  c5f811               ${spill}`);
      expect(countKinds(hotCode(parseInstructions(lines.join('\n')))).spills).toBe(1);
    }
  });

  it('is, of two loops in a row, the one that computes more', () => {
    const loop = (start: number, operations: readonly string[]): Instruction[] => [
      ...operations.map((operation, i) => instruction(start + i, operation, 'xmm0,xmm0,xmm1')),
      instruction(start + operations.length, 'jnz', `<+0x${start.toString(16)}>`),
    ];
    const computes = ['vmulps', 'vaddps'];
    const shuffles = ['vaddps', 'vpermilps', 'vpermilps'];
    expect(hotCode([...loop(0x10, computes), ...loop(0x20, shuffles)])).toHaveLength(3);
    expect(hotCode([...loop(0x10, shuffles), ...loop(0x20, computes)])).toHaveLength(3);
  });
});

function instruction(offset: number, operation: string, operands: string): Instruction {
  return { offset, operation, operands, line: `${operation} ${operands}` };
}
