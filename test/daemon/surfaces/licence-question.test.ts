import { GrymError } from '../../../daemon/kernel/index.js';
import { RemoteError } from '../../../daemon/surfaces/client/index.js';
import { askingForLicence } from '../../../daemon/surfaces/cli/licence-question.js';

const PULL = { name: 'pull-model' };
const refusal = new RemoteError(
  new GrymError('GRYM_MODEL_LICENCE', {
    model: 'clap',
    licence: 'MIT',
    meaning: 'Keep the notice.',
    address: 'https://x',
    command: 'grym …',
  }).toWire(),
);
const listed = {
  models: [{ id: 'clap', title: 'CLAP', makers: 'LAION', licence: { name: 'MIT', meaning: 'Keep the notice.', address: 'https://x' } }],
};

interface Asked {
  readonly notes: string;
  readonly questions: readonly string[];
  readonly runs: readonly object[];
}

async function pull(answer: boolean | undefined, json = false): Promise<Asked> {
  let notes = '';
  const questions: string[] = [];
  const runs: object[] = [];
  const confirm = answer === undefined ? undefined : async (question: string) => (questions.push(question), answer);
  const terminal = { out: () => undefined, note: (text: string) => void (notes += text), live: true, columns: 80, confirm };
  const client = { request: async () => listed };
  const run = async (params: Record<string, unknown>): Promise<unknown> => {
    runs.push(params);
    if (params['acceptLicence'] === undefined) throw refusal;
    return 'installed';
  };
  await askingForLicence(PULL, { model: 'clap' }, { terminal, json, client }, run).catch((error: unknown) => expect(error).toBe(refusal));
  return { notes, questions, runs };
}

test('at a terminal the licence is shown and asked for; yes fetches the model', async () => {
  const { notes, questions, runs } = await pull(true);
  expect(notes).toBe('CLAP (LAION) is under the licence MIT.\n  Keep the notice.\n  https://x\n');
  expect(questions).toEqual(['Do you accept it? [y/N] ']);
  expect(runs).toEqual([{ model: 'clap' }, { model: 'clap', acceptLicence: 'MIT' }]);
});

test('no is no', async () => {
  expect((await pull(false)).runs).toEqual([{ model: 'clap' }]);
});

test.each<[string, boolean | undefined, boolean]>([
  ['nobody sits there', undefined, false],
  ['a script wants JSON', true, true],
])('where %s, nothing is asked and the refusal stands', async (_, answer, json) => {
  expect(await pull(answer, json)).toEqual({ notes: '', questions: [], runs: [{ model: 'clap' }] });
});
