import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { encodeClipFile, readClipFacts, rootNoteOf, type ClipFacts } from '../../../daemon/audio/index.js';
import { temporaryFolders } from '../doubles/temporary-folder.js';
import { chunk, readRiff, textAt } from './riff.js';
import { thrownBy } from '../doubles/thrown-by.js';

const folder = temporaryFolders();

const FACTS: ClipFacts = {
  name: 'Dark bass',
  prompt: 'dark bass für Zoë, 140 bpm',
  seed: 42,
  provider: 'procedural',
  providerVersion: '1.2',
  instrument: 'bass',
  sampleRate: 44_100,
  channels: 2,
  frames: 1_001,
  tempoBpm: 140,
  metre: { numerator: 7, denominator: 8 },
  bars: 2,
  quarterNotes: 7,
  key: 'F# minor',
  loop: true,
  loudnessLufs: -18.04,
  peakDbtp: -6.5,
};
const noise = (facts: ClipFacts): Float32Array =>
  Float32Array.from({ length: facts.frames * facts.channels }, (_, index) => 0.9 * Math.sin(index * index));
const encode = (changes: Partial<ClipFacts> = {}): Buffer => {
  const facts = { ...FACTS, ...changes };
  return encodeClipFile(noise(facts), facts);
};

test('is a RIFF file whose chunks fill it, padded to even sizes, samples last', () => {
  // The prompt's length moves the size of our own chunk through odd and even.
  for (let length = 0; length < 4; length += 1) {
    const ids = readRiff(encode({ prompt: 'x'.repeat(length) })).map(({ id }) => id);
    expect(ids).toEqual(['fmt ', 'fact', 'bext', 'smpl', 'acid', 'grym', 'data']);
  }
});

test('format: 32-bit float, and the samples bit for bit', () => {
  const file = encode();
  const format = chunk(file, 'fmt ');
  const words = [format.getUint16(0, true), format.getUint16(2, true), format.getUint32(4, true), format.getUint32(8, true)];
  expect([...words, format.getUint16(12, true), format.getUint16(14, true), format.byteLength]).toEqual([3, 2, 44_100, 352_800, 8, 32, 18]);
  expect(chunk(file, 'fact').getUint32(0, true)).toBe(1_001);
  const data = chunk(file, 'data');
  const samples = Float32Array.from({ length: data.byteLength / 4 }, (_, index) => data.getFloat32(index * 4, true));
  expect(samples).toEqual(noise(FACTS));
});

test('bext: description and originator in ASCII, no date, loudness in hundredths', () => {
  const bext = chunk(encode(), 'bext');
  expect(bext.byteLength).toBe(602);
  expect(textAt(bext, 0, 256)).toBe('dark bass fur Zoe, 140 bpm');
  expect(textAt(bext, 256, 32)).toBe('grym-synth');
  expect(textAt(bext, 320, 18)).toBe('');
  expect(bext.getUint16(346, true)).toBe(2);
  expect(bext.getInt16(412, true)).toBe(-1804);
  expect(bext.getInt16(416, true)).toBe(-650);
  const silent = chunk(encode({ loudnessLufs: null, peakDbtp: null, prompt: 'é'.repeat(400) }), 'bext');
  expect(silent.getInt16(412, true)).toBe(0x7fff);
  expect(textAt(silent, 0, 256)).toBe('e'.repeat(256));
});

test('smpl: one endless loop over all frames; a one-shot has none', () => {
  const smpl = chunk(encode(), 'smpl');
  const word = (offset: number): number => smpl.getUint32(offset, true);
  expect([word(8), word(12), word(28), word(32)]).toEqual([22_676, 54, 1, 0]);
  expect([40, 44, 48, 52, 56].map(word)).toEqual([0, 0, 1_000, 0, 0]);
  const shot = chunk(encode({ loop: false, key: null }), 'smpl');
  expect([shot.getUint32(28, true), shot.getUint32(12, true), shot.byteLength]).toEqual([0, 60, 36]);
});

test('acid: tempo, beats, metre, root note and kind', () => {
  const acid = chunk(encode(), 'acid');
  expect(acid.byteLength).toBe(24);
  expect([acid.getUint32(0, true), acid.getUint16(4, true), acid.getUint32(12, true)]).toEqual([6, 54, 7]);
  expect([acid.getUint16(16, true), acid.getUint16(18, true), acid.getFloat32(20, true)]).toEqual([8, 7, 140]);
  expect(chunk(encode({ loop: false, key: null }), 'acid').getUint32(0, true)).toBe(1);
  expect(chunk(encode({ loop: true, key: null }), 'acid').getUint32(0, true)).toBe(4);
});

