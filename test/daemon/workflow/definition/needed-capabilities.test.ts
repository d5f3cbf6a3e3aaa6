import { completeInputs, neededCapabilities } from '../../../../daemon/workflow/definition/index.js';
import { factsWith } from './support/catalogue.js';
import { compile } from './support/runs.js';

const SUB = `workflow: inner
version: 1
title: Inner
inputs:
  deep: { type: boolean, default: false }
  words: { type: text, optional: true }
steps:
  - id: write
    use: transcribe
    when: \${ inputs.deep }
  - id: said
    use: make
    when: \${ inputs.words != null }
    with: { prompt: '\${ inputs.words }', seed: 1 }
`;
const TEXT = `workflow: test
version: 1
title: Test
inputs:
  deep: { type: boolean, default: false }
  bridge: { type: text, optional: true }
  clips: { type: list, of: text, default: [] }
steps:
  - id: way
    choose:
      - when: \${ inputs.bridge != null }
        steps:
          - id: take
            use: record
            with: { bridge: '\${ inputs.bridge }' }
      - otherwise:
          - id: text
            use: make
            with: { prompt: x, seed: 1 }
  - id: every
    parallel: { forEach: '\${ inputs.clips }', atMost: 5 }
    steps:
      - id: learn
        use: learn
        whenUnavailable: skip
  - id: judge
    use: judge
    with: { clips: [x] }
  - id: inside
    workflow: inner
    with: { deep: '\${ inputs.deep }', words: '\${ steps.judge.best }' }
`;
const compiled = compile(TEXT, factsWith({ inner: SUB }));
const needed = (inputs: Parameters<typeof completeInputs>[1]): string[] =>
  neededCapabilities(compiled, completeInputs(compiled, inputs)).map(
    ({ where, capability, whenUnavailable }) => `${where} ${capability} ${whenUnavailable}`,
  );

test('what the inputs leave out is not asked for; what only the run will tell is', () => {
  expect(needed({})).toEqual(['way/text generate.audio.from-text refuse', 'inside/said generate.audio.from-text refuse']);
  expect(needed({ bridge: 'x', deep: true, clips: ['a'] })).toEqual([
    'way/take capture.audio refuse',
    'every/learn learn.preference skip',
    'inside/write transcribe.audio refuse',
    'inside/said generate.audio.from-text refuse',
  ]);
});
