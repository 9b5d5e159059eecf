// The modules come compiled with the deployment: workerd compiles nothing later.
import evaluation from '../wasm/build/kantorovich.evaluation.wasm';
import simd128 from '../wasm/build/kantorovich.simd128.wasm';
import { provideCore } from '../wasm/core.js';

provideCore({ simd128: () => simd128, evaluation: () => evaluation });
