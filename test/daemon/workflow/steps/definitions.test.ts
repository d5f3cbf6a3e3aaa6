import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { canonicalJson, findPackageRoot, type JsonObject } from '../../../../daemon/kernel/index.js';
import { BUILT_IN_STEPS, discoverSteps, KNOWN_CAPABILITIES, type AnyStepDefinition } from '../../../../daemon/workflow/catalogue/index.js';
import { stepsDocument } from './support/steps-document.js';

const { steps } = await discoverSteps();
const named = steps.map((step) => [step.name, step] as const);

/** What a workflow would say of each step, at the least. */
const CLIP = 'ab'.repeat(32);
const LEAST: Readonly<Record<string, JsonObject>> = {
  analyse: { clip: CLIP },
  audition: { clips: [CLIP] },
  capture: { bridge: 'Bass' },
  continue: { clip: CLIP, seed: 1 },
  describe: { clip: CLIP },
  embed: { clip: CLIP },
  export: { clips: [CLIP], folder: '/tmp/x' },
  fit: { clip: CLIP },
  import: { path: '/tmp/x.wav' },
  plan: { request: 'a dark bass' },
  rank: { clips: [CLIP] },
  'select-clips': {},
  tag: { clip: CLIP },
  'transform-context': { to: 'generate.audio.from-text' },
  vary: { clip: CLIP, seed: 1 },
};

interface Undescribed {
  readonly properties?: Readonly<Record<string, Undescribed>>;
  readonly items?: Undescribed;
  readonly anyOf?: readonly Undescribed[];
  readonly description?: string;
  readonly additionalProperties?: unknown;
}

/** Paths of fields without a description, at any depth. */
function undescribed(schema: Undescribed, path = ''): string[] {
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => [
      ...((property.description ?? '') === '' ? [`${path}${name}`] : []),
      ...undescribed(property, `${path}${name}.`),
    ]),
    ...(schema.items === undefined ? [] : undescribed(schema.items, `${path}[].`)),
    ...(schema.anyOf ?? []).flatMap((option) => undescribed(option, path)),
  ];
}

describe('every file of steps/', () => {
  it('is a step of its name', () => {
    const files = readdirSync(BUILT_IN_STEPS).filter((name) => name.endsWith('.ts'));
    expect(files.map((name) => name.replace('.ts', '')).sort()).toEqual(steps.map(({ name }) => name));
    expect(steps.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(LEAST)));
  });

  it.each(named)('%s describes each field that it takes and gives', (_name, step) => {
    expect(undescribed(z.toJSONSchema(step.input, { io: 'input', unrepresentable: 'any' }) as Undescribed)).toEqual([]);
    expect(undescribed(z.toJSONSchema(step.output, { io: 'output', unrepresentable: 'any' }) as Undescribed)).toEqual([]);
  });

  it.each(named)('%s refuses fields that it does not know', (_name, step) => {
    const result = step.input.safeParse({ ...(LEAST[step.name] ?? {}), fieldThatIsNot: 1 });
    expect(JSON.stringify(result.error?.issues)).toContain('fieldThatIsNot');
  });

  it.each(named)('%s names a capability that the registry knows, or none', (_name, step) => {
    expect([null, ...Object.keys(KNOWN_CAPABILITIES)]).toContain(step.capability);
  });

  it.each(named)('%s caches only what is a function of its input', (_name, step) => {
    expect(step.cacheable && step.idempotency !== 'pure').toBe(false);
  });
});

describe('the input of a step', () => {
  const known = named.filter(([name]) => LEAST[name] !== undefined);
  const complete = (step: AnyStepDefinition, params: JsonObject): string => canonicalJson(step.input.parse(params) as JsonObject);

  it.each(known)('%s is the same for the cache whether it was completed before or not', (name, step) => {
    const once = complete(step, LEAST[name] ?? {});
    expect(complete(step, JSON.parse(once) as JsonObject)).toBe(once);
  });

  it.each(known)('%s has the same key whether optional fields are left out or null', (name, step) => {
    const least = LEAST[name] ?? {};
    const { properties = {} } = z.toJSONSchema(step.input, { io: 'input', unrepresentable: 'any' }) as {
      properties?: Record<string, { default?: unknown }>;
    };
    const nulls = Object.fromEntries(
      Object.entries(properties).flatMap(([field, { default: preset }]) => (preset === null ? [[field, null]] : [])),
    );
    expect(complete(step, { ...least, ...nulls })).toBe(complete(step, least));
  });

  it.each(known)('%s tells a cost that a lease can be taken for', (name, step) => {
    const cost = step.cost(step.input.parse(LEAST[name]) as JsonObject);
    expect(cost.threads === 0 || cost.threads === 1).toBe(true);
    expect(cost.memoryBytes).toBeGreaterThanOrEqual(0);
    expect(cost.memoryBytes).toBeLessThan(2 ** 30);
    expect(cost.seconds).toBeGreaterThanOrEqual(0);
    expect(cost.seconds * 1_000).toBeLessThan(step.deadlineMs);
  });

  it('of continue gets smaller until one bar is left', () => {
    const step = steps.find(({ name }) => name === 'continue');
    const input = step?.input.parse({ clip: CLIP, seed: 1, bars: 3 }) as JsonObject;
    const smaller = step?.smaller?.(input);
    expect(smaller).toMatchObject({ input: { bars: 1 }, what: '1 instead of 3 bars' });
    expect(step?.smaller?.(smaller?.input ?? {})).toBeNull();
  });
});

it('docs/reference/steps.md is what the definitions say', async () => {
  const file = join(findPackageRoot(), 'docs', 'reference', 'steps.md');
  const expected = await format(stepsDocument(steps), { ...(await resolveConfig(file)), filepath: file });
  expect(readFileSync(file, 'utf8')).toBe(expected);
});
