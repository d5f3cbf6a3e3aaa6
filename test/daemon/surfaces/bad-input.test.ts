import { chmodSync } from 'node:fs';
import { SURFACES, type Params } from './support/callers.js';
import { startTestDaemon, type DaemonUnderTest } from './support/daemon-under-test.js';

let daemon: DaemonUnderTest;
beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon.end());

/** What is asked, the code it must end in, and words that the one sentence must hold. */
const CASES: readonly [string, Params, code: string, words: RegExp][] = [
  ['genrate', {}, 'GRYM_ACTION_UNKNOWN', /no action "genrate".*Did you mean "generate"/],
  ['generate', {}, 'GRYM_ACTION_PARAMETERS', /prompt is missing/],
  ['generate', { prompt: '   ' }, 'GRYM_ACTION_PARAMETERS', /prompt must be words/],
  ['generate', { prompt: 'bass', tempoBpm: 9_000 }, 'GRYM_ACTION_PARAMETERS', /tempoBpm must be at most 400, got 9000/],
  ['generate', { prompt: 'bass', tempoBpm: 'fast' }, 'GRYM_ACTION_PARAMETERS', /tempoBpm must be a number, got "fast"/],
  ['generate', { prompt: 'bass', bars: 0 }, 'GRYM_ACTION_PARAMETERS', /bars must be at least 1, got 0/],
  ['generate', { prompt: 'bass', metre: '4/5' }, 'GRYM_ACTION_PARAMETERS', /metre must be a metre such as/],
  ['generate', { prompt: 'bass', bridge: 'nowhere' }, 'GRYM_BRIDGE_UNKNOWN', /no bridge nowhere/],
  ['launch', { slot: 16 }, 'GRYM_ACTION_PARAMETERS', /slot must be at most 15, got 16/],
  ['launch', { slot: 1 }, 'GRYM_BRIDGE_UNKNOWN', /no bridge that is connected/],
  ['launch', { slot: 1, when: 'soon' }, 'GRYM_ACTION_PARAMETERS', /when must be quantise, now, beat/],
  ['keep', { clip: 'ffffffff' }, 'GRYM_CLIP_UNKNOWN', /no clip ffffffff/],
  ['list-clips', { verdict: 'good' }, 'GRYM_ACTION_PARAMETERS', /verdict must be one of/],
  ['cancel-run', { run: '1234' }, 'GRYM_RUN_UNKNOWN', /no run 1234/],
  ['run-workflow', { workflow: 'genrate' }, 'GRYM_WORKFLOW_UNKNOWN', /no workflow "genrate".*Did you mean "generate"/],
  ['run-workflow', { workflow: 'generate', inputs: { bars: 'many', prompt: 'x' } }, 'GRYM_WORKFLOW_INPUTS', /bars.*whole number.*"many"/],
  ['run-workflow', { workflow: 'generate', inputs: { promt: 'x' } }, 'GRYM_WORKFLOW_INPUTS', /no input "promt".*prompt/],
  [
    'run-workflow',
    { workflow: 'generate', inputs: { prompt: 'x' }, priority: 1_000 },
    'GRYM_ACTION_PARAMETERS',
    /priority must be at most 100/,
  ],
  ['run-workflow', { workflow: 'mine', document: 'workflow: [' }, 'GRYM_WORKFLOW_INVALID', /mine.*line 1|mine:1/],
  ['rerun', { run: '12345678', from: 'x' }, 'GRYM_RUN_UNKNOWN', /no run 12345678/],
  ['decide', { run: 'nothing', answer: '1' }, 'GRYM_RUN_UNKNOWN', /no run nothing/],
  ['show-run', { run: 'last' }, 'GRYM_RUN_UNKNOWN', /no run last/],
  ['show-context', { run: 'none' }, 'GRYM_RUN_UNKNOWN', /no run none/],
  ['query-context', { since: 'yesterday' }, 'GRYM_ACTION_PARAMETERS', /since must be .*2h/],
  ['query-context', { text: '...' }, 'GRYM_CONTEXT_QUERY_INVALID', /no words/],
  ['list-steps', { step: 'generat' }, 'GRYM_ACTION_PARAMETERS', /no step "generat".*Did you mean "generate"/],
  ['show-workflow', { workflow: 'nothing' }, 'GRYM_WORKFLOW_UNKNOWN', /no workflow "nothing"/],
  ['export-history', { run: 'last' }, 'GRYM_RUN_UNKNOWN', /no run last/],
];

