import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { ACTIONS } from '../../../daemon/actions/index.js';
import { actionCommand, actionOf } from '../../../daemon/surfaces/cli/action-command.js';
import { completeWords } from '../../../daemon/surfaces/cli/completion-values.js';
import { completionScript } from '../../../daemon/surfaces/cli/completion.js';
import { modelsGroup } from '../../../daemon/surfaces/cli/models-group.js';
import { workflowGroup } from '../../../daemon/surfaces/cli/workflow-group.js';

const program = new Command('grym');
for (const action of ACTIONS) program.addCommand(actionCommand(action, async () => undefined));
program.addCommand(modelsGroup(async () => undefined));
program.addCommand(workflowGroup(async () => undefined, [new Command('validate')]));

const ANSWERS: Readonly<Record<string, unknown>> = {
  'list-workflows': { workflows: [{ name: 'generate' }, { name: 'vary-what-i-played' }] },
  'list-runs': { runs: [{ runId: '11112222' }, { runId: '33334444' }] },
  'list-decisions': { decisions: [{ runId: '33334444', options: [{ id: '1' }, { id: '2' }, { id: 'none' }] }] },
  'list-clips': { clips: [{ hash: 'abcd' }] },
  'list-models': {
    models: [
      { id: 'clap', state: 'installed', command: '' },
      { id: 'deepseek', state: 'begun', command: 'grym models pull deepseek' },
      { id: 'audioldm', state: 'not-installed', command: 'uvx … && grym models add audioldm' },
      { id: 'wav2vec2', state: 'not-installed', command: 'grym models pull wav2vec2' },
    ],
  },
  'list-bridges': { bridges: [{ name: 'Bass' }, { name: 'Drums' }] },
  'show-run': { run: { inputs: { bars: 4, prompt: 'x' } }, steps: [{ path: 'take' }, { path: 'candidates[0]/fit' }] },
  'show-workflow': { inputs: [{ name: 'bars' }, { name: 'bridge' }] },
};
const complete = (...words: string[]): Promise<string[]> => completeWords(program, actionOf, words, async (action) => ANSWERS[action]);

test.each([
  [
    ['run-workflow', ''],
    ['generate', 'vary-what-i-played'],
  ],
  [['run-workflow', 'va'], ['vary-what-i-played']],
  [
    ['run-workflow', 'generate', 'b'],
    ['bars=', 'bridge='],
  ],
  [
    ['run-workflow', 'generate', 'bars=4', ''],
    ['bars=', 'bridge='],
  ],
  [['run-workflow', 'generate', '--bridge', 'D'], ['Drums']],
  [['show-run', '3'], ['33334444']],
  [['show-run', '33334444', 'cand'], ['candidates[0]/fit']],
  [['rerun', '33334444', 't'], ['take']],
  [
    ['rerun', '33334444', 'take', ''],
    ['bars=', 'prompt='],
  ],
  [
    ['decide', '33334444', ''],
    ['1', '2', 'none'],
  ],
  [['keep', 'ab'], ['abcd']],
  [['load', ''], ['abcd']],
  [
    ['list-runs', '--state', 'wait'],
    ['waiting-for-bridge', 'waiting-for-decision'],
  ],
  [['list-runs', '--workflow', 'g'], ['generate']],
  [
    ['workflow', ''],
    ['run', 'list', 'show', 'validate'],
  ],
  [['workflow', 'run', 'va'], ['vary-what-i-played']],
  [['workflow', 'show', 'g'], ['generate']],
  [
    ['models', ''],
    ['list', 'pull', 'add', 'remove', 'doctor'],
  ],
  [
    ['models', 'pull', ''],
    ['deepseek', 'wav2vec2'],
  ],
  [
    ['remove-model', ''],
    ['clap', 'deepseek'],
  ],
  [['models', 'doctor', 'c'], ['clap']],
  [['status', ''], []],
  [['generate', 'dark'], []],
])('%j', async (words, expected) => {
  expect(await complete(...words)).toEqual(expected);
});

test('a real bash asks the program for values, with brackets and all, and keeps the line open behind name=', () => {
  const script = completionScript(program, 'bash');
  const run = (...words: string[]): string =>
    execFileSync(
      'bash',
      [
        '-c',
        `grym() { printf '%s\\n' "asked:$*" 'candidates[0]/fit'; }\n${script}\nCOMP_WORDS=(${words.map((word) => `"${word}"`).join(' ')}); COMP_CWORD=${words.length - 1}; _grym; printf '%s|' "\${COMPREPLY[@]}"`,
      ],
      { encoding: 'utf8', cwd: '/' },
    );
  expect(run('grym', 'rerun', '3333', 'cand')).toBe('asked:complete -- rerun 3333 cand|candidates[0]/fit|');
  expect(run('grym', 'rerun', '--par')).toBe('--params|');
});
