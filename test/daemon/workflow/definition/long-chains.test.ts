import { openGraph } from '../../../../daemon/workflow/definition/index.js';
import { withSteps } from './support/catalogue.js';
import { compile, done, play, RUN } from './support/runs.js';

function chain(steps: number): ReturnType<typeof compile> {
  const step = (index: number): string =>
    `  - id: s-${index}\n    use: judge\n    with: { clips: [x] }\n    when: '\${ ${index === 0 ? 'true' : `steps.s-${index - 1}.score == ${index - 1}`} }'`;
  return compile(withSteps(Array.from({ length: steps }, (_, index) => step(index)).join('\n')));
}

/** Milliseconds for each step of a run, the best of some. */
function cost(compiled: ReturnType<typeof compile>, steps: number): number {
  const once = (): number => {
    const begin = performance.now();
    const played = play(openGraph(compiled, {}, RUN), ({ path }) => done({ best: '', score: Number(path.slice(2)) }));
    expect(played.settled).toHaveLength(steps);
    return (performance.now() - begin) / steps;
  };
  return Math.min(...Array.from({ length: 7 }, once));
}

test('a step costs the same in a chain of 2,000 as in one of 200', () => {
  const [short, long] = [chain(200), chain(2_000)];
  // Work that grew with the steps before would make it ten times as much.
  expect(cost(long, 2_000)).toBeLessThan(4 * cost(short, 200));
});

test('a chain of 2,000 steps that are all left out ends without deep recursion', () => {
  const steps = Array.from({ length: 2_000 }, (_, index) => `  - id: s-${index}\n    use: note\n    when: '\${ run.seed < 0 }'`).join('\n');
  expect(openGraph(compile(withSteps(steps)), {}, RUN).end).toEqual({ kind: 'succeeded', outputs: {} });
});
