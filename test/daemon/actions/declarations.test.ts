import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ACTIONS } from '../../../daemon/actions/index.js';
import { findPackageRoot } from '../../../daemon/kernel/index.js';
import { actionsDocument } from './actions-document.js';

test('docs/reference/actions.md says what the declarations say (npm run docs:reference writes it)', () => {
  // The file is formatted: only its words are compared.
  const words = (text: string): string[] =>
    text
      .replaceAll(/[-|\s]+/g, ' ')
      .replaceAll(/[\\_*]/g, '')
      .trim()
      .split(' ');
  const written = readFileSync(join(findPackageRoot(), 'docs', 'reference', 'actions.md'), 'utf8');
  expect(words(written)).toEqual(words(actionsDocument()));
});

test('names are unique and kebab-case, help is one line, positional parameters exist', () => {
  expect(new Set(ACTIONS.map(({ name }) => name)).size).toBe(ACTIONS.length);
  for (const { name, help, positional, params } of ACTIONS) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(help).not.toMatch(/[\n]|\.$/);
    const { properties = {} } = z.toJSONSchema(params, { io: 'input' });
    for (const entry of positional) expect(Object.keys(properties)).toContain(entry.replace(/\.\.\.$/, ''));
  }
});

test('every parameter of every action is explained', () => {
  for (const { name, params } of ACTIONS) {
    const { properties = {} } = z.toJSONSchema(params, { io: 'input' });
    for (const [parameter, schema] of Object.entries(properties)) {
      expect([`${name}.${parameter}`, typeof schema === 'object' ? schema.description : undefined]).toEqual([
        `${name}.${parameter}`,
        expect.stringMatching(/\S/),
      ]);
    }
  }
});

test('only what a performance needs may come from pads', () => {
  expect(ACTIONS.filter(({ performanceSafe }) => performanceSafe).map(({ name }) => name)).toEqual(['launch', 'stop', 'keep', 'reject']);
});
