// The modules come compiled with the deployment: workerd compiles nothing later.
import compact from '../wasm/build/kantorovich.compact.wasm';
import { provideCore } from '../wasm/core.js';

provideCore({ simd128: () => compact, evaluation: () => compact });
