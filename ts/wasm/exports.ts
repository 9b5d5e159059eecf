/** A pointer into the module's memory. */
export type Pointer = number;

/** What the module exports, as `crates/wasm` declares it. */
export interface CoreExports {
  readonly memory: WebAssembly.Memory;
  abi_version(): number;

  allocate(bytes: number): Pointer;
  deallocate(at: Pointer, bytes: number): void;
  allocation_count(): number;

  refusal_kind(): number;
  refusal_message(): Pointer;
  refusal_length(): number;

  random_new(low: number, high: number): Pointer;
  random_from_state(a: number, b: number, c: number, d: number): Pointer;
  random_state(random: Pointer, word: number): number;
  random_u32(random: Pointer): number;
  random_below(random: Pointer, n: number): number;
  random_uniform(random: Pointer): number;
  random_normal(random: Pointer): number;
  random_shuffle(random: Pointer, at: Pointer, length: number): void;
  random_free(random: Pointer): void;

  loss_new(spec: Pointer, length: number, lists: Pointer): Pointer;
  loss_buffer(plan: Pointer, which: number): Pointer;
  loss_run(plan: Pointer, temperature: number): number;
  loss_value(plan: Pointer): number;
  loss_d_temperature(plan: Pointer): number;
  loss_free(plan: Pointer): void;
}
