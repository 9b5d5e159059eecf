// The loop of a microkernel in its machine code, and what it is made of.
import type { Instruction } from './machine-code.js';

/** How many instructions of each kind a loop has. */
export interface LoopCounts {
  readonly instructions: number;
  /** Multiplications, additions, subtractions and their fused forms, four numbers each. */
  readonly arithmetic: number;
  /** One number into four lanes. */
  readonly broadcasts: number;
  /** Four numbers from memory. */
  readonly loads: number;
  /** Vectors that are written to the stack or read from it, for want of a register. */
  readonly spills: number;
  /** Addresses, counters, jumps, the check of the stack. */
  readonly other: number;
}

const ARITHMETIC = /^v?(mul|add|sub|fn?m(add|sub)\d+)ps$/;
const BROADCAST = /^v?(broadcastss|shufps)$/;
const MOVE = /^v?(mov[ua]p[sd]|movdq[ua])$/;
const VECTOR_REGISTER = /\b[xy]mm\d/;
const STACK = /\[r[bs]p\b/;
const FROM_MEMORY = /^[xy]mm\d+,\[/;

/** The innermost loop that computes on vectors; of several, the one that computes most. Padding is left out. */
export function vectorLoop(code: readonly Instruction[]): readonly Instruction[] {
  const loops = loopsOf(code).filter((loop) => arithmeticOf(loop) > 0);
  const innermost = loops.filter((loop) => !loops.some((other) => other !== loop && isWithin(other, loop)));
  if (innermost.length === 0) throw new Error('no loop computes on vectors');
  return innermost.reduce((most, loop) => (arithmeticOf(loop) > arithmeticOf(most) ? loop : most));
}

/** Counts a loop's instructions by kind; each belongs to one. */
export function countLoop(loop: readonly Instruction[]): LoopCounts {
  const counts = { arithmetic: 0, broadcasts: 0, loads: 0, spills: 0, other: 0 };
  for (const instruction of loop) counts[kindOf(instruction)]++;
  return { instructions: loop.length, ...counts };
}

function kindOf({ operation, operands }: Instruction): keyof Omit<LoopCounts, 'instructions'> {
  if (VECTOR_REGISTER.test(operands) && STACK.test(operands)) return 'spills';
  if (ARITHMETIC.test(operation)) return 'arithmetic';
  if (BROADCAST.test(operation)) return 'broadcasts';
  return MOVE.test(operation) && FROM_MEMORY.test(operands) ? 'loads' : 'other';
}

function arithmeticOf(loop: readonly Instruction[]): number {
  return countLoop(loop).arithmetic;
}

function isWithin(inner: readonly Instruction[], outer: readonly Instruction[]): boolean {
  return outer.includes(inner[0]) && outer.includes(inner[inner.length - 1]);
}

/**
 * Every stretch from the target of a backward jump to the last jump there. V8 puts what seldom runs (the slow path of a
 * check of the stack) behind the function's return: a jump from there is no loop's end.
 */
function loopsOf(code: readonly Instruction[]): readonly (readonly Instruction[])[] {
  const loops = new Map<number, readonly Instruction[]>();
  code.forEach((jump, end) => {
    const target = jumpTarget(jump);
    if (target === null || target > jump.offset) return;
    const stretch = code.slice(0, end + 1).filter(({ offset }) => offset >= target);
    if (stretch.some(({ operation }) => operation.startsWith('ret'))) return;
    loops.set(
      target,
      stretch.filter(({ operation }) => operation !== 'nop'),
    );
  });
  return [...loops.values()];
}

function jumpTarget({ operation, operands }: Instruction): number | null {
  const target = operation.startsWith('j') ? operands.match(/<\+0x([0-9a-f]+)>/) : null;
  return target === null ? null : Number.parseInt(target[1], 16);
}
