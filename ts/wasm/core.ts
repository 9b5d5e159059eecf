import { InternalError, OptionsError, StateError } from './errors.js';
import type { CoreExports, EvaluationExports, ModuleExports, TensorsExports, TransportExports } from './exports.js';
import { shown } from './shown.js';

/** The two builds of the core: the baseline, the same bits everywhere, and the one with fused multiply-add. */
export type Build = 'simd128' | 'relaxed';

/** What is loaded beside the core, or when it is first asked for. */
export type PartName = 'evaluation' | 'transport' | 'tensors' | 'tensors-relaxed';

/** The modules that are loaded one by one. */
export type ModuleName = Build | PartName;

/** How an entry provides the compiled modules; called at most once each. */
export interface CoreModules {
  simd128(): WebAssembly.Module;
  /** Absent where only the baseline is shipped. */
  relaxed?(): WebAssembly.Module;
  /** What judges representations; absent until it is loaded. */
  evaluation?(): WebAssembly.Module;
  /** Optimal transport; absent until it is loaded. */
  transport?(): WebAssembly.Module;
  /** What works on TensorFlow.js's tensors; absent until it is loaded. */
  tensors?(): WebAssembly.Module;
  /** The same with fused multiply-add; absent where only the baseline is shipped. */
  'tensors-relaxed'?(): WebAssembly.Module;
  /** Present where the engine can be told to join 128-bit lanes. */
  readonly turbo?: TurboSource;
}

/** How an engine is told to join 128-bit lanes into 256. */
export interface TurboSource {
  /** From now on the engine joins lanes in what it optimises, or no longer does. */
  joinLanes(join: boolean): void;
  /** The relaxed build, of which the engine has no code yet. */
  module(): WebAssembly.Module;
}

/** A live instance of a module. */
export interface Instance<Exports extends ModuleExports = ModuleExports> {
  readonly exports: Exports;
  /** Set when a fault ended it; objects that live in it are lost. */
  lost: boolean;
}

/** Options of everything that computes. */
export interface CoreOptions {
  /** Uses the baseline build, whose results are the same bit for bit in every runtime. Default false. */
  readonly deterministic?: boolean;
}

/** A live instance of the core. */
export interface Core extends Instance<CoreExports> {
  readonly build: Build;
}

const ABI_VERSION = 1;

// Not every entry that computes has a load of its own.
const OR_SLIM = 'from kantorovich first, or give its module to load() from kantorovich/slim';

const NOT_LOADED: Readonly<Partial<Record<ModuleName, string>> & { core: string }> = {
  core: `the core is not loaded: await load() ${OR_SLIM}`,
  evaluation: `what judges representations is not loaded: await load({ evaluation: true }) ${OR_SLIM}`,
  transport: `optimal transport is not loaded: await load({ evaluation: true }) ${OR_SLIM}`,
  tensors: `what computes for TensorFlow.js is not loaded: await load({ tfjs: true }) ${OR_SLIM}`,
};

// (f32x4.relaxed_madd (i8x16.splat 0) (i8x16.splat 0) (i8x16.splat 0)), which only engines with relaxed-simd accept.
const RELAXED_PROBE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00,
  0x0a, 0x13, 0x01, 0x11, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f, 0xfd, 0x85,
  0x02, 0x0b,
]);

let provided: CoreModules | null = null;
const modules = new Map<ModuleName, WebAssembly.Module>();
const cores = new Map<Build, Core>();
const tensors = new Map<PartName, Instance<TensorsExports>>();
let wideProducts = false;
let hasRelaxedSimd: boolean | undefined;

/** Tells where the compiled modules come from; entries call this before anything else. */
export function provideCore(source: CoreModules): void {
  provided = source;
  modules.clear();
  cores.clear();
  tensors.clear();
  wideProducts = false;
}

/** Adds a part to what was provided, or replaces it: the core and what is alive in it stay as they are. */
export function providePart(name: PartName, load: () => WebAssembly.Module): void {
  if (provided === null) throw new StateError(NOT_LOADED.core);
  provided = { ...provided, [name]: load };
  modules.delete(name);
  tensors.delete(name);
}

