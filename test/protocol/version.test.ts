import { CLOSE_CODES, negotiateVersion, PROTOCOL_VERSIONS } from '../../protocol/index.js';

test('the newest version that both speak is chosen, in whatever order they are named', () => {
  expect(negotiateVersion([1, 2, 5], [4, 2, 1])).toBe(2);
  expect(negotiateVersion([5, 1, 2], [1, 2, 4])).toBe(2);
});

test('with no common version there is none', () => {
  expect(negotiateVersion([2, 3], [1])).toBeNull();
  expect(negotiateVersion([], [1])).toBeNull();
});

test('this build agrees with itself', () => {
  expect(negotiateVersion(PROTOCOL_VERSIONS)).toBe(PROTOCOL_VERSIONS[0]);
});

test('close codes are distinct and in the range for applications', () => {
  const codes = Object.values(CLOSE_CODES);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect(code >= 4000 && code <= 4999).toBe(true);
});
