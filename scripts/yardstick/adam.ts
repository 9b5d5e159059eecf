/** Adam (Kingma and Ba 2015) with its paper's constants, climbing. */
export class Adam {
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  #step = 0;

  constructor(
    length: number,
    private readonly rate: number,
  ) {
    this.#first = new Float64Array(length);
    this.#second = new Float64Array(length);
  }

  /** Moves `weights` along `gradient`. */
  climb(weights: Float32Array, gradient: Float32Array): void {
    this.#step += 1;
    const [first, second] = [this.#first, this.#second];
    const [firstShare, secondShare] = [1 - 0.9 ** this.#step, 1 - 0.999 ** this.#step];
    for (let k = 0; k < first.length; k++) {
      const slope = gradient[k];
      first[k] = 0.9 * first[k] + 0.1 * slope;
      second[k] = 0.999 * second[k] + 0.001 * slope * slope;
      weights[k] += (this.rate * (first[k] / firstShare)) / (Math.sqrt(second[k] / secondShare) + 1e-8);
    }
  }
}
