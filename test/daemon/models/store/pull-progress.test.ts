import { PullProgress } from '../../../../daemon/models/store/pull-progress.js';

let now: number;
let told: [number, string][];
let progress: PullProgress;

beforeEach(() => {
  now = 0;
  told = [];
  const report = (fraction: number, stage: string): void => void told.push([Number(fraction.toFixed(3)), stage]);
  progress = new PullProgress({ totalBytes: 100_000_000, nowMs: () => now, report });
});

/** A megabyte a tenth of a second: 10 MB/s. */
function arrive(from: number, megabytes: number): void {
  for (let count = 1; count <= megabytes; count += 1) {
    now += 100;
    progress.bytes('model.onnx', (from + count) * 1_000_000);
  }
}

test('file, bytes, rate and time left', () => {
  progress.stage('model.onnx', 'fetching');
  progress.bytes('model.onnx', 0);
  arrive(0, 21);
  expect(told.at(-1)).toEqual([0.21, 'model.onnx · 21.0 of 100.0 MB, 10.0 MB/s, 8 s left']);
});

test('what was there from an earlier pull counts as done, and not for the rate', () => {
  progress.stage('model.onnx', 'fetching');
  progress.bytes('model.onnx', 70_000_000);
  arrive(70, 10);
  expect(told.at(-1)?.[0]).toBeCloseTo(0.8, 1);
  expect(told.at(-1)?.[1]).toMatch(/, 10\.0 MB\/s, 2 s left$/);
  expect(progress.receivedBytes).toBe(10_000_000);
});

test('at most four times a second, and at once where something else begins', () => {
  progress.stage('model.onnx', 'fetching');
  progress.bytes('model.onnx', 0);
  arrive(0, 30);
  expect(told.length).toBeLessThanOrEqual(13);
  progress.stage('model.onnx', 'checking');
  expect(told.at(-1)?.[1]).toBe('checking model.onnx · 30.0 of 100.0 MB');
});

test('the rate is that of the last seconds', () => {
  progress.stage('model.onnx', 'fetching');
  progress.bytes('model.onnx', 0);
  arrive(0, 10);
  now += 20_000;
  progress.bytes('model.onnx', 10_000_001);
  now += 1_000;
  progress.bytes('model.onnx', 10_500_001);
  expect(told.at(-1)?.[1]).toMatch(/ 0\.5 MB\/s, 3 min left$/);
});
