import { jest } from '@jest/globals';
import { Environment } from '@marcbachmann/cel-js';
import type { JsonObject } from '../../../../daemon/kernel/index.js';
import { openGraph, type GraphEnd } from '../../../../daemon/workflow/definition/index.js';
import { factsWith, withSteps } from './support/catalogue.js';
import { compile, done, play, RUN } from './support/runs.js';

/** 37,500 units of work, far inside of what one evaluation may do; a condition that is false. */
const MUCH = 'inputs.text + "x" == ""';
const INPUTS = { text: 'y'.repeat(300_000) };
const TEXT_INPUT = 'inputs:\n  text: { type: text }\n';
const EXCEEDED = 'of the 10000000 units of work that all expressions of a run may do only';

const messageOf = (end: GraphEnd | null): string => (end?.kind === 'failed' ? end.error.message : '');

describe('the work of all expressions of a run is bounded', () => {
  test('conditions that are all due at once end it, also where failures do not count', () => {
    const steps = Array.from(
      { length: 1_990 },
      (_, index) => `  - id: s-${index}\n    use: note\n    onFailure: continue\n    when: '\${ ${MUCH} }'`,
    );
    const { end } = openGraph(compile(withSteps(steps.join('\n'), TEXT_INPUT)), INPUTS, RUN);
    expect(end).toMatchObject({ kind: 'failed', error: { code: 'GRYM_WORKFLOW_EXPRESSION', kind: 'invalid-input' } });
    expect(messageOf(end)).toContain(EXCEEDED);
    // 10,000,000 units are 266 of these.
    const reached = end?.kind === 'failed' ? Number(end.path.slice(2)) : NaN;
    expect(reached).toBeGreaterThan(250);
    expect(reached).toBeLessThan(270);
  });

  test('branches that all begin at once end it, also where none must succeed', () => {
    const text = withSteps(
      `  - id: wide
    parallel: { times: 2000, atLeast: 0 }
    steps:
      - id: a
        use: note
        with: { text: '\${ string(${MUCH}) }' }`,
      TEXT_INPUT,
    );
    const graph = openGraph(compile(text), INPUTS, RUN);
    expect(graph.takeReady()).toEqual([]);
    expect(graph.end).toMatchObject({ kind: 'failed', path: 'wide[0]/a' });
    expect(messageOf(graph.end)).toContain(`${EXCEEDED} 5000 are left here`);
  });

  test('passes in which nothing is done end it', () => {
    const options = Array.from(
      { length: 1_900 },
      (_, index) => `          - when: '\${ run.seed == ${index + 8} }'\n            steps: [{ id: a, use: note }]`,
    );
    const text = withSteps(`  - id: again
    repeat: { atMost: 2000, until: '\${ false }' }
    steps:
      - id: way
        choose:
${options.join('\n')}`);
    const { end } = openGraph(compile(text), {}, RUN);
    expect(messageOf(end)).toContain(EXCEEDED);
    expect(Number(/^again\[(\d+)\]/.exec(end?.kind === 'failed' ? end.path : '')?.[1])).toBeLessThan(125);
  });

  test('what is handed on counts by its size', () => {
    const text = withSteps(
      `  - id: again
    repeat: { atMost: 2000, until: '\${ false }' }
    steps:
      - id: a
        use: judge
        with: { clips: '\${ inputs.clips }' }`,
      'inputs:\n  clips: { type: list, of: text }',
    );
    const clips = Array.from({ length: 6_000 }, (_, index) => index.toString(16).padStart(64, '0'));
    const played = play(openGraph(compile(text), { clips }, RUN), () => done({}));
    expect(messageOf(played.graph.end)).toContain(EXCEEDED);
    expect(played.settled.length).toBeLessThan(2_000);
  });

  test('what workflows do with 2,000 steps is far inside', () => {
    const text = withSteps(
      `  - id: wide
    parallel: { forEach: '\${ inputs.clips }', atMost: 2000, as: one }
    steps:
      - id: a
        use: make
        when: \${ one.value != null && size(one.value) == 64 }
        with: { prompt: 'take \${ one.number } of \${ size(inputs.clips) }', seed: '\${ (run.seed + one.index) % 2147483647 }' }`,
      `inputs:\n  clips: { type: list, of: text }\noutputs:\n  all: '\${ steps.wide.map(one, one.clip) }'`,
    );
    const clips = Array.from({ length: 2_000 }, (_, index) => index.toString(16).padStart(64, '0'));
    const played = play(openGraph(compile(text), { clips }, RUN), () => done({ clip: 'x', words: [], facts: {} }));
    expect(played.graph.end?.kind).toBe('succeeded');
    expect(played.settled).toHaveLength(2_000);
  });
});

