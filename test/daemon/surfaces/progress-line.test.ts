import { ProgressLine } from '../../../daemon/surfaces/cli/index.js';

function written(live: boolean, updates: readonly (readonly [number, string])[]): string {
  let text = '';
  const line = new ProgressLine({ out: () => undefined, note: (part) => void (text += part), live, columns: 120 }, () => 0);
  for (const [fraction, stage] of updates) line.update(fraction, stage);
  return text;
}

test('a log gets one line for each file and each tenth of it, however often details change', () => {
  const updates = Array.from({ length: 101 }, (_, percent): [number, string] => [percent / 100, `model.onnx · ${percent} of 100 MB`]);
  const lines = written(false, updates).trimEnd().split('\n');
  expect(lines.length).toBeGreaterThanOrEqual(10);
  expect(lines.length).toBeLessThanOrEqual(12);
  expect(lines[0]).toBe('  0 %  model.onnx · 0 of 100 MB');
});

test('a stage that tells its own time left is not given another one', () => {
  expect(written(true, [[0.5, 'model.onnx · 50 of 100 MB, 10.0 MB/s, 5 s left']])).toMatch(
    /50 % {2}model\.onnx · 50 of 100 MB, 10\.0 MB\/s, 5 s left$/,
  );
});
