import { momentSchema, momentToMs } from '../../../daemon/actions/moment.js';

const NOW = Date.parse('2026-05-01T12:00:00Z');

test.each<[string | number, number]>([
  ['90s', NOW - 90_000],
  ['90m', NOW - 5_400_000],
  ['2h', NOW - 7_200_000],
  ['1.5 d', NOW - 129_600_000],
  ['2026-04-30', Date.parse('2026-04-30')],
  ['2026-04-30T10:00:00Z', Date.parse('2026-04-30T10:00:00Z')],
  [1_000, 1_000],
])('%p', (text, expected) => {
  expect(momentToMs(momentSchema.parse(text), NOW)).toBe(expected);
});

test.each(['yesterday', '', '2w', 'h', -1])('%p is no moment', (text) => {
  expect(momentSchema.safeParse(text).success).toBe(false);
});
