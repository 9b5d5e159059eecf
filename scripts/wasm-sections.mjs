// Reads just enough of a wasm module to check it, where the running Node cannot compile it (relaxed-simd on Node 20).

const HEADER_BYTES = 8;
const CUSTOM_SECTION = 0;
const IMPORT_SECTION = 2;
const FUNCTION_NAMES = 1;

/** How many things the module imports. */
export function importCount(module) {
  const section = sections(module).find(({ id }) => id === IMPORT_SECTION);
  return section === undefined ? 0 : reader(section.body).number();
}

/** `{ index, name }` of every function in the module's name section; empty where it was stripped. */
export function functionNames(module) {
  for (const { id, body } of sections(module)) {
    if (id !== CUSTOM_SECTION) continue;
    const custom = reader(body);
    if (custom.text() === 'name') return namesIn(custom.rest());
  }
  return [];
}

function namesIn(subsections) {
  const functions = split(subsections).find(({ id }) => id === FUNCTION_NAMES);
  if (functions === undefined) return [];
  const map = reader(functions.body);
  return Array.from({ length: map.number() }, () => ({ index: map.number(), name: map.text() }));
}

function sections(module) {
  return split(module.subarray(HEADER_BYTES));
}

/** A sequence of (id, length, body), the form of a module's sections and of the name section's parts. */
function split(bytes) {
  const source = reader(bytes);
  const parts = [];
  while (!source.done()) parts.push({ id: source.number(), body: source.take(source.number()) });
  return parts;
}

function reader(bytes) {
  let at = 0;
  const take = (length) => {
    const start = at;
    at += length;
    return bytes.subarray(start, at);
  };
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  };
  return {
    done: () => at >= bytes.length,
    take,
    number,
    text: () => new TextDecoder().decode(take(number())),
    rest: () => bytes.subarray(at),
  };
}
