import { isGrymError } from '../../../../daemon/kernel/index.js';
import { openGraph, type Activation } from '../../../../daemon/workflow/definition/index.js';
import { factsWith, withSteps } from './support/catalogue.js';
import { compile, done, failed, play, run, RUN } from './support/runs.js';

const MAKE = `      - id: make
        use: make
        with: { prompt: x, seed: '\${ run.seed }' }`;
const made = ({ path }: Activation) => done({ clip: path, words: [], facts: { bars: 4, loop: true } });
const paths = (played: ReturnType<typeof run>): unknown[] => played.activations.map(({ path }) => path);

describe('blocks of a workflow', () => {
  test('a condition that is false leaves its step out, and its output is null', () => {
    const text = withSteps(
      `  - id: a\n    use: note\n    when: \${ run.seed > 100 }\n  - id: b\n    use: note\n    when: \${ steps.a == null }`,
      'outputs:\n  a: ${ steps.a }\n',
    );
    const played = run(text, {}, () => done({}));
    expect(paths(played)).toEqual(['b']);
    expect(played.graph.end).toEqual({ kind: 'succeeded', outputs: { a: null } });
  });

  test('a parameter that comes to null counts as not given', () => {
    const text = withSteps(`  - id: a\n    use: note\n    with:\n      text: \${ run.bridge }`);
    expect(run(text, {}, () => done({})).activations[0]).toMatchObject({ params: {} });
  });

  test('text with expressions is put together; an expression alone keeps its type', () => {
    const text = withSteps(
      "  - id: a\n    use: make\n    with:\n      prompt: 'seed ${ run.seed } of ${ run.bridge }, $${ x }'\n      seed: ${ run.seed + 1 }",
    );
    expect(run(text, {}, made).activations[0]).toMatchObject({ params: { prompt: 'seed 7 of , ${ x }', seed: 8 } });
  });

  test('branches: path, scope and position tell where an activation stands', () => {
    const text = withSteps(`  - id: some\n    parallel: { times: 2, as: one }\n    steps:\n${MAKE}\n      - id: again
        repeat: { atMost: 2, until: '\${ false }' }
        steps:
          - id: in
            use: note`);
    expect(run(text, {}, made).activations.map(({ path, scope, position }) => [path, scope, position])).toEqual([
      ['some[0]/make', 'some[0]', '0000.0000.0000'],
      ['some[0]/again[0]/in', 'some[0]', '0000.0000.0001.0000.0000'],
      ['some[0]/again[1]/in', 'some[0]', '0000.0000.0001.0001.0000'],
      ['some[1]/make', 'some[1]', '0000.0001.0000'],
      ['some[1]/again[0]/in', 'some[1]', '0000.0001.0001.0000.0000'],
      ['some[1]/again[1]/in', 'some[1]', '0000.0001.0001.0001.0000'],
    ]);
  });

  test('as many branches as are needed may fail the others; the failed ones are left out of the list', () => {
    const text = withSteps(
      `  - id: some\n    parallel: { times: 3, atLeast: 2 }\n    steps:\n${MAKE}\n    output: \${ steps.make.clip }`,
      'outputs:\n  clips: ${ steps.some }\n',
    );
    const played = run(text, {}, (activation) => (activation.path === 'some[1]/make' ? failed('no') : made(activation)));
    expect(played.graph.end).toEqual({ kind: 'succeeded', outputs: { clips: ['some[0]/make', 'some[2]/make'] } });
  });

  test('too many failed branches fail the block with the first of them in the graph, after all have ended', () => {
    const text = withSteps(`  - id: some\n    parallel: { times: 3, atLeast: 2 }\n    steps:\n${MAKE}`);
    const graph = openGraph(compile(text), {}, RUN);
    const last = play(
      graph,
      (activation) => (activation.path === 'some[0]/make' ? made(activation) : failed(`no ${activation.path}`)),
      (open) => open - 1,
    );
    expect(last.settled.map(({ path }) => path)).toEqual(['some[2]/make', 'some[1]/make', 'some[0]/make']);
    expect(graph.end).toMatchObject({ kind: 'failed', path: 'some[1]/make', error: { message: 'no some[1]/make' } });
  });

  test('a failure ends the workflow; with onFailure: continue the output is null', () => {
    const steps = (onFailure: string): string =>
      withSteps(`  - id: a\n    use: note\n    onFailure: ${onFailure}\n  - id: b\n    use: note`, 'outputs:\n  a: ${ steps.a }\n');
    const work = ({ path }: Activation) => (path === 'a' ? failed('no') : done({}));
    expect(run(steps('stop'), {}, work).graph.end).toMatchObject({ kind: 'failed', path: 'a' });
    expect(run(steps('continue'), {}, work).graph.end).toEqual({ kind: 'succeeded', outputs: { a: null } });
  });

  test('a loop ends when its condition holds, or at its bound, and says which', () => {
    const text = withSteps(
      `  - id: again
    repeat: { atMost: 3, until: '\${ steps.judge.score >= 0.8 }', as: round }
    steps:
      - id: judge
        use: judge
        with: { clips: ['\${ string(round.number) }'] }
    output: \${ steps.judge.score }`,
      'outputs:\n  again: ${ steps.again }\n',
    );
    const scores = (values: readonly number[]) => {
      const left = [...values];
      return run(text, {}, () => done({ best: '', score: left.shift() ?? 0 })).graph.end;
    };
    expect(scores([0.1, 0.9])).toEqual({ kind: 'succeeded', outputs: { again: { output: 0.9, passes: 2, satisfied: true } } });
    expect(scores([0.1, 0.2, 0.3])).toEqual({ kind: 'succeeded', outputs: { again: { output: 0.3, passes: 3, satisfied: false } } });
  });

  test('of several ways the first that holds is taken; without one the output is null', () => {
    const text = (otherwise: string): string =>
      withSteps(
        `  - id: way\n    choose:\n      - when: \${ run.seed > 7 }\n        steps:\n          - id: a\n            use: note
      - when: \${ run.seed > 8 }\n        steps:\n          - id: b\n            use: note\n${otherwise}`,
        'outputs:\n  way: ${ steps.way }\n',
      );
    expect(paths(run(text(''), {}, () => done({})))).toEqual([]);
    const played = run(text('      - otherwise:\n          - id: c\n            use: note\n        output: none'), {}, () => done({}));
    expect(paths(played)).toEqual(['way[2]/c']);
    expect(played.graph.end).toEqual({ kind: 'succeeded', outputs: { way: 'none' } });
  });

  test('a sub-workflow has its own inputs and hands back its outputs', () => {
    const sub = `workflow: inner\nversion: 1\ntitle: I\ninputs:\n  bars: { type: integer, default: 4, maximum: 8 }\nsteps:\n  - id: a\n    use: note\n    with: { text: '\${ string(inputs.bars) }' }\noutputs:\n  bars: \${ inputs.bars }\n`;
    const text = withSteps(
      "  - id: tidy\n    workflow: inner\n    with: { bars: '${ run.seed }' }",
      'outputs:\n  bars: ${ steps.tidy.bars }\n',
    );
    const facts = factsWith({ inner: sub });
    const played = run(text, {}, () => done({}), facts);
    expect(played.activations).toMatchObject([{ path: 'tidy/a', position: '0000.0000', scope: '', params: { text: '7' } }]);
    expect(played.graph.end).toEqual({ kind: 'succeeded', outputs: { bars: 7 } });
    const graph = openGraph(compile(text.replace('run.seed', 'run.seed + 2'), facts), {}, RUN);
    expect(graph.end).toMatchObject({ kind: 'failed', path: 'tidy', error: { code: 'GRYM_WORKFLOW_INPUTS' } });
  });

  test('an expression without a value fails its step, with the expression in the message', () => {
    const text = withSteps('  - id: a\n    use: note\n    when: ${ 1 / (run.seed - 7) > 1 }');
    expect(openGraph(compile(text), {}, RUN).end).toMatchObject({
      kind: 'failed',
      path: 'a',
      error: {
        code: 'GRYM_WORKFLOW_EXPRESSION',
        kind: 'invalid-input',
        message: expect.stringContaining('1 / (run.seed - 7) > 1') as string,
      },
    });
  });

  test('a list that is longer than its bound fails the block before a branch starts', () => {
    const text = withSteps(`  - id: some\n    parallel: { times: '\${ run.seed }', atMost: 6 }\n    steps:\n${MAKE}`);
    expect(openGraph(compile(text), {}, RUN).end).toMatchObject({ kind: 'failed', path: 'some', error: { code: 'GRYM_WORKFLOW_VALUE' } });
  });

  test('a path that is not under way cannot be settled', () => {
    const graph = openGraph(compile(withSteps('  - id: a\n    use: note')), {}, RUN);
    const settle = (): void => graph.settle('a', done({}));
    expect(settle).toThrow('not under way');
    graph.takeReady();
    settle();
    try {
      settle();
      throw new Error('settled twice');
    } catch (error) {
      expect(isGrymError(error, 'GRYM_INTERNAL')).toBe(true);
    }
  });
});
