import { describeJson } from '../../data/json-row.js';
import { OptionsError, ShapeError } from '../../wasm/errors.js';
import { shown } from '../../wasm/shown.js';
import type { HeadName } from '../heads/head-kinds.js';
import { ADAPTS, type HeadsShape } from '../heads/heads.js';
import type { FitAdapterOptions } from './fit-adapter-options.js';

/** The options that say what heads there will be. */
type ShapeOptions = Pick<FitAdapterOptions, 'adapt' | 'rank' | 'hidden' | 'dims' | 'maxDrift'>;

/** Up to which size `auto` is a full W, and its rank above. */
const [FULL_UP_TO, AUTO_RANK] = [768, 64];

/** Hidden units at most, and numbers in each of a perceptron's matrices: 256 MiB. */
const [MOST_HIDDEN, MOST_NUMBERS] = [2 ** 16, 2 ** 26];

/**
 * What heads the options ask for: `map` where sizes change, else `mlp` where `hidden` is given, else `full` or `low-rank`.
 *
 * @param dims numbers in a query's vector
 * @param documentDims numbers in a document's
 * @throws {ShapeError} on two sizes that no choice of sides brings together
 * @throws {OptionsError} on values out of range and combinations that make no sense, saying what to give
 */
export function headsShape(options: ShapeOptions, dims: number, documentDims: number): HeadsShape {
  const { adapt = options.dims === undefined ? 'query' : 'both' } = options;
  if (!ADAPTS.includes(adapt)) throw new OptionsError(`adapt must be one of ${ADAPTS.join(', ')}, got ${shown(adapt)}`);
  const shared = { adapt, dims, documentDims };
  if (options.dims === undefined && dims === documentDims) return { ...shared, sizes: [dims], ...added(options, dims) };
  const reason = options.dims === undefined ? 'with vectors of two sizes' : 'with dims';
  for (const name of ['rank', 'hidden', 'maxDrift'] as const) {
    if (options[name] === undefined || (name === 'rank' && ['full', 'auto'].includes(String(options.rank)))) continue;
    throw new OptionsError(
      `${name} is for adapters that add to a vector, which keeps its size: leave it out ${reason}`,
    );
  }
  const head: HeadName = 'map';
  const kind = { head, rank: null, hidden: null };
  if (adapt === 'shared' && dims !== documentDims) {
    throw new ShapeError(
      `queries have ${dims} numbers and documents ${documentDims}: one map cannot take both, use adapt 'both'`,
    );
  }
  if (options.dims !== undefined) {
    if (adapt === 'query' || adapt === 'document') {
      throw new OptionsError(
        `dims with adapt '${adapt}' would leave the other side at its size: use adapt 'both' or 'shared'`,
      );
    }
    return { ...shared, ...kind, sizes: checkedSizes(options.dims, Math.min(dims, documentDims)) };
  }
  if (adapt === 'both') {
    throw new ShapeError(
      `queries have ${dims} numbers and documents ${documentDims}: with adapt 'both', dims must say how many both get`,
    );
  }
  return { ...shared, ...kind, sizes: [adapt === 'query' ? documentDims : dims] };
}

/** A head that adds to a vector. */
function added({ rank, hidden }: ShapeOptions, dims: number): Pick<HeadsShape, 'head' | 'rank' | 'hidden'> {
  if (hidden === undefined) {
    const checked = checkedRank(rank ?? 'auto', dims);
    return { head: checked === null ? 'full' : 'low-rank', rank: checked, hidden: null };
  }
  if (rank !== undefined && rank !== 'auto') {
    throw new OptionsError(`hidden makes a perceptron, rank a linear map: give one of them, got ${hidden} and ${rank}`);
  }
  const most = Math.min(MOST_HIDDEN, Math.floor(MOST_NUMBERS / dims));
  if (Number.isSafeInteger(hidden) && hidden >= 1 && hidden <= most) return { head: 'mlp', rank: null, hidden };
  throw new OptionsError(`hidden must be a whole number from 1 to ${most}, got ${shown(hidden)}`);
}

function checkedRank(rank: 'auto' | 'full' | number, dims: number): number | null {
  if (rank === 'full' || (rank === 'auto' && dims <= FULL_UP_TO)) return null;
  const wanted = rank === 'auto' ? Math.min(AUTO_RANK, dims) : rank;
  if (Number.isSafeInteger(wanted) && wanted >= 1 && wanted <= dims) return wanted;
  throw new OptionsError(`rank must be 'auto', 'full' or a whole number from 1 to ${dims}, got ${shown(rank)}`);
}

/** The largest first. */
function checkedSizes(dims: number | readonly number[], most: number): readonly number[] {
  const sizes = [...new Set(Array.isArray(dims) ? dims : [dims])];
  if (sizes.length > 0 && sizes.every((size) => Number.isSafeInteger(size) && size >= 1 && size <= most)) {
    return sizes.sort((a, b) => b - a);
  }
  throw new OptionsError(
    `dims must be a whole number from 1 to ${most}, the size of the vectors, or several, got ${describeJson(dims)}`,
  );
}
