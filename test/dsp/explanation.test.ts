import { expect, test } from '@jest/globals';
import type { Rendered } from '../../daemon/audio/index.js';
import { explain } from '../../daemon/models/explanation.js';
import { parsePrompt } from '../../daemon/models/index.js';

const rendered: Rendered = {
  samples: new Float32Array(2),
  frames: 1,
  loudnessLufs: -18,
  peakDbtp: -1,
  limitedDb: 0,
  rounded: false,
  events: 1,
  parameters: {},
  defaults: {},
};
const read = (prompt: string) => parsePrompt({ prompt, seed: 1, sampleRate: 48_000 });

test('what was done to the peaks is told', () => {
  const plain = explain(read('pluck loop'), rendered).join(' ');
  expect(plain).not.toMatch(/rounded|limited/);
  const treated = explain(read('pluck loop'), { ...rendered, rounded: true, limitedDb: 2.25 }).join(' ');
  expect(treated).toMatch(/Peaks too short and too high for the limiter were rounded/);
  expect(treated).toMatch(/limited by up to 2\.[23] dB/);
});

test('a word without effect and a word not understood are told', () => {
  const lines = explain(read('bright kick with flugelbinder'), rendered);
  expect(lines).toContain('“bright” had no effect: kick has nothing that it could change.');
  expect(lines).toContain('Not understood, so without effect: “flugelbinder”.');
});
