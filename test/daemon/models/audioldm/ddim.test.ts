import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { schedulerSchema, type SchedulerConfig } from '../../../../daemon/models/audioldm/configs.js';
import { createDdim, type Ddim, type DdimStep } from '../../../../daemon/models/audioldm/ddim.js';
import { relativeError } from '../../../parity/parity-check.js';
import { MINI } from './mini-model.js';

const real: unknown = JSON.parse(readFileSync(`${MINI}/scheduler/scheduler_config.json`, 'utf8'));
const configured = (changes: Partial<SchedulerConfig>): Ddim => createDdim(schedulerSchema.parse({ ...(real as object), ...changes }));

const random = (length: number, salt: number): Float32Array =>
  Float32Array.from({ length }, (_, index) => Math.sin((index + 1) * 12.9898 + salt * 78.233) * 1.7);

const answerFor = (kind: string, x0: Float32Array, noise: Float32Array, { alpha }: DdimStep): Float32Array => {
  if (kind === 'epsilon') return noise;
  if (kind === 'sample') return x0;
  return noise.map((value, index) => Math.sqrt(alpha) * value - Math.sqrt(1 - alpha) * (x0[index] ?? 0));
};

const schedules = fc.record({
  beta_schedule: fc.constantFrom<SchedulerConfig['beta_schedule'][]>('linear', 'scaled_linear', 'squaredcos_cap_v2'),
  timestep_spacing: fc.constantFrom<SchedulerConfig['timestep_spacing'][]>('leading', 'linspace', 'trailing'),
  prediction_type: fc.constantFrom<SchedulerConfig['prediction_type'][]>('epsilon', 'v_prediction', 'sample'),
  set_alpha_to_one: fc.boolean(),
  steps_offset: fc.constantFrom(0, 1),
});

test('cumulative alphas are those of the original', () => {
  // findings of the fixture's scheduler, in float64.
  const known = [[0, 0.9985], [1, 0.996994427], [101, 0.821146198], [501, 0.114004784], [901, 0.000857845], [999, 0.000142304]] as const; // prettier-ignore
  const alphas = new Map(
    configured({ steps_offset: 0 })
      .schedule(1000)
      .map(({ timestep, alpha }) => [timestep, alpha]),
  );
  for (const [timestep, alpha] of known) expect(Math.abs((alphas.get(timestep) ?? NaN) - alpha)).toBeLessThan(1e-9);
});

test.each([
  ['leading', 4, 1, [751, 501, 251, 1]],
  ['leading', 3, 0, [666, 333, 0]],
  // numpy: round(linspace(0, 999, 5)) and round(arange(1000, 0, -1000/3)) − 1.
  ['linspace', 5, 0, [999, 749, 500, 250, 0]],
  ['trailing', 3, 0, [999, 666, 332]],
] as const)('%s spacing of %i steps with offset %i is %j', (timestep_spacing, steps, steps_offset, expected) => {
  const schedule = configured({ timestep_spacing, steps_offset }).schedule(steps);
  expect(schedule.map(({ timestep }) => timestep)).toEqual(expected);
});

test('the last step ends at the first alpha, or at 1 where the config says so', () => {
  expect(configured({ set_alpha_to_one: false }).schedule(10).at(-1)?.alphaNext).toBeCloseTo(0.9985, 12);
  expect(configured({ set_alpha_to_one: true }).schedule(10).at(-1)?.alphaNext).toBe(1);
});

test('as many steps as in training are every timestep once; more, or such as run over the end, are refused', () => {
  const schedule = configured({ steps_offset: 0 }).schedule(1000);
  expect(schedule.map(({ timestep }) => timestep)).toEqual(Array.from({ length: 1000 }, (_, index) => 999 - index));
  for (const [index, step] of schedule.slice(1).entries()) expect(step.alpha).toBe(schedule[index]?.alphaNext);
  expect(() => configured({ steps_offset: 0 }).schedule(1001)).toThrow(RangeError);
  expect(() => configured({ steps_offset: 1 }).schedule(1000)).toThrow(/begin at 1000, and its last one is 999/);
});

