import { Command } from 'commander';
import { ACTIONS, type ActionDeclaration } from '../../../daemon/actions/index.js';
import { actionCommand } from '../../../daemon/surfaces/cli/action-command.js';

async function parsed(name: string, ...words: string[]): Promise<Record<string, unknown>> {
  const action = ACTIONS.find((candidate) => candidate.name === name) as ActionDeclaration;
  let received: Record<string, unknown> = {};
  const program = new Command('grym').exitOverride();
  program.addCommand(
    actionCommand(action, async (_, params) => {
      received = params;
    }).exitOverride(),
  );
  await program.parseAsync([name, ...words], { from: 'user' });
  return received;
}

test.each<[string, string[], Record<string, unknown>]>([
  ['generate', ['dark', 'bass', '--bars', '2'], { prompt: 'dark bass', bars: 2, wait: true }],
  [
    'run-workflow',
    ['vary', 'bars=4', 'prompt=dark = bass'],
    { workflow: 'vary', inputs: { bars: '4', prompt: 'dark = bass' }, wait: true },
  ],
  ['run-workflow', ['bars=4', 'vary'], { workflow: 'vary', inputs: { bars: '4' }, wait: true }],
  ['run-workflow', ['vary', '{"bars": 4, "tags": ["a"]}'], { workflow: 'vary', inputs: { bars: 4, tags: ['a'] }, wait: true }],
  ['run-workflow', ['vary', '--inputs', 'bars=4', 'x=', '--no-wait'], { workflow: 'vary', inputs: { bars: '4', x: '' }, wait: false }],
  ['rerun', ['1234', 'bars=8'], { run: '1234', inputs: { bars: '8' }, wait: true }],
  ['rerun', ['1234', 'candidates[1]/fit', 'bars=8'], { run: '1234', from: 'candidates[1]/fit', inputs: { bars: '8' }, wait: true }],
  ['rerun', ['1234', '--from', 'fit', '--params', 'tempoBpm=90'], { run: '1234', from: 'fit', params: { tempoBpm: '90' }, wait: true }],
  ['decide', ['1234', '2'], { run: '1234', answer: '2', wait: true }],
  ['decide', ['1234', '2', '3', '--path', 'choose'], { run: '1234', answer: ['2', '3'], path: 'choose', wait: true }],
  ['show-run', ['last', '--values'], { run: 'last', values: true }],
])('%s %j', async (name, words, expected) => {
  expect(await parsed(name, ...words)).toEqual(expected);
});

test('a path is meant from where the user is', async () => {
  expect(await parsed('export-history', 'last', 'history.json')).toEqual({ run: 'last', file: `${process.cwd()}/history.json` });
});

test.each([
  ['run-workflow', ['vary', 'bars'], /written as name=value, got "bars"/],
  ['run-workflow', ['vary', '{bars'], /name=value or a JSON object/],
])('%s %j is refused in one sentence', async (name, words, sentence) => {
  await expect(parsed(name, ...words)).rejects.toThrow(sentence);
});
