import { describe, expect, it } from 'vitest';
import { spawnCli } from '../spawn-cli.js';

/** Files that are not there: what is refused is refused before they are read. */
const files = ['--queries', 'none.npy', '--documents', 'none.npy', '--qrels', 'pairs'];
const fit = ['fit', ...files, '--out', 'none'];
const exported = (format: string) => ['export', 'none', '--format', format, '--out', 'none'];

describe('adapter refuses options that would change nothing', () => {
  it.each([
    [[...fit, '--mine', '4'], '--mine has no effect with --negatives all: it is for --negatives mined'],
    [[...fit, '--mine', '4', '--negatives', 'batch'], '--mine has no effect with --negatives batch'],
    [[...fit, '--relative-margin', '0.05'], '--relative-margin has no effect with --negatives all'],
    [[...fit, '--candidates', '9', '--negatives', 'mined'], '--candidates has no effect with --negatives mined'],
    [[...fit, '--rank', 'full', '--dims', '4'], '--rank has no effect with --dims: it is for adapters that add'],
    [['eval', ...files, '--precision', '0.9'], '--precision has no effect without an adapter: it is for its threshold'],
    ...['json', 'safetensors'].map(
      (format) =>
        [
          [...exported(format), '--side', 'query'],
          `--side has no effect with --format ${format}: it is for onnx and npy`,
        ] as const,
    ),
    ...['onnx', 'json', 'npy'].map(
      (format) =>
        [
          [...exported(format), '--weights', 'f32'],
          `--weights has no effect with --format ${format}: it is for safetensors`,
        ] as const,
    ),
  ] as const)('%j', async (args, message) => {
    const { code, stdout, stderr } = await spawnCli(['adapter', ...args]);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)]);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    [...fit, '--mine', '4', '--relative-margin', '0.1', '--negatives', 'mined'],
    [...fit, '--candidates', '9'],
    [...fit, '--rank', 'full'],
    ['eval', 'none', ...files, '--precision', '0.8'],
    [...exported('npy'), '--side', 'document'],
    [...exported('safetensors'), '--weights', 'f16'],
  ])('but takes them with what they are for: %s %s %s %s %s', async (...args) => {
    // What is missing then is a file.
    const { code, stderr } = await spawnCli(['adapter', ...args]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/cannot read none/)]);
  });
});