/** Whether this runtime accepts the build with fused multiply-add; asked once, as kernels are called often. */
export function supportsRelaxedSimd(): boolean {
  hasRelaxedSimd ??= WebAssembly.validate(RELAXED_PROBE);
  return hasRelaxedSimd;
}

/**
 * The instance to compute in: the fastest build that the runtime accepts, or the baseline on request.
 *
 * @throws {StateError} where no entry has provided the modules yet
 */
export function acquireCore({ deterministic = false }: CoreOptions = {}): Core {
  if (typeof deterministic !== 'boolean') {
    throw new OptionsError(`deterministic must be true or false, got ${shown(deterministic)}`);
  }
  const build: Build =
    !deterministic && provided?.relaxed !== undefined && supportsRelaxedSimd() ? 'relaxed' : 'simd128';
  const live = cores.get(build);
  if (live !== undefined && !live.lost) return live;
  const core = createCore(build);
  if (build === 'relaxed' && wideProducts) core.exports.product_set_wide(1);
  cores.set(build, core);
  return core;
}

/** A fresh instance of a build, from its own module unless another is given. */
export function createCore(build: Build, module: WebAssembly.Module = moduleOf(build)): Core {
  return { build, exports: instantiate(module, isCore), lost: false };
}

/** How this entry's engine is told to join lanes, where it can be. */
export function turboSource(): TurboSource | undefined {
  return provided?.turbo;
}

/** From now on the relaxed build is this module, with products two panels wide. */
export function useTurbo(module: WebAssembly.Module): void {
  modules.set('relaxed', module);
  cores.delete('relaxed');
  wideProducts = true;
}

/**
 * A fresh instance of what judges representations: it keeps nothing between calls, and its memory, which may be large,
 * goes with it.
 *
 * @throws {StateError} where the entry has not provided the module
 */
export function createEvaluation(): Instance<EvaluationExports> {
  return { exports: instantiate(moduleOf('evaluation'), isEvaluation), lost: false };
}

/**
 * A fresh instance of optimal transport, which keeps nothing either.
 *
 * @throws {StateError} where the entry has not provided the module
 */
export function createTransport(): Instance<TransportExports> {
  return { exports: instantiate(moduleOf('transport'), isTransport), lost: false };
}

/**
 * The instance that works on TensorFlow.js's tensors: the build with fused multiply-add where the runtime accepts it, or
 * the baseline on request. It keeps nothing between calls but its room.
 *
 * @throws {StateError} where the entry has not provided the module
 */
export function acquireTensors({ deterministic = false }: CoreOptions = {}): Instance<TensorsExports> {
  const isRelaxed = !deterministic && provided?.['tensors-relaxed'] !== undefined && supportsRelaxedSimd();
  const name = isRelaxed ? 'tensors-relaxed' : 'tensors';
  const live = tensors.get(name);
  if (live !== undefined && !live.lost) return live;
  const fresh = { exports: instantiate(moduleOf(name), isTensors), lost: false };
  tensors.set(name, fresh);
  return fresh;
}

function moduleOf(name: ModuleName): WebAssembly.Module {
  const cached = modules.get(name);
  if (cached !== undefined) return cached;
  const load = provided?.[name];
  if (load === undefined) throw new StateError(NOT_LOADED[name] ?? NOT_LOADED.core);
  const module = load();
  modules.set(name, module);
  return module;
}

function instantiate<Exports extends ModuleExports>(
  module: WebAssembly.Module,
  isExpected: (exports: object) => exports is Exports,
): Exports {
  const { exports } = new WebAssembly.Instance(module);
  if (!isExpected(exports) || exports.abi_version() !== ABI_VERSION) {
    throw new InternalError('the .wasm file is not that of this version of kantorovich');
  }
  return exports;
}

function isCore(exports: object): exports is CoreExports {
  return 'abi_version' in exports && 'loss_new' in exports;
}

function isEvaluation(exports: object): exports is EvaluationExports {
  return 'abi_version' in exports && 'evaluation_probe' in exports;
}

function isTransport(exports: object): exports is TransportExports {
  return 'abi_version' in exports && 'transport_sinkhorn' in exports;
}

function isTensors(exports: object): exports is TensorsExports {
  return 'abi_version' in exports && 'tensors_product' in exports;
}
