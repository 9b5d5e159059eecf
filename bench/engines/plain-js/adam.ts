/** One Adam update of `parameters` against `gradients` (Kingma and Ba 2015, algorithm 1), in place. */
export type Update = (gradients: readonly Float32Array[]) => void;

/** Adam with the usual decay rates 0.9 and 0.999 and epsilon 1e-8, minimising. */
export function adam(parameters: readonly Float32Array[], learningRate: number): Update {
  const means = parameters.map(({ length }) => new Float32Array(length));
  const squares = parameters.map(({ length }) => new Float32Array(length));
  let step = 0;
  return (gradients) => {
    step += 1;
    const meanScale = 1 / (1 - 0.9 ** step);
    const squareScale = 1 / (1 - 0.999 ** step);
    parameters.forEach((parameter, index) => {
      const gradient = gradients[index];
      const mean = means[index];
      const square = squares[index];
      for (let k = 0; k < parameter.length; k += 1) {
        mean[k] = 0.9 * mean[k] + 0.1 * gradient[k];
        square[k] = 0.999 * square[k] + 0.001 * gradient[k] * gradient[k];
        parameter[k] -= (learningRate * mean[k] * meanScale) / (Math.sqrt(square[k] * squareScale) + 1e-8);
      }
    });
  };
}