describe('what is left of the work does not depend on which branch is faster', () => {
  const TEXT = withSteps(
    `  - id: both
    parallel: { times: 4, as: one }
    steps:
      - id: again
        repeat: { atMost: 100, until: '\${ round.number > inputs.passes * (1 + one.index) }', as: round }
        steps:
          - id: a
            use: note
            with: { text: '\${ string(${MUCH}) + string(round.index) }' }
  - id: after
    repeat: { atMost: 250, until: '\${ false }', as: round }
    steps:
      - id: b
        use: note
        with: { text: '\${ string(${MUCH}) + string(round.index) }' }`,
    `${TEXT_INPUT}  passes: { type: integer }`,
  );
  const compiled = compile(TEXT);
  const PICKS: readonly ((open: number) => number)[] = [() => 0, (open) => open - 1, (open) => Math.floor(open / 2)];
  const runs = (inputs: JsonObject) => PICKS.map((pick) => play(openGraph(compiled, { ...INPUTS, ...inputs }, RUN), () => done({}), pick));

  test.each([
    ['in a branch', 50, /^both\[1\]\/again\[6\d\]\/a$/],
    ['after the block', 12, /^after\[\d+\]\/b$/],
  ])('%s', (_name, passes, path) => {
    const [first, ...others] = runs({ passes });
    expect(messageOf(first?.graph.end ?? null)).toContain(EXCEEDED);
    expect(first?.graph.end).toMatchObject({ path: expect.stringMatching(path) as string });
    for (const other of others) {
      expect(other.activations).toEqual(first?.activations);
      expect(other.graph.end).toEqual(first?.graph.end);
    }
  });

  test('a graph that is built again from its results comes to the same end', () => {
    const [, before] = runs({ passes: 50 });
    const recorded = new Map(before?.settled.map(({ path, result }) => [path, result]));
    const again = openGraph(JSON.parse(JSON.stringify(compiled)) as typeof compiled, { ...INPUTS, passes: 50 }, RUN);
    for (let ready = again.takeReady(); ready.length > 0; ready = again.takeReady()) {
      for (const { path } of ready) again.settle(path, recorded.get(path) ?? done({}));
    }
    expect(again.end).toEqual(before?.graph.end);
  });
});

test('an expression is compiled once for a definition, however many it has', () => {
  const text = (name: string, offset: number): string =>
    withSteps(
      `  - id: a\n    use: note\n    with:\n      text: '${Array.from({ length: 7_000 }, (_, index) => `\${${offset + index}}`).join('')}'`,
    ).replace('workflow: test', `workflow: ${name}`);
  const names = ['one', 'two', 'three'];
  const facts = factsWith(Object.fromEntries(names.map((name, index) => [name, text(name, 7_000 * index)])));
  const compiled = compile(
    withSteps(`  - id: again
    repeat: { atMost: 3, until: '\${ false }' }
    steps:
${names.map((name) => `      - id: ${name}\n        workflow: ${name}`).join('\n')}`),
    facts,
  );
  const parse = jest.spyOn(Environment.prototype, 'parse');
  try {
    expect(play(openGraph(compiled, {}, RUN), () => done({})).settled).toHaveLength(9);
    expect(play(openGraph(compiled, {}, RUN), () => done({})).settled).toHaveLength(9);
    expect(parse.mock.calls.length).toBeLessThanOrEqual(21_001);
  } finally {
    parse.mockRestore();
  }
});
