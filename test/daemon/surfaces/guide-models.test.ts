import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { copyFixture } from '../models/store/support/workbench.js';
import { grym } from './support/callers.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';
import { guideExamples } from './support/guide-examples.js';
import { shellWords } from './support/shell-words.js';

let daemon: DaemonUnderTest;
const before = process.cwd();
beforeAll(async () => {
  daemon = await startTestDaemon();
  const where = join(daemon.folder, 'where-the-user-is');
  mkdirSync(where);
  // What the guide calls "my-planner".
  copyFixture('planner-mini', join(where, 'my-planner'));
  process.chdir(where);
});
afterAll(async () => {
  process.chdir(before);
  await daemon.end();
});

const commands = guideExamples('models.md').filter((example) => example.kind === 'command');

test('the guide has examples to type', () => {
  expect(commands.length).toBeGreaterThan(5);
});

test.each(commands.map(({ line, fails }): [string, boolean] => [line, fails]))('%s', async (line, fails) => {
  const [words = ''] = line.split(' #');
  const { code, out, note } = await grym(daemon.environment, shellWords(words).slice(1));
  expect({ code, out, note }).toMatchObject({ code: fails ? 2 : 0 });
});
