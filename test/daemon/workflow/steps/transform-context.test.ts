import type { JsonObject } from '../../../../daemon/kernel/index.js';
import { temporaryFolders } from '../../doubles/temporary-folder.js';
import { openStepBench } from './support/step-bench.js';

const folder = temporaryFolders();

it('shows what the rules make of the context around the step, and leaves what is set', async () => {
  const asked: unknown[] = [];
  const traced = {
    field: 'guidance',
    value: 3,
    by: 'rule',
    rule: 'energy-to-guidance',
    confidence: 0.8,
    sources: [],
    lost: [],
    sentence: 'guidance 3 by rule.',
  } as const;
  const bench = await openStepBench(folder(), {
    contextOf: (runId) => ({
      transform: (scope, to, explicit) => {
        asked.push({ runId, scope, to, explicit });
        const item = { category: 'generation-parameters', field: 'guidance', value: 3, rank: 'analysis' } as const;
        return { params: { guidance: 3 }, items: [item], trace: [traced] };
      },
    }),
  });
  const params: JsonObject = { to: 'generate.audio.from-text', params: { steps: 20 } };
  const { output, items, explanation } = await bench.run('transform-context', params, { runId: 'run-7', path: 'candidates[2]/settings' });
  await bench.close();
  expect(asked).toEqual([{ runId: 'run-7', scope: 'candidates[2]', to: 'generate.audio.from-text', explicit: { steps: 20 } }]);
  expect(output.params).toEqual({ guidance: 3, steps: 20 });
  expect(output.trace).toEqual([
    { field: 'guidance', value: 3, by: 'rule', rule: 'energy-to-guidance', confidence: 0.8, sentence: 'guidance 3 by rule.' },
  ]);
  expect(items).toHaveLength(1);
  expect(explanation).toEqual(['guidance 3 by rule.']);
});
