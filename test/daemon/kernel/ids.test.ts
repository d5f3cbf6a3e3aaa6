import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findPackageRoot, newRunId, newSeed, newToken, newUuid, packageVersion } from '../../../daemon/kernel/index.js';
import { bridgeIdSchema } from '../../../protocol/index.js';

test('ids of runs sort by time', () => {
  const ids = [1, 1_000, 1_790_000_000_000, 1_790_000_000_001].map(newRunId);
  expect(ids).toEqual([...ids].sort());
  expect(ids[2]).toMatch(/^[0-9a-f]{16}$/);
});

test('ids of bridges fit the protocol, tokens have 256 bits, seeds are whole', () => {
  expect(bridgeIdSchema.safeParse(newUuid()).success).toBe(true);
  expect(newToken()).toMatch(/^[0-9a-f]{64}$/);
  expect(newSeed()).toBeLessThan(2 ** 31);
  expect(Number.isInteger(newSeed())).toBe(true);
});

test('the package is found from its sources', () => {
  expect(existsSync(join(findPackageRoot(), 'daemon/kernel/package-root.ts'))).toBe(true);
  expect(findPackageRoot(join(findPackageRoot(), 'daemon/kernel'))).toBe(findPackageRoot());
  expect(() => findPackageRoot('/')).toThrow('grym-synth');
  expect(packageVersion()).toMatch(/^\d+\.\d+\.\d+/);
});
