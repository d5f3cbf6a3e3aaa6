import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, describe, test } from '@jest/globals';
import { findPackageRoot } from '../../daemon/kernel/index.js';
import { GENRES, INSTRUMENT_WORDS, parsePrompt, WORDS } from '../../daemon/models/index.js';
import { PARAMETERS_DOCUMENT, parametersDocument } from './parameters-document.js';
import { renderPrompt } from './analysis/dsp-module.js';

const textOf = (path: string): string => readFileSync(join(findPackageRoot(), path), 'utf8');
const guide = textOf('docs/guides/prompts.md');

test('the reference of parameters is what the synthesiser has', async () =>
  expect(textOf(PARAMETERS_DOCUMENT)).toBe(await parametersDocument()));

describe('the guide to prompts', () => {
  const examples = [...guide.matchAll(/^\$ grym generate "([^"]+)"$/gm)].map((match) => match[1] ?? '');

  test('it has examples', () => expect(examples.length).toBeGreaterThanOrEqual(8));

  test.each(examples)('“%s” is understood in full and sounds', (prompt) => {
    expect(parsePrompt({ prompt, seed: 1, sampleRate: 48_000 }).unknownWords).toEqual([]);
    const clip = renderPrompt(prompt, 1);
    expect(clip.events).toBeGreaterThan(0);
    expect(clip.mono.some((value) => Math.abs(value) > 0.05)).toBe(true);
  });

  test.each([...WORDS, ...GENRES, ...INSTRUMENT_WORDS].map(({ words }) => words[0] ?? ''))('it names “%s”', (word) =>
    expect(guide).toMatch(new RegExp(`(?<![\\w-])${word}(?![\\w-])`)),
  );
});
