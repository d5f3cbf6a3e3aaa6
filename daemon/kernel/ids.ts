import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** For bridges, sessions and the like. */
export function newUuid(): string {
  return randomUUID();
}

/** 16 hexadecimal characters that sort by time: 12 of milliseconds, 4 random. Short enough to type. */
export function newRunId(nowMs: number): string {
  return Math.floor(nowMs).toString(16).padStart(12, '0') + randomBytes(2).toString('hex');
}

/** A seed for generation: a whole number that every language holds exactly. */
export function newSeed(): number {
  return randomInt(0, 2 ** 31);
}

/** 256 bits, hexadecimal. */
export function newToken(): string {
  return randomBytes(32).toString('hex');
}
