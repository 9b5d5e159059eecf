import type { Command } from 'commander';
import { OptionsError } from '../../wasm/errors.js';
import { flag } from '../idle-options.js';

/** When an option of a command is used. */
export interface Use {
  /** As the command's options have it, such as `relativeMargin`. */
  readonly option: string;
  readonly isUsed: boolean;
  /** What leaves it without effect, such as `with --negatives all`. */
  readonly where: string;
  /** What would use it. */
  readonly isFor: string;
}

/**
 * Refuses options that were given and would change nothing.
 *
 * @throws {OptionsError} naming the option, and what would use it
 */
export function refuseIdle(command: Command, uses: readonly Use[]): void {
  const idle = uses.find(({ option, isUsed }) => !isUsed && command.getOptionValueSource(option) === 'cli');
  if (idle === undefined) return;
  throw new OptionsError(`${flag(idle.option)} has no effect ${idle.where}: it is for ${idle.isFor}`);
}
