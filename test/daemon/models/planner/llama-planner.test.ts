import type { JsonObject } from '../../../../daemon/kernel/index.js';
import type { HostedModel, ModelCall, ModelHosts } from '../../../../daemon/models/hosts/model-hosts.js';
import { createLlamaPlanner } from '../../../../daemon/models/planner/index.js';
import { answer, BRIDGE, options, requestOf } from './support/ask.js';

const MODEL: HostedModel = {
  provider: 'r1',
  modelId: 'r1',
  kind: 'llama',
  settings: { path: '/r1.gguf', remoteGraphs: {} },
  memoryBytes: 1,
};
const RIGHT = answer([{ workflow: 'vary-what-i-played', with: {} }]);

/** Hosts whose model gives these results, and thinks aloud before each. */
class FakeModelHosts implements Pick<ModelHosts, 'call'> {
  readonly calls: ModelCall[] = [];

  constructor(private readonly results: readonly JsonObject[]) {}

  async call(_model: HostedModel, call: ModelCall) {
    const result = this.results[this.calls.length] ?? {};
    this.calls.push(call);
    call.onEvent?.({ kind: 'thought', text: 'Hm.' });
    call.onProgress?.(0.5, 'thinking');
    return { result, tensors: {}, retries: 0 };
  }
}

function planWith(...results: readonly JsonObject[]) {
  const hosts = new FakeModelHosts(results);
  const heard = { thoughts: [] as string[], fractions: [] as number[] };
  const planner = createLlamaPlanner({ hosts, model: MODEL, version: 'v', thoughtTokens: 2_000 });
  const plan = planner.plan(requestOf('vary what I played', BRIDGE), {
    ...options(),
    onThought: (text) => heard.thoughts.push(text),
    onProgress: (fraction) => heard.fractions.push(fraction),
  });
  return { plan, hosts, heard };
}

it('asks its host for thoughts and an answer, without a system prompt', async () => {
  const { plan, hosts } = planWith({ answer: RIGHT, thoughts: 'Hm.' });
  expect(await plan).toMatchObject({ provider: 'r1', workflow: 'vary-what-i-played', thoughts: 'Hm.', fallback: null });
  const [call] = hosts.calls;
  expect(call).toMatchObject({ task: 'think-and-answer', params: { thoughtTokens: 2_000, temperature: 0.6, topP: 0.95 } });
  expect(call?.params['system']).toBeUndefined();
});

it('thoughts come while it thinks; a repair thinks less, and progress never falls', async () => {
  const { plan, hosts, heard } = planWith({ answer: '{}', thoughts: 'one' }, { answer: RIGHT, thoughts: 'two' });
  expect((await plan).thoughts).toBe('one\n\ntwo');
  expect(heard.thoughts).toEqual(['Hm.', 'Hm.']);
  expect(hosts.calls.map(({ params }) => params['thoughtTokens'])).toEqual([2_000, 512]);
  expect(heard.fractions).toEqual([...heard.fractions].sort((one, other) => one - other));
});

it('a host that answers something else leads to the templates', async () => {
  expect(await planWith({ text: 'what?' }).plan).toMatchObject({
    provider: 'templates',
    fallback: expect.stringContaining('r1') as string,
  });
});