test.each([
  ['A minor', 57],
  ['c major', 48],
  ['F#', 54],
  ['Bb minor', 58],
  ['Cb', 59],
  ['B# major', 48],
  ['E♭ minor', 51],
  ['', null],
  [null, null],
  ['minor', null],
])('the root of %p is %p', (key, note) => {
  expect(rootNoteOf(key)).toBe(note);
});

test('the same samples and facts are the same bytes, in whatever order the facts come', () => {
  const reversed = Object.fromEntries(Object.entries(FACTS).reverse()) as ClipFacts;
  expect(encodeClipFile(noise(FACTS), reversed).equals(encode())).toBe(true);
  expect(encode({ seed: 43 }).equals(encode())).toBe(false);
});

test('all facts come back from the file', () => {
  const facts = fc.record({
    name: fc.string({ minLength: 1, maxLength: 100 }),
    prompt: fc.string({ unit: 'grapheme', maxLength: 500 }),
    seed: fc.integer(),
    sampleRate: fc.integer({ min: 8_000, max: 768_000 }),
    frames: fc.integer({ min: 1, max: 50 }),
    tempoBpm: fc.double({ min: 20, max: 400, noNaN: true }),
    key: fc.option(fc.constantFrom('A minor', 'Eb major')),
    loop: fc.boolean(),
  });
  fc.assert(fc.property(facts, (some) => expect(readClipFacts(encode(some))).toEqual({ ...FACTS, ...some })));
});

test('wrong sizes and impossible facts are refused before a file exists', () => {
  expect(thrownBy(() => encodeClipFile(new Float32Array(7), FACTS))).toMatchObject({ code: 'GRYM_WAV_INVALID' });
  expect(() => encode({ tempoBpm: 1_000 })).toThrow();
});

test('any damage is a typed error, never a crash or a wrong answer', () => {
  const file = encode();
  const damage = fc.record({ position: fc.nat(file.length - 1), value: fc.nat(255), length: fc.nat(file.length) });
  fc.assert(
    fc.property(damage, ({ position, value, length }) => {
      const bad = Buffer.from(file.subarray(0, length));
      if (position < bad.length) bad[position] = value;
      try {
        readClipFacts(bad);
      } catch (error) {
        expect(error).toMatchObject({ code: 'GRYM_WAV_INVALID' });
      }
    }),
    { numRuns: 2_000 },
  );
  expect(() => readClipFacts(file.subarray(0, file.length - 1))).toThrow(/"data" is cut off/);
});

test('sox reads format, length and samples', () => {
  const file = join(folder(), 'clip.wav');
  writeFileSync(file, encode());
  const ask = (flag: string): string => execFileSync('soxi', [flag, file], { encoding: 'utf8' }).trim();
  expect([ask('-r'), ask('-c'), ask('-s'), ask('-b'), ask('-e')]).toEqual(['44100', '2', '1001', '32', 'Floating Point PCM']);
  const raw = execFileSync('sox', [file, '-t', 'f32', '-'], { encoding: 'buffer' });
  // sox works in 32-bit integers inside.
  const heard = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
  expect(heard.every((sample, index) => Math.abs(sample - (noise(FACTS)[index] ?? NaN)) < 1e-6)).toBe(true);
});

test('libsndfile, as Ardour uses it, reads broadcast, loop and tempo', () => {
  const file = join(folder(), 'clip.wav');
  writeFileSync(file, encode());
  const ask = (...flags: string[]): string => execFileSync('sndfile-info', [...flags, file], { encoding: 'utf8' });
  expect(ask()).toMatch(/Loop Count\s*: 1\s+Cue ID :\s+0\s+Type :\s+0\s+Start :\s+0\s+End :\s+1000 /);
  expect(ask()).toMatch(/\(Loop,RootNoteValid,StretchOn,.*\n\s+Root note : 0x36/);
  expect(ask()).toMatch(/Beats\s+: 7\n\s+Meter\s+: 7\/8\n\s+Tempo\s+: 140\.0/);
  expect(ask('--broadcast')).toMatch(/Description\s*: dark bass fur Zoe, 140 bpm\n\s*Originator\s*: grym-synth/);
});
