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

describe('workflows that lead to others in many ways', () => {
  const WAYS = 40;
  const LEVELS = 3;
  /** Each of them leads to the next one in forty ways, of which a run takes one: 2,560,000 in all. */
  function search(given: (way: number) => string): readonly { readonly where: string; readonly capability: string }[] {
    const level = (index: number): string => {
      const ways = Array.from({ length: WAYS }, (_, way) =>
        index === LEVELS
          ? `          - { id: make, use: make, with: { prompt: x, seed: 1 } }`
          : `          - { id: next, workflow: w${index + 1}, with: { number: ${given(way)} } }`,
      );
      const options = ways.map((steps) => `      - when: \${ run.seed == inputs.number }\n        steps:\n${steps}`);
      return `workflow: w${index}
version: 1
title: Level ${index}
inputs:
  number: { type: number, default: 1 }
steps:
  - id: way
    choose:
${options.join('\n')}
`;
    };
    const facts = factsWith(Object.fromEntries(Array.from({ length: LEVELS }, (_, index) => [`w${index + 1}`, level(index + 1)])));
    const many = compile(level(0), facts);
    expect(many.maximumActivations).toBe(1);
    return neededCapabilities(many, completeInputs(many, {}));
  }

  test('one that is given the same each time is searched once', () => {
    const found = search(() => '1');
    expect(found).toHaveLength(WAYS);
    expect(found[0]).toMatchObject({
      capability: 'generate.audio.from-text',
      where: 'way/next/way/next/way/next/way/make',
    });
  });

  test('with something else each time no more is searched than is bounded', () => {
    const found = search((way) => `'\${ inputs.number * 10 + ${way} }'`);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(50_000);
  });

  test('conditions that only the run will tell leave those of the inputs as they are', () => {
    const steps = Array.from({ length: 1_900 }, (_, index) => `  - id: s${index}\n    use: note\n    when: \${ run.seed > ${index} }\n`);
    const text = `workflow: test
version: 1
title: Test
inputs:
  deep: { type: boolean, default: false }
steps:
${steps.join('')}  - id: write
    use: transcribe
    when: \${ inputs.deep }
`;
    const long = compile(text, factsWith());
    expect(neededCapabilities(long, { deep: false })).toEqual([]);
    expect(neededCapabilities(long, { deep: true })).toHaveLength(1);
  });
});
