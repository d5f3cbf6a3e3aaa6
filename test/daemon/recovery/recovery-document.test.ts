import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_KINDS, findPackageRoot } from '../../../daemon/kernel/index.js';
import { RECOVERY_BY_CODE } from '../../../daemon/recovery/index.js';
import { RECOVERY_DOCUMENT, recoveryDocument } from './recovery-document.js';

const words = (text: string): string[] =>
  text
    .replaceAll(/[-|\s]+/g, ' ')
    .replaceAll(/[\\*]/g, '')
    .trim()
    .split(' ');

test('the document is what the table says (npm run docs:reference)', () => {
  expect(words(readFileSync(join(findPackageRoot(), RECOVERY_DOCUMENT), 'utf8'))).toEqual(words(recoveryDocument()));
});

test('it has a row for each kind in both tables, and one for each error with a way of its own', () => {
  const rows = recoveryDocument()
    .split('\n')
    .filter((line) => line.startsWith('| '));
  for (const kind of ERROR_KINDS) expect(rows.filter((row) => row.startsWith(`| **${kind}** |`))).toHaveLength(2);
  for (const code of Object.keys(RECOVERY_BY_CODE)) expect(rows.filter((row) => row.startsWith(`| \`${code}\` |`))).toHaveLength(1);
});
