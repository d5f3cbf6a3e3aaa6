import { createLogger } from '../../../daemon/kernel/index.js';
import { OrphanReaper, type OrphanReport } from '../../../daemon/audio/index.js';

const saved: OrphanReport = {
  name: '/grym-1',
  outcome: 'saved',
  removed: true,
  bridgeId: '12345678-2222-4333-8444-555555555555',
  sampleRate: 48_000,
  frames: 72_000,
  brokenSamples: 0,
  path: '/data/recovered/capture.wav',
  message: 'Its capture was saved.',
};
const failed: OrphanReport = { ...saved, outcome: 'failed', removed: false, path: null, message: 'Its capture cannot be saved: no space.' };

/** Rounds happen when the test lets them: each call of `reapOrphans` waits to be answered. */
class FakeOrphans {
  readonly calls: string[] = [];
  readonly lines: string[] = [];
  readonly reaper: OrphanReaper;
  #answer: (reports: OrphanReport[]) => void = () => undefined;
  #called: () => void = () => undefined;

  constructor() {
    const logger = createLogger({ level: 'debug', format: 'plain', write: (line) => this.lines.push(line) });
    const reapOrphans = (folder: string): Promise<OrphanReport[]> => {
      this.calls.push(folder);
      this.#called();
      return new Promise((resolve) => (this.#answer = resolve));
    };
    this.reaper = new OrphanReaper({ audioPath: { reapOrphans }, folder: '/data/recovered', logger, intervalMs: 60_000, delayMs: 1 });
  }

  nextRound(): Promise<void> {
    return new Promise((resolve) => (this.#called = resolve));
  }

  async answer(...reports: OrphanReport[]): Promise<void> {
    this.#answer(reports);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

let orphans: FakeOrphans;
beforeEach(() => {
  orphans = new FakeOrphans();
});
afterEach(() => orphans.reaper.dispose());

test('a capture that was saved is told in one line with its place', async () => {
  orphans.reaper.start();
  await orphans.answer(saved);
  expect(orphans.calls).toEqual(['/data/recovered']);
  expect(orphans.lines).toHaveLength(1);
  expect(orphans.lines[0]).toContain(
    'The plugin of bridge 12345678 died; 1.5 s of what it captured are saved in /data/recovered/capture.wav',
  );
});

test('a bridge that goes while a round is under way leads to one more round, after it', async () => {
  orphans.reaper.start();
  orphans.reaper.bridgeGone();
  orphans.reaper.bridgeGone();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(orphans.calls).toHaveLength(1);
  const next = orphans.nextRound();
  await orphans.answer();
  await next;
  expect(orphans.calls).toHaveLength(2);
});

test('what cannot be saved is told once, not at each round', async () => {
  orphans.reaper.start();
  await orphans.answer(failed);
  const next = orphans.nextRound();
  orphans.reaper.bridgeGone();
  await next;
  await orphans.answer(failed);
  expect(orphans.lines.filter((line) => line.includes('no space'))).toHaveLength(1);
});

test('after its end there are no more rounds', async () => {
  orphans.reaper.start();
  await orphans.answer();
  orphans.reaper.dispose();
  orphans.reaper.bridgeGone();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(orphans.calls).toHaveLength(1);
});
