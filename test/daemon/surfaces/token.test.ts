import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '../../../daemon/kernel/index.js';
import { readOrCreateToken } from '../../../daemon/surfaces/access/index.js';
import { temporaryFolders } from '../doubles/temporary-folder.js';

const folder = temporaryFolders();
const KNOWN = 'a'.repeat(64);

async function read(path: string): Promise<{ token: string; log: string }> {
  let log = '';
  const token = await readOrCreateToken(path, createLogger({ level: 'warn', format: 'json', write: (line) => (log += line) }));
  return { token, log };
}

test('a token is made once, for its user only, and nothing is said', async () => {
  const path = join(folder(), 'token');
  const made = await read(path);
  expect(made.token).toMatch(/^[0-9a-f]{64}$/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await read(path)).toEqual({ token: made.token, log: '' });
});

test.each([0o644, 0o640, 0o622])('a token file of mode %o gets a new token and mode 0600, and that is said', async (mode) => {
  const path = join(folder(), 'token');
  writeFileSync(path, `${KNOWN}\n`);
  chmodSync(path, mode);
  const { token, log } = await read(path);
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  expect(token).not.toBe(KNOWN);
  expect(readFileSync(path, 'utf8')).toBe(`${token}\n`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(log).toContain(`is open to others (mode 0${mode.toString(8)})`);
});

test('a link is replaced, and what it points at stays', async () => {
  const path = join(folder(), 'token');
  const target = join(folder(), 'other');
  writeFileSync(target, `${KNOWN}\n`, { mode: 0o600 });
  symlinkSync(target, path);
  const { token, log } = await read(path);
  expect(token).not.toBe(KNOWN);
  expect(readFileSync(target, 'utf8')).toBe(`${KNOWN}\n`);
  expect(log).toContain('is a link');
});

test('a file that holds no token gets one', async () => {
  const path = join(folder(), 'token');
  writeFileSync(path, 'nothing\n', { mode: 0o600 });
  const { token, log } = await read(path);
  expect(readFileSync(path, 'utf8')).toBe(`${token}\n`);
  expect(log).toContain('holds no token');
});
