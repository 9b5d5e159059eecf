// The one place that says which functions are microkernels: those whose own name contains the word. They must stay
// functions (check-core.mjs), and scripts/guard looks at the machine code that V8 makes of each.
import { functionNames } from './wasm-sections.mjs';

/** The microkernels of a module that still has its names: `{ 'microkernel<4>': index, ... }`, by name. */
export function microkernels(module) {
  const found = functionNames(module)
    .map(({ index, name }) => [shortName(name), index])
    .filter(([name]) => name.includes('microkernel'));
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `microkernel<4>` of `kernels[9b8e]::product::microkernel::microkernel::<4usize>`. */
function shortName(name) {
  const [, own, parameters = ''] = name.match(/([^:]*?)(?:::(<[^:]*>))?$/);
  return own + parameters.replaceAll(/(?<=\d)[iu](?:\d+|size)/g, '');
}
