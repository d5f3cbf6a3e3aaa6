import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import {
  AudioContextAdapter,
  builtInRules,
  checkItem,
  ContextTransformer,
  readRuleFile,
  RuleFolder,
} from '../../../daemon/context/index.js';
import { createLogger, findPackageRoot } from '../../../daemon/kernel/index.js';
import { temporaryFolders } from '../doubles/index.js';
import { CONTEXT_DOCUMENT, contextDocument } from './context-document.js';
import { item, TurnableClock } from './workbench.js';

const folder = temporaryFolders();
const root = findPackageRoot();
const guide = readFileSync(join(root, 'docs/guides/context-rules.md'), 'utf8');
const examples = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1] ?? '');

test('the reference is what the source says (npm run docs:reference writes it)', async () => {
  const file = join(root, CONTEXT_DOCUMENT);
  expect(readFileSync(file, 'utf8')).toBe(await format(contextDocument(), { ...(await resolveConfig(file)), filepath: file }));
});

test('every example of the guide is a rule file without mistakes', () => {
  expect(examples.length).toBeGreaterThanOrEqual(4);
  for (const example of examples)
    expect(readRuleFile(example, 'guide.yaml')).toMatchObject({ mistakes: [], rules: expect.arrayContaining([expect.anything()]) });
});

test('all examples of the guide work beside the built-in rules, and the first one does what the guide says', () => {
  const path = folder();
  examples.forEach((example, index) => writeFileSync(join(path, `example-${index}.yaml`), example));
  const transformer = new ContextTransformer();
  const logger = createLogger({ level: 'silent', format: 'json' });
  const rules = new RuleFolder(transformer, { folder: path, clock: new TurnableClock(), logger });
  expect(rules.mistakes).toEqual([]);
  const place = { runId: 'r', workflow: 'w', path: '', scope: '', position: '', step: '', capability: null, atMs: 1 };
  const view = AudioContextAdapter.merge(
    [item('energy', 0.5, { confidence: 0.8 }), item('genre', 'techno', { rank: 'request' })].map((entry, ordinal) => ({
      ...checkItem(entry),
      ...place,
      ordinal,
    })),
  );
  const { trace } = transformer.transform(view, 'generate.audio.from-text', {});
  const sentence = trace.find(({ field }) => field === 'promptTerms')?.sentence ?? 'none';
  expect(guide).toContain(`\`${sentence}\``);
});

test('the mistake that the guide shows is the one that is reported', () => {
  const shown = /```text\n(.*?)\n```/s.exec(guide)?.[1] ?? 'none';
  const [file = ''] = shown.split(':');
  const text = (examples[0] ?? '').replace('priority', 'prioritiy');
  const { mistakes } = readRuleFile(text, file);
  expect(mistakes.map(({ message }) => message)).toContain(shown);
});

test('built-in rules have names of their own', () => {
  const names = builtInRules().map(({ rule }) => rule);
  expect(new Set(names).size).toBe(names.length);
});
