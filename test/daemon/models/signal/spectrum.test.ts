import fc from 'fast-check';
import { createFft } from '../../../../daemon/models/signal/fft.js';
import { logMel } from '../../../../daemon/models/signal/log-mel.js';
import { createMelBank, hzToMel, melToHz } from '../../../../daemon/models/signal/mel-bank.js';

const AUDIOLDM = { sampleRate: 16_000, size: 1024, hop: 160, bands: 64, lowestHz: 0, highestHz: 8000 };

const noise = (length: number, salt: number): Float64Array =>
  Float64Array.from({ length }, (_, index) => Math.sin((index + 1) ** 2 * 0.7 + salt) + 0.3 * Math.cos(index * salt));

function transformed(input: Float64Array): { real: Float64Array; imaginary: Float64Array } {
  const [real, imaginary] = [input.slice(), new Float64Array(input.length)];
  createFft(input.length).transform(real, imaginary);
  return { real, imaginary };
}

test('the transform is the defining sum', () => {
  const size = 64;
  const input = noise(size, 1);
  const { real, imaginary } = transformed(input);
  for (let bin = 0; bin < size; bin += 1) {
    let [re, im] = [0, 0];
    input.forEach((value, n) => {
      re += value * Math.cos((2 * Math.PI * bin * n) / size);
      im -= value * Math.sin((2 * Math.PI * bin * n) / size);
    });
    expect(Math.hypot((real[bin] ?? NaN) - re, (imaginary[bin] ?? NaN) - im)).toBeLessThan(1e-12);
  }
});

test('energy is kept (Parseval), at every size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 11 }), fc.double({ min: 0.1, max: 9, noNaN: true }), (bits, salt) => {
      const input = noise(2 ** bits, salt);
      const { real, imaginary } = transformed(input);
      const energy = input.reduce((sum, value) => sum + value ** 2, 0);
      const spectral = real.reduce((sum, value, bin) => sum + value ** 2 + (imaginary[bin] ?? 0) ** 2, 0) / input.length;
      expect(Math.abs(spectral - energy)).toBeLessThan(1e-12 * energy);
    }),
  );
});

test('a tone of k periods is in bin k and its mirror only', () => {
  const size = 1024;
  const { real, imaginary } = transformed(Float64Array.from({ length: size }, (_, index) => Math.cos((2 * Math.PI * 37 * index) / size)));
  const magnitudes = real.map((value, bin) => Math.hypot(value, imaginary[bin] ?? 0));
  expect(magnitudes[37]).toBeCloseTo(size / 2, 9);
  expect(magnitudes[size - 37]).toBeCloseTo(size / 2, 9);
  expect(Math.max(...magnitudes.filter((_, bin) => bin !== 37 && bin !== size - 37))).toBeLessThan(1e-10);
});

test('a size that is no power of two is refused', () => {
  expect(() => createFft(1000)).toThrow(/power of two, not 1000/);
});

test('Slaney’s scale: linear to 1 kHz at 15 mel, then 27 mel for each factor of 6.4', () => {
  expect(hzToMel(200)).toBeCloseTo(3, 12);
  expect(hzToMel(1000)).toBeCloseTo(15, 12);
  expect(hzToMel(6400)).toBeCloseTo(42, 12);
  for (const hz of [0, 440, 1000, 7999]) expect(melToHz(hzToMel(hz))).toBeCloseTo(hz, 8);
});

test('each band of the bank is a triangle with an area of about 1 Hz·1/Hz', () => {
  const bank = createMelBank({ ...AUDIOLDM, size: 32_768 });
  expect(bank).toHaveLength(64);
  for (const { weights } of bank) expect(weights.reduce((sum, weight) => sum + weight, 0) * (16_000 / 32_768)).toBeCloseTo(1, 3);
  expect(bank.map(({ firstBin }) => firstBin).toSorted((a, b) => a - b)).toEqual(bank.map(({ firstBin }) => firstBin));
});

// librosa.filters.mel(sr=16000, n_fft=1024, n_mels=64, fmin=0, fmax=8000): bands whose corners can be told by hand. The scale ends at
// hzToMel(8000) = 45.245640471924965, in 65 steps of 0.69608677649: band 0 has its corners at 0, 46.4058 and 92.8116 Hz.
test('the first band of AudioLDM’s bank has the weights that its corners give', () => {
  const [band] = createMelBank(AUDIOLDM);
  const [centre, right] = [46.4057850996151, 92.8115701992302];
  const expected = [15.625, 31.25, 46.875, 62.5, 78.125].map((hz) => (Math.min(hz / centre, (right - hz) / (right - centre)) * 2) / right);
  expect(band?.firstBin).toBe(1);
  expect(band?.weights).toHaveLength(expected.length);
  for (const [index, weight] of expected.entries()) expect(band?.weights[index]).toBeCloseTo(weight, 10);
});

test('silence is ln 1e-5 in all bands', () => {
  const mel = logMel(new Float32Array(1600), 10, AUDIOLDM);
  expect(mel).toHaveLength(640);
  expect(new Set(mel)).toEqual(new Set([Math.fround(Math.log(1e-5))]));
});

test('a tone is loudest in the band around it, at all times', () => {
  const samples = Float32Array.from({ length: 8000 }, (_, index) => 0.5 * Math.sin((2 * Math.PI * 1500 * index) / 16_000));
  const mel = logMel(samples, 50, AUDIOLDM);
  const step = hzToMel(8000) / 65;
  for (let frame = 0; frame < 50; frame += 1) {
    const bands = [...mel.subarray(frame * 64, (frame + 1) * 64)];
    const loudest = bands.indexOf(Math.max(...bands));
    expect(Math.abs((loudest + 1) * step - hzToMel(1500))).toBeLessThan(step);
  }
});

test('frame t is the windowed spectrum around sample 160·t, with the edge reflected', () => {
  const samples = Float32Array.from(noise(2000, 2));
  const mel = logMel(samples, 3, AUDIOLDM);
  const bank = createMelBank(AUDIOLDM);
  for (const frame of [0, 2]) {
    const windowed = Float64Array.from({ length: 1024 }, (_, index) => {
      const at = Math.abs(frame * 160 - 512 + index);
      return (samples[at] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / 1024));
    });
    const { real, imaginary } = transformed(windowed);
    for (const [band, { firstBin, weights }] of bank.entries()) {
      const sum = weights.reduce((all, weight, index) => all + weight * Math.hypot(real[firstBin + index] ?? 0, imaginary[firstBin + index] ?? 0), 0); // prettier-ignore
      expect(mel[frame * 64 + band]).toBeCloseTo(Math.log(sum), 4);
    }
  }
});
