import { readSet, rowsById, type SetName, setNames } from '../adapters/sets.js';
import type { AdapterProblem } from '../problem.js';
import { normals, random } from '../random.js';
import { type BenchCase, type Extent, inTurns, type Measurement, type Suite } from './suite.js';

/** Training of an adapter on the committed sets; `adapters/` says what comes of it. */
export const adapters: Suite = {
  name: 'adapters',
  title: 'Training an adapter',
  about: 'y = normalise(x + W x) by InfoNCE over all training documents, batches of 64, Adam, 20 epochs, no evaluation',
  order: 'interleaved',
  measurement: { full: patient(inTurns.full, 20_000), quick: patient(inTurns.quick, 6_000) },
  cases: (extent) => (extent === 'check' ? [tinyCase()] : timed[extent].map(setCase)),
};

const timed: Readonly<Record<Exclude<Extent, 'check'>, readonly SetName[]>> = {
  quick: ['ts-messages', 'py-code'],
  full: setNames,
};

/** One run is a whole training, of seconds. */
function patient({ effort, limits }: Measurement, budget: number): Measurement {
  return { effort: { ...effort, budget }, limits: { ...limits, milliseconds: 60_000 } };
}

/** What `split` leaves for training. */
const trainingShare = 0.6;

const training = { scale: 30, learningRate: 2e-3 };

function setCase(set: SetName): BenchCase {
  return { description: { set }, label: set, problem: () => setProblem(set) };
}

/** The first pairs, without those whose document was there before: no engine has to leave copies out. */
function setProblem(set: SetName): AdapterProblem {
  const { queries, documents, pairs } = readSet(set);
  const { cols: d } = queries;
  const [queryRows, documentRows] = [rowsById(queries), rowsById(documents)];
  const queryRow = (id: string): number => queryRows.get(id) ?? 0;
  const documentRow = (id: string): number => documentRows.get(id) ?? 0;
  const seen = new Set<string>();
  const different = pairs.filter(([, document]) => {
    const row = documentRow(document);
    const key = String(documents.data.subarray(row * d, (row + 1) * d));
    return !seen.has(key) && seen.add(key);
  });
  const chosen = different.slice(0, Math.round(trainingShare * pairs.length));
  const gathered = (data: Float32Array, rows: readonly number[]) => {
    const out = new Float32Array(rows.length * d);
    rows.forEach((row, at) => {
      out.set(data.subarray(row * d, (row + 1) * d), at * d);
    });
    return normalised(out, d);
  };
  const x = gathered(
    queries.data,
    chosen.map(([query]) => queryRow(query)),
  );
  const y = gathered(
    documents.data,
    chosen.map(([, document]) => documentRow(document)),
  );
  return { kind: 'adapter', n: chosen.length, d, batch: 64, epochs: 20, ...training, x, y };
}

function tinyCase(): BenchCase {
  const [n, d] = [29, 11];
  const source = random(5);
  const problem = (): AdapterProblem => {
    const x = normalised(normals(source, n * d), d);
    return { kind: 'adapter', n, d, batch: 7, epochs: 2, ...training, x, y: normalised(normals(source, n * d), d) };
  };
  return { description: { set: 'random' }, label: `random n ${n} d ${d}`, problem };
}

function normalised(data: Float32Array, d: number): Float32Array {
  for (let start = 0; start < data.length; start += d) {
    const row = data.subarray(start, start + d);
    const length = Math.hypot(...row);
    row.forEach((value, k) => {
      row[k] = value / length;
    });
  }
  return data;
}
