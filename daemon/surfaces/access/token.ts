import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { systemCodeOf, type Logger } from '../../kernel/index.js';
import { writePrivateFile } from './private-file.js';

const TOKEN_PATTERN = /^[0-9a-f]{64}$/;

/**
 * Reads the token of this user, or makes one: 256 bits, hexadecimal, in a file that only the user may read. A file that
 * others could read gets a new token: the old one may be known, and plugins refuse to take it from there.
 */
export async function readOrCreateToken(path: string, logger: Logger): Promise<string> {
  try {
    const status = await lstat(path);
    const text = (await readFile(path, 'utf8')).trim();
    const problem = problemOf(text, status);
    if (problem === null) return text;
    logger.warn(`The token file ${problem}; a new token takes its place.`, { path });
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
  }
  const token = randomBytes(32).toString('hex');
  await writePrivateFile(path, `${token}\n`);
  return token;
}

function problemOf(text: string, status: Stats): string | null {
  if (!status.isFile()) return 'is a link';
  if ((status.mode & 0o077) !== 0) return `is open to others (mode ${(status.mode & 0o777).toString(8).padStart(4, '0')})`;
  return TOKEN_PATTERN.test(text) ? null : 'holds no token';
}

/** Compares without telling by its duration how much of the token was right; hashing first makes the lengths equal. */
export function tokenMatches(expected: string, candidate: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(expected), digest(candidate));
}
