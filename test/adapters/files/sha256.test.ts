import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256 } from '../../../ts/adapters/files/sha256.js';

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(55, 56, 63, 64, 65, 119, 120).map((n) => new Uint8Array(n)),
);

it("is OpenSSL's, around each padding", () => {
  fc.assert(
    fc.property(bytes, (data) => {
      expect(sha256(data)).toBe(createHash('sha256').update(data).digest('hex'));
    }),
  );
});
