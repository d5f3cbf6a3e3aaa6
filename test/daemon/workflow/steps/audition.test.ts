import type { JsonObject } from '../../../../daemon/kernel/index.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { thrownBy } from '../../doubles/thrown-by.js';
import { tone } from './support/sounds.js';
import { openStepBench, type StepBench } from './support/step-bench.js';

const folder = temporaryFolders();
let bench: StepBench;
let clips: string[];
beforeEach(async () => {
  bench = await openStepBench(folder());
  clips = [];
  for (const [name, hertz] of [
    ['low', 100],
    ['middle', 200],
    ['high', 400],
  ] as const) {
    clips.push((await bench.file(tone(hertz, 0.1), { name })).hash);
  }
});
afterEach(() => bench.close());

function answer(params: JsonObject, ids: readonly string[]): unknown {
  const step = bench.step('audition');
  const input = step.input.parse({ clips, ...params }) as JsonObject;
  return step.output.parse(step.answer?.(input, ids, bench.services, null));
}

it('waits with a question and an option for each clip', async () => {
  const outcome = await bench.attempt('audition', { clips, question: 'Which one?' });
  expect(outcome).toEqual({
    kind: 'wait',
    reason: {
      kind: 'decision',
      question: 'Which one?',
      multiple: false,
      options: [
        { id: '1', label: 'low', clip: clips[0] },
        { id: '2', label: 'middle', clip: clips[1] },
        { id: '3', label: 'high', clip: clips[2] },
        { id: 'none', label: 'none of them', clip: null },
      ],
    },
  });
});

it('asks the same where it is started again', async () => {
  expect(await bench.attempt('audition', { clips }, { attempt: 2 })).toEqual(await bench.attempt('audition', { clips }));
});

it('needs neither threads nor memory', () => {
  expect(bench.step('audition').cost({ clips })).toMatchObject({ threads: 0, memoryBytes: 0 });
});

it('makes of an answer what was chosen and what was not', () => {
  expect(answer({}, ['2'])).toEqual({ chosen: [clips[1]], rejected: [clips[0], clips[2]], clip: clips[1] });
});

it('takes more than one where that is asked for, in the order of the list', () => {
  expect(answer({ multiple: true }, ['3', '1'])).toEqual({ chosen: [clips[0], clips[2]], rejected: [clips[1]], clip: clips[0] });
});

it('takes none', () => {
  expect(answer({}, ['none'])).toEqual({ chosen: [], rejected: clips, clip: null });
});

it('gives full hashes for clips that were named in short', () => {
  expect(answer({ clips: clips.map((clip) => clip.slice(0, 8)) }, ['1'])).toMatchObject({ chosen: [clips[0]] });
});

it.each([
  [{}, ['1', '2'], 'only one may be chosen'],
  [{}, [], 'it is empty; "none" takes none of them'],
  [{}, ['4'], 'there is no option "4"; there are 1 to 3 and none'],
  [{}, ['low'], 'there is no option "low"'],
  [{}, ['1.5'], 'there is no option "1.5"'],
  [{ allowNone: false }, ['none'], 'one of the clips has to be chosen'],
  [{ multiple: true }, ['none', '1'], 'none and a clip do not go together'],
])('with %j refuses the answer %j', (params, ids, reason) => {
  expect(thrownBy(() => answer(params, ids))).toMatchObject({
    code: 'GRYM_DECISION_INVALID',
    message: expect.stringContaining(reason) as string,
  });
});

it('refuses clips that are not there before it asks', async () => {
  await expect(bench.attempt('audition', { clips: ['abcdef01'] })).rejects.toMatchObject({ code: 'GRYM_CLIP_UNKNOWN' });
});
