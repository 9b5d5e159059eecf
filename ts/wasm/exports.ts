/** A pointer into the module's memory. */
export type Pointer = number;

/** What every module exports, as `crates/wasm` declares it. */
export interface ModuleExports {
  readonly memory: WebAssembly.Memory;
  abi_version(): number;

  allocate(bytes: number): Pointer;
  deallocate(at: Pointer, bytes: number): void;
  allocation_count(): number;

  refusal_kind(): number;
  refusal_message(): Pointer;
  refusal_length(): number;
}

/** What the module that trains exports. */
export interface CoreExports extends ModuleExports {
  random_new(low: number, high: number): Pointer;
  random_from_state(a: number, b: number, c: number, d: number): Pointer;
  random_state(random: Pointer, word: number): number;
  random_u32(random: Pointer): number;
  random_below(random: Pointer, n: number): number;
  random_uniform(random: Pointer): number;
  random_normal(random: Pointer): number;
  random_shuffle(random: Pointer, at: Pointer, length: number): void;
  random_free(random: Pointer): void;

  product_new(rows: number, cols: number, depth: number): Pointer;
  product_buffer(product: Pointer, which: number): Pointer;
  product_load(product: Pointer): void;
  product_run(product: Pointer): void;
  product_store(product: Pointer): void;
  product_tiles(product: Pointer, times: number, wide: number): void;
  product_set_wide(wide: number): void;
  product_free(product: Pointer): void;

  loss_new(spec: Pointer, length: number, lists: Pointer): Pointer;
  loss_buffer(plan: Pointer, which: number): Pointer;
  loss_run(plan: Pointer, temperature: number): number;
  loss_value(plan: Pointer): number;
  loss_surrogate(plan: Pointer): number;
  loss_d_temperature(plan: Pointer): number;
  loss_share(plan: Pointer, index: number, count: number): number;
  loss_phases(): number;
  loss_phase(plan: Pointer, phase: number, temperature: number): number;
  loss_regions(plan: Pointer, phase: number): Pointer;
  loss_free(plan: Pointer): void;

  trainer_new(spec: Pointer, length: number): Pointer;
  trainer_input(trainer: Pointer, side: number): Pointer;
  trainer_embeddings(trainer: Pointer, side: number): Pointer;
  trainer_step(trainer: Pointer): number;
  trainer_evaluate(trainer: Pointer): number;
  trainer_embed(trainer: Pointer, side: number, rows: number): number;
  trainer_certify(trainer: Pointer, metric: number, x: number, y: number): number;
  trainer_constants(trainer: Pointer, x: number, y: number): void;
  trainer_list(trainer: Pointer, kind: number): void;
  trainer_read(trainer: Pointer, kind: number, out: Pointer, length: number): number;
  trainer_restore(trainer: Pointer, values: Pointer, length: number, words: Pointer, wordCount: number): number;
  trainer_count(trainer: Pointer): void;
  trainer_numbers(trainer: Pointer): Pointer;
  trainer_words(trainer: Pointer): Pointer;
  trainer_text(trainer: Pointer): Pointer;
  trainer_text_length(trainer: Pointer): number;
  trainer_share(trainer: Pointer, index: number, count: number): number;
  trainer_own_rows(trainer: Pointer): void;
  trainer_phases(): number;
  trainer_phase(trainer: Pointer, phase: number): number;
  trainer_regions(trainer: Pointer, phase: number): Pointer;
  trainer_free(trainer: Pointer): void;
}

/** What the module that judges representations exports. */
export interface EvaluationExports extends ModuleExports {
  evaluation_probe(spec: Pointer, length: number, numbers: Pointer, items: Pointer, out: Pointer): number;
  evaluation_neighbours(spec: Pointer, length: number, items: Pointer, indices: Pointer, values: Pointer): number;
  evaluation_neighbour_accuracy(spec: Pointer, length: number, items: Pointer, out: Pointer): number;
  evaluation_principal(
    spec: Pointer,
    length: number,
    tolerance: number,
    rows: Pointer,
    mean: Pointer,
    components: Pointer,
    numbers: Pointer,
  ): number;
  evaluation_project(items: Pointer, out: Pointer): number;

  matrix_norms(
    spec: Pointer,
    length: number,
    tolerance: number,
    at: Pointer,
    rows: number,
    cols: number,
    out: Pointer,
  ): number;
  matrix_project(
    spec: Pointer,
    length: number,
    radius: number,
    tolerance: number,
    at: Pointer,
    rows: number,
    cols: number,
    out: Pointer,
  ): number;
}

/** What the module of optimal transport exports. */
export interface TransportExports extends ModuleExports {
  transport_wasserstein1(spec: Pointer, length: number, items: Pointer, out: Pointer): number;
  transport_dependency(spec: Pointer, length: number, items: Pointer, out: Pointer): number;
  transport_sinkhorn(spec: Pointer, length: number, numbers: Pointer, items: Pointer, out: Pointer): number;
}

/** What the module that works on TensorFlow.js's tensors exports. */
export interface TensorsExports extends ModuleExports {
  tensors_new(): Pointer;
  tensors_words(tensors: Pointer): Pointer;
  tensors_arena(tensors: Pointer, length: number): Pointer;
  tensors_product(tensors: Pointer): number;
  tensors_convolution(tensors: Pointer, which: number): number;
  tensors_depthwise(tensors: Pointer, which: number): number;
  tensors_add_rows(tensors: Pointer): number;
  tensors_free(tensors: Pointer): void;
}
