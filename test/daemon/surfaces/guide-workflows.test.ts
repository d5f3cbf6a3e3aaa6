import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grym } from './support/callers.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';
import { guideExamples } from './support/guide-examples.js';
import { shellWords } from './support/shell-words.js';

let daemon: DaemonUnderTest;
const before = process.cwd();
beforeAll(async () => {
  daemon = await startTestDaemon();
  mkdirSync(daemon.workflowFolder, { recursive: true });
  const where = join(daemon.folder, 'where-the-user-is');
  mkdirSync(where);
  process.chdir(where);
});
afterAll(async () => {
  process.chdir(before);
  await daemon.end();
});

const examples = guideExamples('workflows.md');

test('the guide has examples to type and files to save', () => {
  expect(examples.filter(({ kind }) => kind === 'command').length).toBeGreaterThan(15);
  expect(examples.filter(({ kind }) => kind === 'file').length).toBeGreaterThan(1);
});

// In the order of the guide: what is typed builds on what was typed before.
for (const [index, example] of examples.entries()) {
  const place = `docs/guides/workflows.md, example ${index + 1}`;
  if (example.kind === 'file') {
    test(`${place}: saves ${example.name}`, () => {
      for (const folder of [daemon.workflowFolder, process.cwd()]) writeFileSync(join(folder, example.name), example.text);
    });
    continue;
  }
  test(`${place}: ${example.line}`, async () => {
    const outcome = await grym(daemon.environment, shellWords(example.line).slice(1));
    expect({ ...outcome, code: outcome.code === 0 ? 'done' : outcome.code }).toMatchObject({ code: example.fails ? 1 : 'done' });
  });
}
