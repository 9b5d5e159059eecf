// What a microkernel runs most of the time, in its machine code, and what that is made of.
import type { Instruction } from './machine-code.js';

/** How many instructions there are of each kind. */
export interface KindCounts {
  /** Multiplications, additions, subtractions and their fused forms, four numbers each. */
  readonly arithmetic: number;
  /** One number into four lanes. */
  readonly broadcasts: number;
  /** Four numbers from memory. */
  readonly loads: number;
  /** Stores and shuffles of vectors; addresses, counters, jumps, the check of the stack. */
  readonly other: number;
  /** Vectors that are written to the stack or read from it, for want of a register. */
  readonly spills: number;
}

const VECTOR = /\b[xy]mm\d/;
const STACK = /\[r[bs]p\b/;
const FROM_MEMORY = /^[xy]mm\d+,\[/;
const ARITHMETIC = /^v?(mul|add|sub|fn?m(add|sub)\d+)ps$/;
const BROADCAST = /^v?(broadcastss|shufps)$/;
const MOVE = /^v?(mov[ua]p[sd]|movdq[ua])$/;

/**
 * The innermost loop on vectors, of several the one that computes most; all up to the return where there is no such
 * loop. Padding is left out.
 */
export function hotCode(code: readonly Instruction[]): readonly Instruction[] {
  const loops = loopsOf(code).filter((loop) => loop.some(isOnVectors));
  const innermost = loops.filter((loop) => !loops.some((other) => other !== loop && isWithin(other, loop)));
  const straight = code.slice(0, code.findIndex(isReturn) + 1);
  const [hot = straight] = innermost.toSorted((a, b) => countKinds(b).arithmetic - countKinds(a).arithmetic);
  return hot.filter(({ operation }) => operation !== 'nop');
}

/** Counts instructions by kind; each is of one. */
export function countKinds(code: readonly Instruction[]): KindCounts {
  const counts = { arithmetic: 0, broadcasts: 0, loads: 0, other: 0, spills: 0 };
  for (const instruction of code) counts[kindOf(instruction)]++;
  return counts;
}

function kindOf(instruction: Instruction): keyof KindCounts {
  const { operation, operands } = instruction;
  if (isOnVectors(instruction) && STACK.test(operands)) return 'spills';
  if (ARITHMETIC.test(operation)) return 'arithmetic';
  if (BROADCAST.test(operation)) return 'broadcasts';
  return MOVE.test(operation) && FROM_MEMORY.test(operands) ? 'loads' : 'other';
}

function isOnVectors({ operands }: Instruction): boolean {
  return VECTOR.test(operands);
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
    if (!stretch.some(isReturn)) loops.set(target, stretch);
  });
  return [...loops.values()];
}

function jumpTarget({ operation, operands }: Instruction): number | null {
  const target = operation.startsWith('j') ? operands.match(/<\+0x([0-9a-f]+)>/) : null;
  return target === null ? null : Number.parseInt(target[1], 16);
}

function isReturn({ operation }: Instruction): boolean {
  return operation.startsWith('ret');
}
