import { join } from 'node:path';
import { createAudioWorkshop, type AudioWorkshop } from '../../../../daemon/audio/index.js';
import { findPackageRoot } from '../../../../daemon/kernel/index.js';
import { createChatServer } from '../../../../daemon/models/chat/index.js';
import { choosePartRanges } from '../../../../daemon/models/listener/audio-parts.js';
import { createServerListener } from '../../../../daemon/models/listener/index.js';
import { HEARD_TEXT } from '../../../servers/answers.js';
import { says } from '../../../servers/behaviours.js';
import { ConformanceServer } from '../../../servers/conformance-server.js';
import { audioOf, listenerAt, listening, secondsOf, tone, wordsOf } from './listening.js';

let conformance: ConformanceServer;
let workshop: AudioWorkshop;
beforeAll(async () => {
  conformance = await ConformanceServer.start();
  workshop = createAudioWorkshop({ worker: { modulePath: join(findPackageRoot(), 'build', 'native', 'dsp.node') } });
});
afterAll(async () => {
  await Promise.all([conformance.dispose(), workshop.dispose()]);
});

function samplesOf(wav: Buffer): number[] {
  return Array.from({ length: (wav.length - 44) / 2 }, (_, index) => wav.readInt16LE(44 + index * 2) / 32_767);
}

test('a stereo clip at 48 kHz goes out as a WAV file of 16 kHz, mono, 16 bits, with its pitch and its level', async () => {
  conformance.behave(says('a tone'), says(HEARD_TEXT));
  const chat = createChatServer({ url: conformance.url, model: 'test-ears' });
  const listener = createServerListener({ chat, resample: (audio, rate, options) => workshop.resample(audio, rate, options) });
  await listener.describe(tone(2, 48_000, 2), listening);
  const wav = audioOf(conformance.requests[1] as never) as Buffer;
  expect(wav.toString('latin1', 0, 4) + wav.toString('latin1', 8, 16)).toBe('RIFFWAVEfmt ');
  const header = { format: wav.readUInt16LE(20), channels: wav.readUInt16LE(22), rate: wav.readUInt32LE(24), bits: wav.readUInt16LE(34) };
  expect(header).toEqual({ format: 1, channels: 1, rate: 16_000, bits: 16 });
  expect([wav.readUInt32LE(4), wav.readUInt32LE(40)]).toEqual([wav.length - 8, wav.length - 44]);
  const samples = samplesOf(wav);
  expect(samples).toHaveLength(32_000);
  const middle = samples.slice(8_000, 24_000);
  const rises = middle.filter((sample, index) => index > 0 && sample >= 0 && (middle[index - 1] ?? 0) < 0).length;
  expect(Math.abs(rises - 440)).toBeLessThanOrEqual(1);
  expect(Math.max(...middle)).toBeCloseTo(0.5, 2);
});

test('the model, the schema and the question go with it, and no key where none is configured', async () => {
  conformance.behave(says('a tone'), says(HEARD_TEXT));
  await listenerAt(conformance.url).describe(tone(2), listening);
  const request = conformance.requests[1];
  expect(request?.body).toMatchObject({ model: 'test-ears', temperature: 0, response_format: { json_schema: { name: 'heard' } } });
  expect(wordsOf(request as never)).toContain('"production_notes"');
  expect(request?.headers).not.toHaveProperty('authorization');
});

test('a tenth of a second is filled up to one', async () => {
  conformance.behave(says('a tone'), says(HEARD_TEXT));
  await listenerAt(conformance.url).describe(tone(0.1), listening);
  expect(conformance.requests.map(secondsOf)).toEqual([1, 1]);
});

test('silence is not sent at all', async () => {
  conformance.behave(says(HEARD_TEXT));
  const silence = { samples: new Float32Array(32_000), sampleRate: 16_000, channels: 1 };
  expect(await listenerAt(conformance.url).describe(silence, listening)).toMatchObject({
    text: '2.0 s of silence.',
    words: [{ word: 'silent' }],
  });
  expect(conformance.requests).toHaveLength(0);
});

test('up to two minutes all of it is heard, in equal parts', async () => {
  conformance.behave(says('a tone'), says(HEARD_TEXT));
  const fractions: number[] = [];
  const { text } = await listenerAt(conformance.url).describe(tone(100), {
    ...listening,
    onProgress: (fraction) => void fractions.push(fraction),
  });
  expect(conformance.requests.map(secondsOf)).toEqual([1, 25, 25, 25, 25]);
  expect(fractions).toEqual([0.25, 0.5, 0.75, 1]);
  expect(text).toMatch(/^100\.0 s: /);
});

test('of longer audio four parts are heard, and the text says so', async () => {
  conformance.behave(says('a tone'), says(HEARD_TEXT));
  const { text, words } = await listenerAt(conformance.url).describe(tone(300), listening);
  expect(conformance.requests.map(secondsOf)).toEqual([1, 30, 30, 30, 30]);
  expect(text).toMatch(/^300\.0 s, of which 120 s in 4 parts were heard: /);
  expect(words[0]).toEqual({ word: 'drum machine', reason: 'heard by test-ears in 4 of 4 parts' });
});

const RANGES: readonly (readonly [total: number, ranges: readonly (readonly [start: number, frames: number])[]])[] = [
  [10, [[0, 10]]],
  [30, [[0, 30]]],
  [
    31,
    [
      [0, 16],
      [16, 15],
    ],
  ],
  [
    120,
    [
      [0, 30],
      [30, 30],
      [60, 30],
      [90, 30],
    ],
  ],
  [
    240,
    [
      [0, 30],
      [70, 30],
      [140, 30],
      [210, 30],
    ],
  ],
];

test.each(RANGES)('%i frames in parts of at most 30', (total, ranges) => {
  expect(choosePartRanges(total, 30, 4).map(({ startFrame, frames }) => [startFrame, frames])).toEqual(ranges);
});
