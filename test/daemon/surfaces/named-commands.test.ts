import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CATALOGUE, findPackageRoot } from '../../../daemon/kernel/index.js';
import { grym } from './support/callers.js';

/** `grym one`, `grym one two`: what a text tells its reader to type. Words in capitals and flags are for the reader to fill. */
function namedCommands(text: string): string[] {
  return [...text.matchAll(/(?<!the )\bgrym ((?:workflow |models )?[a-z][a-z-]*[a-z])\b(?!\/)/g)].map(([, words = '']) => words);
}

const errors = Object.entries(ERROR_CATALOGUE).flatMap(([code, { message, remedy }]) =>
  namedCommands(`${message} ${remedy}`).map((command): [string, string] => [code, command]),
);
const guideFolder = join(findPackageRoot(), 'docs', 'guides');
const guides = readdirSync(guideFolder).flatMap((file) => {
  const code = [...readFileSync(join(guideFolder, file), 'utf8').matchAll(/^(?:npx )?grym .*$|`grym [^`]*`/gm)].map(([found]) => found);
  return [...new Set(code.flatMap(namedCommands))].map((command): [string, string] => [file, command]);
});

test('errors and guides name commands', () => {
  expect(errors.length).toBeGreaterThan(3);
  expect(guides.length).toBeGreaterThan(10);
});

test.each([...errors, ...guides])('%s: grym %s is there', async (_, command) => {
  if (command === 'daemon') return;
  const { code, out } = await grym({ HOME: '/nonexistent' }, [...command.split(' '), '--help']);
  expect({ code, usage: out.startsWith(`Usage: grym ${command}`) }).toEqual({ code: 0, usage: true });
});
