import { temporaryFolders } from '../../doubles/index.js';
import { openEngine, type EngineBench } from './engine-bench.js';

let bench: EngineBench;
beforeEach(async () => {
  bench = openEngine(folder(), { workThreads: 2 });
  await bench.start();
});
afterEach(() => bench.close());
// Removed after that: hooks run in the order they stand in.
const folder = temporaryFolders();

const head = 'inputs:\n  word: { type: text, default: old, help: A word. }\n';
const PARALLEL = `
  - id: each
    parallel: { times: 3, atMost: 3, as: candidate }
    steps:
      - { id: index, use: work, with: { value: '\${ candidate.index }' } }
      - { id: make, use: work, with: { value: '\${ inputs.word }' } }
    output: \${ steps.make.value }
outputs:
  list: \${ steps.each }
`;

test('other branches whose parameters the changed inputs change are made anew, so that no list mixes old and new', async () => {
  const { runId } = await bench.run(PARALLEL, { head }).finished;
  bench.calls.length = 0;
  const again = await bench.workflow.rerun({ runId, from: 'each[1]/make', inputs: { word: 'new' } }).finished;
  expect(again.outputs).toEqual({ list: ['new', 'new', 'new'] });
  expect(bench.paths().sort()).toEqual(['each[0]/make', 'each[1]/make', 'each[2]/make']);
});

test('passes of a loop are no branches: those after the beginning are made anew', async () => {
  const loop = `
  - id: round
    repeat: { atMost: 2, until: '\${ round.index > 5 }', as: round }
    steps:
      - id: each
        parallel: { times: 1, atMost: 1, as: candidate }
        steps:
          - { id: make, use: work, with: { value: 1 } }
    output: \${ steps.each }
`;
  const { runId } = await bench.run(loop).finished;
  const [first, second] = bench.paths();
  bench.calls.length = 0;
  await bench.workflow.rerun({ runId, from: first ?? '' }).finished;
  expect(bench.paths()).toEqual([first, second]);
});
