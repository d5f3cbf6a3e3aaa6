import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discoverSteps } from '../../../../daemon/workflow/catalogue/index.js';
import {
  builtInWorkflowFolder,
  completeInputs,
  definitionHash,
  loadWorkflowLibrary,
  neededCapabilities,
  readWorkflow,
  type CompiledWorkflow,
  type WorkflowLibrary,
} from '../../../../daemon/workflow/definition/index.js';

const { facts } = await discoverSteps();
const load = (user: string | null = null): WorkflowLibrary => loadWorkflowLibrary({ builtIn: builtInWorkflowFolder(), user }, facts);
const library = load();
const compiledOf = (name: string): CompiledWorkflow => {
  const compiled = library.find(name)?.compiled;
  if (compiled === null || compiled === undefined) throw new Error(`${name}: ${JSON.stringify(library.find(name)?.mistakes)}`);
  return compiled;
};
const needed = (name: string, inputs: Parameters<typeof completeInputs>[1]): string[] =>
  neededCapabilities(compiledOf(name), completeInputs(compiledOf(name), inputs)).map(({ where, capability }) => `${where} ${capability}`);

describe('built-in workflows', () => {
  test('all of them fit the catalogue of steps', () => {
    expect(library.entries.map(({ name, mistakes }) => [name, mistakes])).toEqual(
      [
        'answer-phrase',
        'ask',
        'clean-up-and-fit',
        'fill-the-gap',
        'generate',
        'plan',
        'transcribe-and-tag-the-library',
        'vary-what-i-played',
      ].map((name) => [name, []]),
    );
    for (const { help, inputs } of library.entries) {
      expect(help).not.toBe('');
      for (const input of Object.values(inputs)) expect(input.help).not.toBe('');
    }
  });

  test('the library can be transcribed only with a transcriber, and tagged without', () => {
    const name = 'transcribe-and-tag-the-library';
    expect(needed(name, {})).toContain('each-clip/transcribe transcribe.audio');
    expect(needed(name, { transcribe: false })).toEqual(['each-clip/describe describe.audio']);
  });

  test('one candidate is generated as it is; of several the best is found', () => {
    expect(needed('generate', { prompt: 'bass' })).toEqual(['generate generate.audio.from-text']);
    expect(needed('generate', { prompt: 'bass', candidates: 3 })).toEqual([
      'candidates/make generate.audio.from-text',
      'rank analyse.audio',
    ]);
  });

  test('a compiled workflow is plain JSON, the same each time', () => {
    for (const { name } of library.entries) {
      const compiled = compiledOf(name);
      const again = JSON.parse(JSON.stringify(compiled)) as CompiledWorkflow;
      expect(again).toEqual(compiled);
      expect(definitionHash(again)).toBe(definitionHash(load().find(name)?.compiled as CompiledWorkflow));
    }
  });
});

test('texts are checked against the patterns of the steps, letters of every alphabet with them', () => {
  const mistakesOf = (clip: string, tag: string) =>
    readWorkflow(
      `workflow: t\nversion: 1\ntitle: T\nsteps:\n  - id: a\n    use: tag\n    with: { clip: ${clip}, add: [${tag}] }\n`,
      't.yaml',
      library.facts,
    ).mistakes.map(({ where, got }) => [where, got]);
  expect(mistakesOf('abcd', 'träumerisch')).toEqual([]);
  expect(mistakesOf('wxyz', '"?"')).toEqual([
    ['steps.a.with.clip', '"wxyz"'],
    ['steps.a.with.add[0]', '"?"'],
  ]);
});

describe("a user's workflows", () => {
  const folder = mkdtempSync(join(tmpdir(), 'grym-workflows-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('stand beside the built-in ones, may use them, and never take their place', () => {
    const own = 'workflow: mine\nversion: 1\ntitle: Mine\nsteps:\n  - id: a\n    workflow: clean-up-and-fit\n    with: { clip: abcd }\n';
    writeFileSync(join(folder, 'mine.yaml'), own);
    writeFileSync(join(folder, 'other-name.yaml'), own);
    cpSync(join(builtInWorkflowFolder(), 'generate.yaml'), join(folder, 'generate.yaml'));
    const both = load(folder);
    expect(both.find('mine')?.compiled?.bodies.map(({ name }) => name)).toEqual(['mine', 'clean-up-and-fit']);
    expect(both.find('generate')).toMatchObject({ origin: 'built-in', mistakes: [] });
    const shadow = both.entries.find(({ name, origin }) => name === 'generate' && origin === 'user');
    expect(shadow).toMatchObject({ compiled: null, mistakes: [{ line: 2, column: 11, suggestion: 'my-generate' }] });
    expect(both.find('other-name')).toMatchObject({ compiled: null, mistakes: [{ line: 1, column: 11, suggestion: 'other-name' }] });
  });

  test('need not be there', () => {
    expect(load(join(folder, 'not-there')).entries).toHaveLength(library.entries.length);
  });
});