describe('for any schedule', () => {
  test('timesteps fall, alphas rise, and all are within the training', () => {
    fc.assert(
      fc.property(schedules, fc.integer({ min: 1, max: 400 }), (config, steps) => {
        const schedule = configured(config).schedule(steps);
        expect(schedule).toHaveLength(steps);
        const wrong = schedule.filter(
          ({ timestep, alpha, alphaNext }, index) =>
            !(
              timestep >= 0 &&
              timestep < 1000 &&
              timestep < (schedule[index - 1]?.timestep ?? Infinity) &&
              alpha > 0 &&
              alphaNext >= alpha
            ),
        );
        expect(wrong).toEqual([]);
      }),
    );
  });

  test('a model that knows the noise leads to the clean signal under the next, smaller noise', () => {
    fc.assert(
      fc.property(schedules, fc.integer({ min: 1, max: 12 }), fc.nat(), (config, steps, salt) => {
        const ddim = configured(config);
        const [x0, noise] = [random(24, salt), random(24, salt + 0.5)];
        for (const step of ddim.schedule(steps)) {
          // Where almost nothing but noise is left, single precision does not hold the signal.
          if (step.alpha < 1e-3 || step.alpha > 0.9999) continue;
          const latents = new Float32Array(24);
          ddim.addNoise(x0, noise, step, latents);
          const clean = new Float32Array(24);
          const output = answerFor(config.prediction_type, x0, noise, step);
          ddim.advance(latents, { step, eta: 0, guidanceScale: 1, output, noise: null }, clean);
          const expected = new Float32Array(24);
          ddim.addNoise(x0, noise, { ...step, alpha: step.alphaNext }, expected);
          expect(relativeError(clean, x0)).toBeLessThan(1e-4);
          expect(relativeError(latents, expected)).toBeLessThan(1e-4);
        }
      }),
    );
  });

  test('with eta, the deviation of a step is that of the original: noise and direction together keep the variance', () => {
    fc.assert(
      fc.property(schedules, fc.double({ min: 0, max: 1, noNaN: true }), (config, eta) => {
        const ddim = configured({ ...config, prediction_type: 'epsilon' });
        for (const step of ddim.schedule(10)) {
          const zero = Float32Array.of(0);
          // x = 0 and ε = 0: what is left is σ·noise. x = √(1 − α) and ε = 1: x₀ is 0, and what is left is the direction.
          const sigma = Float32Array.of(0);
          ddim.advance(sigma, { step, eta, guidanceScale: 1, output: zero, noise: Float32Array.of(1) });
          const direction = Float32Array.of(Math.sqrt(1 - step.alpha));
          ddim.advance(direction, { step, eta, guidanceScale: 1, output: Float32Array.of(1), noise: zero });
          const variance = ((1 - step.alphaNext) / (1 - step.alpha)) * (1 - step.alpha / step.alphaNext);
          expect(sigma[0]).toBeCloseTo(eta * Math.sqrt(Math.max(0, variance)), 5);
          const total = (sigma[0] ?? 0) ** 2 + (direction[0] ?? 0) ** 2;
          expect(Math.abs(total - (1 - step.alphaNext))).toBeLessThan(2e-3);
        }
      }),
    );
  });
});

test('guidance goes from the negative answer through the positive one and beyond', () => {
  const ddim = configured({});
  const [step] = ddim.schedule(10);
  if (step === undefined) throw new Error('there is no step');
  const advance = (guidanceScale: number, output: Float32Array): number => {
    const latents = Float32Array.of(0.3);
    ddim.advance(latents, { step, eta: 0, guidanceScale, output, noise: null });
    return latents[0] ?? NaN;
  };
  expect(advance(2.5, Float32Array.of(0.2, 0.6))).toBeCloseTo(advance(1, Float32Array.of(0.2 + 2.5 * 0.4)), 6);
});

test('clip_sample keeps the predicted clean signal within its range', () => {
  const ddim = configured({ clip_sample: true, clip_sample_range: 0.5, prediction_type: 'sample' });
  const [step] = ddim.schedule(10);
  if (step === undefined) throw new Error('there is no step');
  const clean = new Float32Array(3);
  const output = Float32Array.of(-2, 0.1, 7);
  ddim.advance(Float32Array.of(0, 0, 0), { step, eta: 0, guidanceScale: 1, output, noise: null }, clean);
  expect(clean).toEqual(Float32Array.of(-0.5, 0.1, 0.5));
});
