import fc from 'fast-check';
import { openGraph, type Activation, type ActivationResult } from '../../../../daemon/workflow/definition/index.js';
import { factsWith } from './support/catalogue.js';
import { compile, done, failed, fact, play, RUN, type Worker } from './support/runs.js';

const SUB = `workflow: inner
version: 1
title: Inner
inputs:
  text: { type: text, default: none }
steps:
  - id: first
    use: note
    with: { text: 'sub \${ inputs.text }' }
  - id: ways
    parallel:
      branches:
        left:
          - id: a
            use: make
            with: { prompt: left, seed: '\${ run.seed }' }
        right:
          - id: b
            use: note
outputs:
  words: \${ steps.ways.left.words }
`;

/** Every kind of block inside of others. */
const TEXT = `workflow: test
version: 1
title: Test
inputs:
  count: { type: integer, default: 3, minimum: 0, maximum: 5 }
steps:
  - id: take
    use: record
    with: { bridge: x }
  - id: candidates
    parallel: { times: '\${ inputs.count }', atMost: 5, as: one, atLeast: '\${ inputs.count > 1 ? 1 : 0 }' }
    steps:
      - id: make
        use: make
        with: { prompt: 'try \${ one.number }', seed: '\${ run.seed + one.index }' }
      - id: until-good
        repeat: { atMost: 3, until: '\${ steps.judge.score > 0.5 }', as: round }
        onFailure: continue
        steps:
          - id: judge
            use: judge
            with: { clips: ['\${ steps.make.clip }', 'round \${ round.number } after \${ round.previous }'] }
        output: \${ steps.judge.score }
      - id: words
        parallel: { forEach: '\${ steps.make.words }', atMost: 10, as: word, atLeast: 0 }
        steps:
          - id: say
            use: note
            with: { text: '\${ word.value } \${ one.index }' }
    output: { clip: '\${ steps.make.clip }', good: '\${ steps.until-good == null ? null : steps.until-good.satisfied }' }
  - id: way
    choose:
      - when: \${ size(steps.candidates) > 1 }
        steps:
          - id: inside
            workflow: inner
            with: { text: '\${ string(size(steps.candidates)) }' }
      - otherwise:
          - id: alone
            use: note
            when: \${ steps.take.key != null }
            with: { text: '\${ steps.take.key }' }
outputs:
  clips: \${ steps.candidates.map(entry, entry.clip) }
  way: \${ steps.way }
`;
const compiled = compile(TEXT, factsWith({ inner: SUB }));

/** A number that depends on the path and the salt alone, 0 … 1. */
function chance(path: string, salt: number): number {
  let state = salt >>> 0;
  for (const character of path) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return ((state ^ (state >>> 15)) >>> 0) / 2 ** 32;
}

const workerOf =
  (salt: number): Worker =>
  ({ path, step }: Activation): ActivationResult => {
    const luck = chance(path, salt);
    if (luck < 0.15) return failed(`unlucky at ${path}`);
    if (luck < 0.2) return { kind: 'skipped', note: 'not there' };
    switch (step) {
      case 'record':
        return done({ clip: 'aaaa', tempoBpm: 120, key: luck < 0.6 ? null : 'A minor' });
      case 'make':
        return done({
          clip: `clip of ${path}`,
          words: ['dark', 'slow', 'long'].slice(0, Math.floor(luck * 4)),
          facts: { bars: 4, loop: true },
        });
      case 'judge':
        return done({ best: 'x', score: luck });
      default:
        return done({});
    }
  };

const salts = fc.integer({ min: 0, max: 2 ** 31 });
const inputs = fc.record({ count: fc.integer({ min: 0, max: 5 }) });
const picks = fc.array(fc.nat(1_000), { minLength: 200, maxLength: 200 });

describe('the order in which parallel steps end', () => {
  test('changes neither the activations nor the end', () => {
    fc.assert(
      fc.property(salts, inputs, picks, (salt, given, order) => {
        const straight = play(openGraph(compiled, given, RUN), workerOf(salt));
        let turn = 0;
        const mixed = play(openGraph(compiled, given, RUN), workerOf(salt), () => order[turn++ % order.length] ?? 0);
        expect(mixed.activations).toEqual(straight.activations);
        expect(mixed.graph.end).toEqual(straight.graph.end);
        expect(straight.graph.end).not.toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test('what is given as ready comes in the order of the graph, each activation once, and the fraction never falls', () => {
    fc.assert(
      fc.property(salts, inputs, picks, (salt, given, order) => {
        const graph = openGraph(compiled, given, RUN);
        const work = workerOf(salt);
        const open: Activation[] = [];
        const seen = new Set<string>();
        let [turn, fraction] = [0, 0];
        for (;;) {
          const ready = graph.takeReady();
          expect([...ready].map(({ position }) => position)).toEqual([...ready].map(({ position }) => position).sort());
          for (const { path } of ready) expect(seen.has(path)).toBe(false);
          for (const { path } of ready) seen.add(path);
          open.push(...ready);
          expect(graph.underWay).toHaveLength(open.length);
          const [next] = open.splice((order[turn++ % order.length] ?? 0) % Math.max(open.length, 1), 1);
          if (next === undefined) break;
          graph.settle(next.path, work(next));
          expect(graph.fraction).toBeGreaterThanOrEqual(fraction);
          fraction = graph.fraction;
        }
        if (graph.end?.kind === 'succeeded') expect(fraction).toBe(1);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a graph that is built again from its results', () => {
  test('stands where it stood, whatever the point, and comes to the same end', () => {
    fc.assert(
      fc.property(salts, inputs, picks, fc.nat(60), (salt, given, order, cut) => {
        let turn = 0;
        const whole = play(openGraph(compiled, given, RUN), workerOf(salt), () => order[turn++ % order.length] ?? 0);
        const recorded = new Map(whole.settled.slice(0, cut).map(({ path, result }) => [path, result]));

        const first = openGraph(compiled, given, RUN);
        first.takeReady();
        for (const { path, result } of whole.settled.slice(0, cut)) {
          first.settle(path, result);
          first.takeReady();
        }
        // The journal's own order is that of the graph, not that of time.
        const again = openGraph(JSON.parse(JSON.stringify(compiled)) as typeof compiled, given, RUN);
        for (let ready = again.takeReady(); ready.length > 0; ready = again.takeReady()) {
          for (const { path } of ready) {
            const result = recorded.get(path);
            if (result !== undefined) again.settle(path, result);
          }
        }
        const under = (graph: typeof again) => [...graph.underWay].sort((a, b) => (a.position < b.position ? -1 : 1)).map(fact);
        expect(under(again)).toEqual(under(first));
        expect(again.end).toEqual(first.end);

        for (const { path, result } of whole.settled.slice(cut)) {
          again.settle(path, result);
          again.takeReady();
        }
        expect(again.end).toEqual(whole.graph.end);
      }),
      { numRuns: 300 },
    );
  });
});
