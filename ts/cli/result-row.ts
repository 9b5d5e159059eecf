/** One row of results.json and of tables: a trained model, or a baseline. Null where a thing has no meaning. */
export interface ResultRow {
  /** The objective trained on, or the baseline: `raw-pixels`, `principal-components`, `untrained`. */
  readonly objective: string;
  readonly critic: string | null;
  readonly lipschitz: string | null;
  /** The objective on held-out pairs, in batches of n; in nats for cpc. */
  readonly value: number | null;
  /** ln n for batches of n. */
  readonly logN: number | null;
  /** I(x; y) of the data, in nats. */
  readonly mutualInformation: number | null;
  /** Mean score of held-out pairs less that of mismatched ones. */
  readonly wdm: number | null;
  /** A certified upper bound on the critic's Lipschitz constant as a function of (x, y), in `metric`. */
  readonly lipschitzConstant: number | null;
  readonly metric: string | null;
  /**
   * WDM over all pairs of the test sample / lipschitzConstant: below the Wasserstein-1 distance, in `metric`, from the
   * sample's empirical joint to the product of its marginals.
   */
  readonly w1LowerBound: number | null;
  /** Pairs of the test sample that the bound is of. */
  readonly w1Pairs?: number;
  /** |f(p) - f(q)| / d(p, q) of the steepest pair found, in `metric`: a lower bound on the Lipschitz constant. */
  readonly steepestSlope?: number;
  /** Test accuracy of a linear probe, mean over the factors; null where none was fitted. */
  readonly probe: number | null;
  /** Of training, or of computing the baseline's features. */
  readonly seconds: number;
}
