import { z } from 'zod';

const AGO = /^(?<count>\d{1,6}(?:\.\d+)?)\s?(?<unit>s|m|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A moment as people write it, or milliseconds since 1970 as programs do. */
export const momentSchema = z.union([
  z.number().min(0),
  z
    .string()
    .max(60)
    .refine(
      (text) => AGO.test(text) || !Number.isNaN(Date.parse(text)),
      '90m, 2h or 3d ago, a date such as 2026-05-01, or a date and time',
    ),
]);

export function momentToMs(moment: number | string, nowMs: number): number {
  if (typeof moment === 'number') return moment;
  const { count, unit } = AGO.exec(moment)?.groups ?? {};
  return count === undefined || unit === undefined ? Date.parse(moment) : nowMs - Number(count) * (UNIT_MS[unit] ?? 0);
}
