import { join } from 'node:path';
import { MIGRATIONS, openDatabase, type Database } from '../../../../daemon/storage/index.js';
import { temporaryFolders } from '../../doubles/index.js';
import { BRIDGE_A, openWorkbench, untilState } from '../workbench.js';

const folder = temporaryFolders();

const JOB = {
  prompt: 'bass',
  seed: 5,
  sampleRate: 48_000,
  tempoBpm: 110,
  metre: { numerator: 7, denominator: 8 },
  whenBridgeAbsent: 'wait',
};

interface OldRun {
  readonly id: string;
  readonly state: string;
  readonly clip?: string;
  readonly slot?: number;
  readonly revision?: number;
  readonly ended?: number;
  readonly error?: object;
}

function insertRun(database: Database, { id, state, clip, slot, revision, ended, error }: OldRun): void {
  database.run(
    `INSERT INTO runs (run_id, request_key, state, job, bridge_id, slot, revision, clip_hash, submitted_at_ms, ended_at_ms, note, error, explanation)
     VALUES (:id, :key, :state, :job, :bridge, :slot, :revision, :clip, 1, :ended, :state, :error, '["It is noise."]')`,
    {
      ...{ id, key: `key of ${id}`, state, job: JSON.stringify(JOB), bridge: slot === undefined ? null : BRIDGE_A, slot: slot ?? null },
      ...{
        revision: revision ?? null,
        clip: clip ?? null,
        ended: ended ?? null,
        error: error === undefined ? null : JSON.stringify(error),
      },
    },
  );
}

function insertStep(database: Database, run: string, step: string, attempts: number, milliseconds: number | null): void {
  database.run('INSERT INTO steps (run_id, step, attempts, milliseconds) VALUES (:run, :step, :attempts, :milliseconds)', {
    ...{ run, step, attempts, milliseconds },
  });
}

/** A clip that the workflow of today makes for the same job. */
async function clipOfJob(data: string): Promise<string> {
  const bench = openWorkbench(data);
  await bench.workflow.start();
  const { seed, prompt, sampleRate, tempoBpm, metre } = JOB;
  const { clipHash } = await bench.workflow.submit({ seed, prompt, sampleRate, tempoBpm, metre }).finished;
  await bench.close();
  return clipHash ?? '';
}

test('runs of the previous release stay readable, and open ones go on where they were', async () => {
  const data = folder();
  const clip = await clipOfJob(join(data, 'other'));
  const database = openDatabase(join(data, 'grym.sqlite'), MIGRATIONS.slice(0, 2));
  insertRun(database, { id: 'ended', state: 'done', clip, slot: 0, revision: 1, ended: 9 });
  for (const [step, milliseconds] of [
    ['generate', 5],
    ['file', 2],
    ['deliver', 3],
  ] as const) {
    insertStep(database, 'ended', step, 1, milliseconds);
  }
  const error = { code: 'GRYM_GENERATOR_FAILED', kind: 'model-fault', message: 'It failed.', remedy: 'Try again.' };
  insertRun(database, { id: 'failed', state: 'failed', ended: 10, error });
  insertStep(database, 'failed', 'generate', 3, null);
  insertRun(database, { id: 'queued', state: 'queued' });
  insertRun(database, { id: 'running', state: 'running' });
  insertStep(database, 'running', 'generate', 2, null);
  insertRun(database, { id: 'waiting', state: 'waiting-for-bridge', clip, slot: 3 });
  insertStep(database, 'waiting', 'generate', 1, 5);
  database.dispose();

  const bench = openWorkbench(data);
  expect(bench.workflow.get('ended')).toMatchObject({
    ...{ workflow: 'generate', state: 'done', prompt: 'bass', seed: 5, bridgeId: BRIDGE_A, slot: 0, clipHash: clip, stage: 'done' },
    ...{ explanation: ['It is noise.'], outputs: { clip } },
    timings: [
      { step: 'generate', milliseconds: 7 },
      { step: 'deliver', milliseconds: 3 },
    ],
  });
  expect(bench.workflow.get('failed')).toMatchObject({ state: 'failed', error });
  expect(bench.workflow.submit({ prompt: 'again', requestKey: 'key of ended' }).runId).toBe('ended');
  expect(bench.workflow.list({ state: 'open' }).map(({ runId }) => runId)).toEqual(['waiting', 'running', 'queued']);

  await bench.workflow.start();
  for (const runId of ['queued', 'running']) {
    expect(await untilState(bench.workflow, runId, 'done')).toMatchObject({ clipHash: clip, resumptions: 1 });
  }
  expect(bench.workflow.detail('running').steps).toMatchObject([{ path: 'generate', attempts: 3 }]);
  expect(bench.workflow.get('waiting').state).toBe('waiting-for-bridge');
  const generated = bench.generator.calls;
  bench.bridges.connect(BRIDGE_A);
  expect(await untilState(bench.workflow, 'waiting', 'done')).toMatchObject({ clipHash: clip });
  expect(bench.generator.calls).toBe(generated);
  expect(bench.bridges.deliveries).toMatchObject([{ bridgeId: BRIDGE_A, slot: 3, hash: clip }]);
  await bench.close();
});

test('a delivery that the previous release had begun is sent again with its revision', async () => {
  const data = folder();
  const clip = await clipOfJob(data);
  // The clip is in the library; the database is as the previous release left it.
  const { rmSync } = await import('node:fs');
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(data, `grym.sqlite${suffix}`), { force: true });
  const database = openDatabase(join(data, 'grym.sqlite'), MIGRATIONS.slice(0, 2));
  insertRun(database, { id: 'delivering', state: 'running', clip, slot: 3, revision: 7 });
  insertStep(database, 'delivering', 'generate', 1, 5);
  insertStep(database, 'delivering', 'deliver', 1, null);
  database.run('INSERT INTO bridges (bridge_id, revision, last_seen_ms) VALUES (:id, 7, 1)', { id: BRIDGE_A });
  database.run(
    `INSERT INTO slot_changes (bridge_id, revision, slot, hash, state, run_id, at_ms) VALUES (:id, 7, 3, :clip, 'pending', 'delivering', 1)`,
    { id: BRIDGE_A, clip },
  );
  database.dispose();

  const bench = openWorkbench(data);
  await bench.library.reconcile();
  bench.bridges.connect(BRIDGE_A);
  await bench.workflow.start();
  await untilState(bench.workflow, 'delivering', 'done');
  expect(bench.bridges.deliveries).toEqual([{ bridgeId: BRIDGE_A, slot: 3, hash: clip, revision: 7 }]);
  await bench.close();
});

test('a queued run of the previous release at a sample rate that is too high today goes on at the highest there is', async () => {
  const data = folder();
  const database = openDatabase(join(data, 'grym.sqlite'), MIGRATIONS.slice(0, 2));
  database.run("INSERT INTO runs (run_id, state, job, submitted_at_ms) VALUES ('high', 'queued', :job, 1)", {
    job: JSON.stringify({ ...JOB, sampleRate: 384_000 }),
  });
  database.dispose();
  const bench = openWorkbench(data);
  await bench.workflow.start();
  expect(await untilState(bench.workflow, 'high', 'done')).toMatchObject({ inputs: { sampleRate: 192_000 } });
  await bench.close();
});
