import type { Remote } from '../process/remote.js';
import { type BenchRecord, benchRecord, type Numbers } from '../record.js';
import { withKernels } from '../roster.js';
import { tfjs } from '../suites/tfjs.js';
import { numberText, table } from '../table.js';
import type { TensorCount } from './count-tensors.js';

/** The second ratio of the suite's records: of times over that of TensorFlow.js with our kernels. */
const besideKernels = `ratio-to-${withKernels}`;

/** What the suite measures beside times. */
export function tfjsTables(records: readonly BenchRecord[], counts: readonly TensorCount[]): string {
  const timed = records.map(({ case: { encoder, n }, ms }) => ({ label: `${encoder} n ${n}`, ratios: ratiosOf(ms) }));
  const names = [...new Set(timed.flatMap(({ ratios }) => Object.keys(ratios)))];
  const rows = timed.map(({ label, ratios }) => [
    label,
    ...names.map((name) => (ratios[name] === undefined ? '-' : `${numberText(ratios[name])}x`)),
  ]);
  const ratios =
    names.length === 0 ? [] : [`\nhow many times as long as ${withKernels}`, table(['case', ...names], rows)];
  const lines = counts.map(({ encoder, n, tensors }) => {
    const each = [...tensors].map(([steps, count]) => `${count} after ${steps} steps`);
    return `${encoder} n ${n}: ${each.join(', ')}`;
  });
  return [...ratios, ...(lines.length === 0 ? [] : [`\ntensors alive, ${withKernels}`, ...lines])].join('\n');
}

/** The records of the times with the second ratio, and one for the tensors of each encoder. */
export function tfjsRecords(
  records: readonly BenchRecord[],
  counts: readonly TensorCount[],
  engines: readonly Pick<Remote, 'name' | 'version'>[],
): readonly BenchRecord[] {
  const timed = records.map((record) => ({ ...record, metrics: { [besideKernels]: ratiosOf(record.ms) } }));
  const counted = engines.filter(({ name }) => name === withKernels);
  const tensors = counts.map(({ encoder, n, tensors }) => {
    const metrics = new Map([...tensors].map(([steps, count]): [string, number] => [`after-${steps}-steps`, count]));
    return benchRecord({ suite: tfjs.name, case: { encoder, n, what: 'tensors' }, ms: new Map(), metrics }, counted);
  });
  return [...timed, ...tensors];
}

/** A line where the numbers of tensors differ. */
export function leakOf({ encoder, tensors }: TensorCount): readonly string[] {
  const [early, ...late] = tensors.values();
  const isFlat = Number.isFinite(early) && late.every((count) => count === early);
  return isFlat ? [] : [`${encoder}: ${withKernels} leaves tensors behind: ${[...tensors.values()].join(', then ')}`];
}

function ratiosOf(ms: Numbers): Numbers {
  const own = ms[withKernels];
  if (own === undefined) return {};
  const others = Object.entries(ms).filter(([name]) => name !== withKernels);
  return Object.fromEntries(others.map(([name, time]) => [name, Number((time / own).toPrecision(4))]));
}