describe.each(SURFACES)('over %s', (surface, ask) => {
  test.each(CASES)('%s %j is %s', async (action, params, code, words) => {
    const { error } = await ask(daemon, action, params);
    if (surface === 'command line' && (action === 'genrate' || (params['prompt'] === undefined && action === 'generate'))) {
      // Found before a daemon is asked.
      expect(error).toMatchObject({ code: 'GRYM_USAGE', message: expect.stringMatching(/genrate|prompt/) });
      return;
    }
    expect(error).toMatchObject({ code, message: expect.stringMatching(words) });
    expect(error?.remedy).not.toBe('');
    expect(error?.message).not.toMatch(/[{}]|undefined/);
  });

  test('an unknown parameter is named, with the one that was meant', async () => {
    const { error } = await ask(daemon, 'generate', { prompt: 'bass', tempBpm: 120 });
    expect(error?.message).toMatch(/temp-?bpm.*Did you mean.*tempo-?bpm/i);
  });
});

test('a library that cannot be written refuses the request and says where', async () => {
  if (process.getuid?.() === 0) {
    // root may write anywhere; the storage layer's own tests cover this by a failpoint.
    process.env['GRYM_FAILPOINTS'] = 'blob.writing=EACCES';
  } else chmodSync(daemon.configuration.paths.clipFolder, 0o500);
  try {
    for (const [, ask] of SURFACES) {
      const { error } = await ask(daemon, 'generate', { prompt: 'bass', seed: 77 });
      expect(error).toMatchObject({
        code: 'GRYM_LIBRARY_UNWRITABLE',
        message: expect.stringContaining(daemon.configuration.paths.clipFolder),
      });
    }
  } finally {
    delete process.env['GRYM_FAILPOINTS'];
    chmodSync(daemon.configuration.paths.clipFolder, 0o700);
  }
});

describe('HTTP', () => {
  const url = (path: string): string => `http://127.0.0.1:${daemon.port}${path}`;
  const authorization = (): Record<string, string> => ({ authorization: `Bearer ${daemon.token}` });

  test.each<[string, string, () => RequestInit, number, string]>([
    ['no token', '/api/actions/status', () => ({ method: 'POST' }), 401, 'GRYM_TOKEN_WRONG'],
    [
      'a wrong token',
      '/api/actions/status',
      () => ({ method: 'POST', headers: { authorization: `Bearer ${'0'.repeat(64)}` } }),
      401,
      'GRYM_TOKEN_WRONG',
    ],
    ['a foreign Origin', '/healthz', () => ({ headers: { origin: 'https://example.org' } }), 403, 'GRYM_ADDRESS_FORBIDDEN'],
    ['Origin null', '/healthz', () => ({ headers: { origin: 'null' } }), 403, 'GRYM_ADDRESS_FORBIDDEN'],
    ['an unknown action', '/api/actions/nothing', () => ({ method: 'POST', headers: authorization() }), 404, 'GRYM_ACTION_UNKNOWN'],
    [
      'a body that is no JSON',
      '/api/actions/status',
      () => ({ method: 'POST', headers: { ...authorization(), 'content-type': 'application/json' }, body: '{' }),
      400,
      'GRYM_MESSAGE_MALFORMED',
    ],
    [
      'a body that is a list',
      '/api/actions/status',
      () => ({ method: 'POST', headers: { ...authorization(), 'content-type': 'application/json' }, body: '[]' }),
      400,
      'GRYM_ACTION_PARAMETERS',
    ],
    [
      'a body that is too large',
      '/api/actions/status',
      () => ({ method: 'POST', headers: { ...authorization(), 'content-type': 'application/json' }, body: `"${'x'.repeat(300_000)}"` }),
      400,
      'GRYM_MESSAGE_MALFORMED',
    ],
    ['a clip that there is not', `/api/clips/${'0'.repeat(64)}.wav`, () => ({ headers: authorization() }), 404, 'GRYM_CLIP_UNKNOWN'],
    ['a path instead of a hash', '/api/clips/..%2F..%2Fgrym.sqlite', () => ({ headers: authorization() }), 404, 'GRYM_CLIP_UNKNOWN'],
    ['a clip without the token', `/api/clips/${'0'.repeat(64)}.wav`, () => ({}), 401, 'GRYM_TOKEN_WRONG'],
  ])('%s', async (_, path, init, status, code) => {
    const response = await fetch(url(path), init());
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code, remedy: expect.stringMatching(/./) } });
  });

  test('the declarations are told with their schemas, and a clip is sent as it lies on the disk', async () => {
    const listed = (await (await fetch(url('/api/actions'), { headers: authorization() })).json()) as {
      actions: { name: string; paramsSchema: object }[];
    };
    expect(listed.actions.find(({ name }) => name === 'generate')?.paramsSchema).toMatchObject({ type: 'object', required: ['prompt'] });
    const [, ask] = SURFACES[1] ?? [];
    const made = (await ask?.(daemon, 'generate', { prompt: 'bass' }))?.result as { clip: { hash: string } };
    const response = await fetch(url(`/api/clips/${made.clip.hash}.wav`), { headers: authorization() });
    const body = Buffer.from(await response.arrayBuffer());
    const { createHash } = await import('node:crypto');
    expect(createHash('sha256').update(body).digest('hex')).toBe(made.clip.hash);
    expect(response.headers.get('content-type')).toBe('audio/wav');
  });
});
