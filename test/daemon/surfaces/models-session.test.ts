import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KNOWN_MODELS } from '../../../daemon/models/index.js';
import { HubServer } from '../../servers/hub-server.js';
import { copyFixture, FIXTURES, fixtureFiles } from '../models/store/support/workbench.js';
import { grym, SURFACES } from './support/callers.js';
import { startTestDaemon, temporaryEnvironment, type DaemonUnderTest } from './support/daemon-under-test.js';

const CLAP = 'clap-htsat-unfused';
const PULL = ['models', 'pull', CLAP];

let hub: HubServer;
let daemon: DaemonUnderTest;

/** The small CLAP in the place of the real one: the same names, other weights. */
beforeAll(async () => {
  hub = await HubServer.start();
  hub.upload('Xenova/clap-htsat-unfused', fixtureFiles('clap-mini'));
  const { folder, environment } = temporaryEnvironment();
  daemon = await startTestDaemon({}, { folder, environment: { ...environment, GRYM_MODEL_SOURCE: hub.address } });
});
afterAll(async () => {
  await daemon.end();
  await hub.stop();
});

const run = (...words: string[]) => grym(daemon.environment, words);

test('list shows every model that is known, with licence and size', async () => {
  const { code, out } = await run('models', 'list');
  expect(code).toBe(0);
  for (const { id } of KNOWN_MODELS) expect(out).toContain(id);
  expect(out).toMatch(/^deepseek-r1-distill-qwen-14b +planner +can be +~9 GB +~11\.5 GB +MIT +\S/m);
  expect(out).toContain(join(daemon.folder, 'data', 'models'));
});

test('pull without the licence shows it and the command that accepts it, and is wrong usage', async () => {
  const { code, note } = await run(...PULL);
  expect(code).toBe(2);
  expect(note).toMatch(/is under the licence Apache-2\.0\..*https:\/\/www\.apache\.org/s);
  expect(note).toContain(`grym models pull ${CLAP} --accept-licence Apache-2.0`);
  expect(hub.requests).toEqual([]);
});

test('AudioLDM: the exact command that makes it', async () => {
  const { code, note } = await run('models', 'pull', 'audioldm-s-full-v2', '--accept-licence', 'CC-BY-NC-SA-4.0');
  expect(code).toBe(1);
  expect(note).toContain('uvx --from ./scripts/models grym-export-models audioldm cvssp/audioldm-s-full-v2');
});

test('pull, list, doctor, remove', async () => {
  const pulled = await run(...PULL, '--accept-licence', 'Apache-2.0');
  expect(pulled).toMatchObject({ code: 0, out: expect.stringMatching(/2 MB fetched, every file checked/) });
  expect((await run('models', 'list', '--installed')).out).toMatch(new RegExp(`^${CLAP} +embedder +installed +2 MB`, 'm'));
  expect((await run(...PULL)).out).toContain('is installed already');
  const doctor = await run('models', 'doctor', CLAP);
  expect(doctor).toMatchObject({ code: 0, out: expect.stringMatching(new RegExp(`^${CLAP}: works \\(.*of memory\\)\\n +\\S`)) });
  expect(await run('models', 'remove', CLAP)).toMatchObject({ code: 0, out: `${CLAP} is removed; 2 MB are free again.\n` });
  expect(await run('models', 'remove', CLAP)).toMatchObject({ code: 1, note: expect.stringContaining(`grym models pull ${CLAP}`) });
});

test('Ctrl-C says that it can be resumed, and the next pull goes on', async () => {
  hub.faults = { slow: { bytes: 30_000, pauseMs: 20 } };
  const interrupt = new AbortController();
  const before = hub.servedBytes;
  const pulling = grym(daemon.environment, [...PULL, '--accept-licence', 'Apache-2.0'], interrupt.signal);
  while (hub.servedBytes - before < 300_000) await new Promise((resolve) => setTimeout(resolve, 5));
  interrupt.abort();
  expect(await pulling).toMatchObject({ code: 130, note: expect.stringContaining('the same command goes on from there') });
  expect((await run('models', 'list')).out).toMatch(new RegExp(`^${CLAP} +embedder +begun \\(`, 'm'));
  hub.faults = {};
  expect(await run(...PULL, '--accept-licence', 'Apache-2.0')).toMatchObject({ code: 0 });
  // What lay in the socket when it was closed is sent again.
  expect(hub.servedBytes - before).toBeLessThan(2_008_061 + 600_000);
});

test('doctor fails where something is damaged, and names the file', async () => {
  const path = join(daemon.folder, 'data', 'models', CLAP, 'onnx', 'text_model.onnx');
  const content = readFileSync(path);
  content[5_000] = (content[5_000] ?? 0) ^ 1;
  writeFileSync(path, content);
  const { code, out } = await run('models', 'doctor', CLAP);
  expect(code).toBe(1);
  expect(out).toMatch(new RegExp(`${CLAP}: damaged\\n.*onnx/text_model\\.onnx`));
  expect(out).toContain('Not all that is installed works.');
  expect(await run('models', 'remove', CLAP)).toMatchObject({ code: 0 });
});

test('add, remove and doctor give the same on every surface', async () => {
  mkdirSync(join(daemon.folder, 'mine'), { recursive: true });
  const path = copyFixture('planner-mini', join(daemon.folder, 'mine', 'my-planner'));
  for (const [, ask] of SURFACES) {
    expect(await ask(daemon, 'add-model', { path, licence: 'MIT' })).toMatchObject({
      result: { model: { id: 'my-planner', state: 'installed', roles: ['planner'], licence: { name: 'MIT' } }, leftOut: [] },
    });
    expect(await ask(daemon, 'add-model', { path })).toMatchObject({ error: { code: 'GRYM_MODEL_EXISTS' } });
    expect(await ask(daemon, 'list-models', { installed: true })).toMatchObject({ result: { models: [{ id: 'my-planner' }] } });
    expect(await ask(daemon, 'check-models', { model: CLAP })).toMatchObject({ error: { code: 'GRYM_MODEL_NOT_INSTALLED' } });
    expect(await ask(daemon, 'pull-model', { model: 'clap-htsat-unfusd' })).toMatchObject({
      error: { code: 'GRYM_MODEL_UNKNOWN', message: expect.stringContaining(`Did you mean "${CLAP}"?`) },
    });
    expect(await ask(daemon, 'remove-model', { model: 'my-planner' })).toEqual({ result: { model: 'my-planner', freedBytes: 443_392 } });
  }
});

test('a folder that is no model says why', async () => {
  expect(await run('models', 'add', FIXTURES)).toMatchObject({ code: 1, note: expect.stringContaining('it holds several models') });
});
