import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { writePrivateFile } from './private-file.js';

const TOKEN_PATTERN = /^[0-9a-f]{64}$/;

/** Reads the token of this user, or makes one: 256 bits, hexadecimal, in a file that only the user may read. */
export async function readOrCreateToken(path: string): Promise<string> {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    if (TOKEN_PATTERN.test(text)) return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const token = randomBytes(32).toString('hex');
  await writePrivateFile(path, `${token}\n`);
  return token;
}

/** Compares without telling by its duration how much of the token was right; hashing first makes the lengths equal. */
export function tokenMatches(expected: string, candidate: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(expected), digest(candidate));
}
