// A fresh process that does what its argument says as a program's first work, and prints how long each part took.
// Plain JavaScript: a loader of TypeScript would be in every time.
import { readFileSync } from 'node:fs';

const [n, d, calls] = [256, 128, 10];
const noise = (offset) => Float32Array.from({ length: n * d }, (_, k) => Math.sin(k * k + offset) / Math.sqrt(d));
const [x, y] = [noise(0), noise(1)];

/** Each loads its library and gives a function that evaluates the loss, all gradients computed, and returns its value. */
const engines = {
  kantorovich: async () => {
    const { infoNCE, matrix } = await import('kantorovich');
    const [queries, candidates] = [matrix(x, n, d), matrix(y, n, d)];
    return () => infoNCE(queries, candidates).value;
  },
  'tfjs-wasm': async () => {
    const tf = await import('@tensorflow/tfjs');
    await import('@tensorflow/tfjs-backend-wasm');
    await tf.setBackend('wasm');
    await tf.ready();
    const [queries, candidates, labels] = [tf.tensor2d(x, [n, d]), tf.tensor2d(y, [n, d]), tf.eye(n)];
    const loss = tf.valueAndGrads((x, y) =>
      tf.sub(Math.log(n), tf.losses.softmaxCrossEntropy(labels, tf.matMul(x, y, false, true))),
    );
    return () => tf.tidy(() => loss([queries, candidates]).value.dataSync()[0]);
  },
  'jax-js': async () => {
    const { blockUntilReady, defaultDevice, init, jit, nn, numpy: np, valueAndGrad } = await import('@jax-js/jax');
    await init('wasm');
    defaultDevice('wasm');
    const [queries, candidates] = [np.array(x).reshape([n, d]), np.array(y).reshape([n, d])];
    const loss = jit(
      valueAndGrad(({ x, y }) => {
        const scores = np.matmul(x, y.transpose());
        const paired = np.sum(scores.ref.mul(np.eye(n)));
        return paired
          .sub(np.sum(nn.logsumexp(scores, 1)))
          .mul(1 / n)
          .add(Math.log(n));
      }),
    );
    return async () => {
      const [value, gradients] = await blockUntilReady(loss({ x: queries.ref, y: candidates.ref }));
      gradients.x.dispose();
      gradients.y.dispose();
      return (await value.data())[0];
    };
  },
};

async function start(engine) {
  const begin = performance.now();
  const loss = await engines[engine]();
  const ms = [performance.now() - begin];
  let value = 0;
  for (let k = 0; k < calls; k += 1) {
    const before = performance.now();
    value = await loss();
    ms.push(performance.now() - before);
  }
  return { value, ms };
}

function instantiate(path) {
  const begin = performance.now();
  new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path)));
  return { value: 0, ms: [performance.now() - begin] };
}

const [, , what, path] = process.argv;
// stdout holds the result; TensorFlow.js greets its users there.
console.log = console.error;
try {
  const result = what === 'instantiate' ? instantiate(path) : await start(what);
  process.stdout.write(JSON.stringify(result));
} catch (error) {
  if (!String(error.message).startsWith('Cannot find package')) throw error;
  process.stdout.write(JSON.stringify({ absent: error.message }));
}
