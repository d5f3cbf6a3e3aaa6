import { join } from 'node:path';
import { ACTIONS, type ActionContext, type ActionServices } from '../../../daemon/actions/index.js';
import { GrymError } from '../../../daemon/kernel/index.js';
import { BREAKER_POLICY, Breakers, SqliteBreakerStore } from '../../../daemon/recovery/index.js';
import { openDatabase, type Database } from '../../../daemon/storage/index.js';
import { Capabilities } from '../../../daemon/workflow/index.js';
import { FakeClock } from '../doubles/fake-clock.js';
import { temporaryFolders } from '../doubles/index.js';

const folder = temporaryFolders();
let database: Database;
let services: ActionServices;

beforeEach(() => {
  database = openDatabase(join(folder(), 'grym.sqlite'));
  const clock = new FakeClock();
  const breakers = new Breakers({ store: new SqliteBreakerStore(database), clock, timers: clock });
  const capabilities = new Capabilities();
  capabilities.register('generate.audio', { provider: 'synth', version: '1' });
  const fault = new GrymError('GRYM_GENERATOR_FAILED', { reason: 'out of tune' });
  for (let count = 0; count < BREAKER_POLICY.threshold; count += 1) breakers.admit('synth')?.failed(fault);
  services = { capabilities, breakers } as unknown as ActionServices;
});
afterEach(() => database.dispose());

const invoke = (name: string, params: object): Promise<unknown> =>
  ACTIONS.find((action) => action.name === name)?.invoke(services, params, {} as ActionContext) ?? Promise.reject(new Error(name));

test('a provider that rests is shown with its reason, and is tried again once a person says so', async () => {
  expect(await invoke('list-providers', {})).toMatchObject({
    capabilities: expect.arrayContaining([
      expect.objectContaining({
        capability: 'generate.audio',
        providers: [
          expect.objectContaining({
            ...{ provider: 'synth', breaker: 'open', failures: BREAKER_POLICY.threshold, restSeconds: BREAKER_POLICY.firstRestMs / 1_000 },
            lastError: 'The built-in generator failed: out of tune.',
          }),
        ],
      }),
    ]),
  });
  expect(services.breakers.view('synth').state).toBe('open');
  expect(await invoke('retry-provider', { provider: 'synth' })).toMatchObject({ provider: 'synth', breaker: 'half-open', restSeconds: 0 });
  expect(services.breakers.view('synth').state).toBe('half-open');
});

test('a name that nobody has is refused, with the nearest one', async () => {
  await expect(invoke('retry-provider', { provider: 'sinth' })).rejects.toThrow(/no provider "sinth".*Did you mean "synth"/);
});
