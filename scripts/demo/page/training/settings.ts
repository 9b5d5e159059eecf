import type { CriticName } from 'kantorovich';

/** What a visitor chooses. */
export interface Settings {
  /** Digits a side of a picture. */
  readonly k: number;
  readonly batch: number;
  /** CPC's. */
  readonly critic: CriticName;
  readonly steps: number;
  readonly seed: number;
}

/** The settings in the form, which the browser has checked. */
export function readSettings(form: HTMLFormElement): Settings {
  const fields = new FormData(form);
  const number = (name: string): number => Number(fields.get(name));
  const critics: readonly CriticName[] = ['cosine', 'separable', 'distance'];
  const [first] = critics;
  return {
    k: number('grid'),
    batch: number('batch'),
    critic: critics.find((name) => name === fields.get('critic')) ?? first,
    steps: number('steps'),
    seed: number('seed'),
  };
}

/** I(x; y) in nats: digits are drawn uniformly, and the label alone ties y to x. */
export function mutualInformation({ k }: Settings): number {
  return k * k * Math.log(10);
}
