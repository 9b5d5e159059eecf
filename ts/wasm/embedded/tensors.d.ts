/** kantorovich.tensors.wasm under deflate, in base64; scripts/build-ts.mjs writes it. */
export const compressed: string;
