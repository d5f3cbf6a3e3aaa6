import { execFileSync } from 'node:child_process';
import { ACTIONS } from '../../../../daemon/actions/index.js';
import { ERROR_KINDS, GrymError } from '../../../../daemon/kernel/index.js';
import { actionCommand } from '../../../../daemon/surfaces/cli/action-command.js';
import {
  commandsAfterFailure,
  commandsWhileAsking,
  runProblem,
  type FailureFacts,
  type NextCommand,
} from '../../../../daemon/workflow/execution/index.js';

/** As a shell takes it apart. */
function words(command: string): string[] {
  return execFileSync('sh', ['-c', `for word in ${command}; do printf '%s\\0' "$word"; done`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}

/** What the action would be asked for, checked by its own schema. */
async function asked({ command }: NextCommand): Promise<{ action: string; params: unknown }> {
  const [program, name, ...rest] = words(command);
  expect(program).toBe('grym');
  const action = ACTIONS.find((candidate) => candidate.name === name);
  if (action === undefined) throw new Error(`grym has no command ${String(name)}`);
  let params: unknown;
  const parser = actionCommand(action, (_action, given) => Promise.resolve(void (params = given)));
  await parser.exitOverride().parseAsync(rest, { from: 'user' });
  return { action: action.name, params: action.params.parse(params) };
}

const RUN = '0199aabbccdd0001';
const PATH = "candidates[2]/it's";
const FACTS: FailureFacts = {
  runId: RUN,
  path: PATH,
  kind: 'model-fault',
  input: { bars: 8, name: 'kick', style: { warm: true } },
  smaller: null,
};

test.each(ERROR_KINDS)('after a failure of the kind %s each command is one that grym understands', async (kind) => {
  const commands = commandsAfterFailure({ ...FACTS, kind });
  const understood = await Promise.all(commands.map(asked));
  expect(understood.map(({ action }) => action)).toEqual(['rerun', 'show-run']);
  expect(understood[0]?.params).toMatchObject({ run: RUN, from: PATH });
});

test('smaller settings are named as parameters: only what changes, first where it is about room or time', async () => {
  const smaller = { input: { bars: 4, name: 'kick', style: { warm: true } }, what: '4 bars instead of 8' };
  const [first, second] = commandsAfterFailure({ ...FACTS, kind: 'resource', smaller });
  expect(first?.what).toBe('Go on from this step with smaller settings: 4 bars instead of 8');
  expect((await asked(first as NextCommand)).params).toMatchObject({ from: PATH, params: { bars: '4' } });
  expect(second?.command).not.toContain('--params');
  expect(commandsAfterFailure({ ...FACTS, smaller })[1]?.what).toContain('smaller settings');
});

test('settings that are no plain numbers are given as JSON', async () => {
  const smaller = { input: { bars: 8, name: "kick 'n' snare", style: { warm: false } }, what: 'less' };
  const command = commandsAfterFailure({ ...FACTS, kind: 'timeout', smaller })[0] as NextCommand;
  expect((await asked(command)).params).toMatchObject({ params: { name: "kick 'n' snare", style: { warm: false } } });
});

test('a wrong input is to be corrected, with a name as the example', () => {
  expect(commandsAfterFailure({ ...FACTS, kind: 'invalid-input' })[0]).toEqual({
    what: 'Go on from this step with a corrected parameter',
    command: `grym rerun ${RUN} --from 'candidates[2]/it'\\''s' --params 'bars=…'`,
  });
});

test('while a run asks, each answer is a command, and so is its end', async () => {
  const options = [
    { id: 'retry', label: 'Try again', clip: null },
    { id: 'give-up', label: 'Give this step up', clip: null },
  ];
  const understood = await Promise.all(commandsWhileAsking(RUN, PATH, options).map(asked));
  expect(understood).toMatchObject([
    { action: 'decide', params: { run: RUN, answer: 'retry', path: PATH } },
    { action: 'decide', params: { run: RUN, answer: 'give-up', path: PATH } },
    { action: 'cancel-run', params: { run: RUN } },
  ]);
});

describe('the problem of a run', () => {
  const error = new GrymError('GRYM_GENERATOR_FAILED', { reason: 'its process was ended by SIGKILL' });
  const tried = [{ attempt: 1, provider: 'procedural', code: error.code, kind: error.kind, words: 'Attempt 1 failed. Given up.' }];

  test('says what failed where, what was tried, what can be done', () => {
    const step = { path: 'candidates[2]/make', name: 'generate', input: {}, tried };
    const problem = runProblem({ runId: RUN, title: 'Vary what I played', error, step });
    expect(problem.what).toBe(
      '"Vary what I played" failed in the step "generate" (candidates[2]/make): The built-in generator failed: its process was ended by ' +
        'SIGKILL. Try again; if it fails with the same prompt and seed, please report both.',
    );
    expect(problem.tried).toEqual(['Attempt 1 failed. Given up.']);
    expect(problem.next.map(({ command }) => command)).toEqual([`grym rerun ${RUN} --from 'candidates[2]/make'`, `grym show-run ${RUN}`]);
  });

  test('without a step leads to the run itself, and is the same from the journal', () => {
    const facts = { runId: RUN, title: 'Generate', step: null };
    const problem = runProblem({ ...facts, error });
    expect(problem).toEqual(runProblem({ ...facts, error: error.toWire() }));
    expect(problem.what).toMatch(/^"Generate" failed: The built-in/);
    expect(problem.next).toEqual([{ what: 'See all steps of the run', command: `grym show-run ${RUN}` }]);
  });
});
