import { z } from 'zod';
import {
  AudioContextAdapter,
  builtInRules,
  checkItem,
  ContextTransformer,
  KNOWN_FIELDS,
  RuleFolder,
  type AudioContext,
  type NewContextItem,
  type TransformRule,
} from '../../../daemon/context/index.js';
import { createLogger, type JsonObject } from '../../../daemon/kernel/index.js';
import { item, TurnableClock } from './workbench.js';

const TO = 'generate.audio.from-text';
const logger = createLogger({ level: 'silent', format: 'json' });

function contextOf(...items: (NewContextItem & { capability?: string })[]): AudioContext {
  return AudioContextAdapter.merge(
    items.map(({ capability, ...entry }, index) => ({
      ...checkItem(entry),
      ...{ runId: 'r', workflow: 'w', path: `p${index}`, scope: '', position: String(index), ordinal: 0, step: 's', atMs: 1 },
      capability: capability ?? null,
    })),
  );
}

function transformer(): ContextTransformer {
  const made = new ContextTransformer();
  new RuleFolder(made, { folder: null, clock: new TurnableClock(), logger });
  return made;
}

function params(view: AudioContext, explicit: JsonObject = {}, to = TO): JsonObject {
  return transformer().transform(view, to, explicit).params;
}

test.each([
  ['tempo → intensity', item('tempoBpm', 128), { intensity: 0.65 }],
  ['energy → intensity and guidance', item('energy', 0.5), { intensity: 0.5, guidance: 2.75 }],
  ['complexity → temperature, top-k, steps', item('complexity', 0.25), { temperature: 0.8, topK: 100, steps: 28 }],
  ['patterns → prompt terms', item('detectedPatterns', ['swing', 'own-pattern']), { promptTerms: ['swung groove', 'own-pattern'] }],
  ['key → constraint', item('key', 'F# dorian'), { key: 'F# dorian' }],
  ['metre → constraint', item('metreNumerator', 7), { metreNumerator: 7 }],
  ['loudness → constraint, within what a clip can be', item('loudnessLufs', -3), { loudnessLufs: -6 }],
])('built-in: %s', (_name, fact, expected) => {
  expect(params(contextOf(fact))).toMatchObject(expected);
});

test('nothing is known: nothing is set', () => {
  expect(transformer().transform(contextOf(), TO, {})).toEqual({ params: {}, items: [], trace: [] });
});

test('rules go by capability: what is fitted gets no guidance', () => {
  expect(params(contextOf(item('energy', 0.5), item('key', 'A minor')), {}, 'fit.audio')).toEqual({ key: 'A minor' });
  expect(params(contextOf(item('energy', 0.5)), {}, 'export.audio')).toEqual({});
});

test('each value tells the rule, the facts and their confidence', () => {
  const { trace, items } = transformer().transform(contextOf(item('energy', 0.72, { confidence: 0.8 })), TO, {});
  const guidance = trace.find(({ field }) => field === 'guidance');
  expect(guidance).toEqual({
    field: 'guidance',
    value: 3.1,
    by: 'rule',
    rule: 'energy-to-guidance',
    confidence: 0.8,
    sources: [{ field: 'energy', value: 0.72, rank: 'analysis', confidence: 0.8, path: 'p0' }],
    lost: [],
    sentence: 'guidance 3.1 by rule energy-to-guidance from energy 0.72 (analysis, confidence 0.8)',
  });
  expect(items).toContainEqual(expect.objectContaining({ field: 'guidance', value: 3.1, rank: 'analysis', rule: 'energy-to-guidance' }));
});

test('explicit parameters always win, and say what they won over', () => {
  const made = transformer().transform(contextOf(item('energy', 0.72), item('guidance', 9, { rank: 'request' })), TO, { guidance: 1 });
  expect(made.params).not.toHaveProperty('guidance');
  expect(made.trace.find(({ field }) => field === 'guidance')).toMatchObject({
    by: 'explicit',
    value: 1,
    lost: [{ rule: 'energy-to-guidance', value: 3.1, because: 'the workflow says it explicitly' }],
    sentence: 'guidance 1 as the workflow says',
  });
});

test('an explicit parameter counts as a fact for other rules', () => {
  expect(params(contextOf(item('tempoBpm', 60)), { tempoBpm: 128 })).toEqual({ intensity: 0.65 });
});

test('what was said outright counts more than what a rule makes of facts of the same or a lower rank', () => {
  const stated = item('guidance', 7, { rank: 'request' });
  expect(params(contextOf(item('energy', 0.5), stated))).toMatchObject({ guidance: 7 });
  expect(params(contextOf(item('energy', 0.5, { rank: 'request' }), { ...stated, rank: 'default' }))).toMatchObject({ guidance: 2.75 });
});

test('only what the step takes is filled in; what led to it stays in the trace', () => {
  const made = transformer().transform(contextOf(item('energy', 0.5)), 'generate.audio.from-audio', {}, ['strength']);
  expect(made.params).toEqual({ strength: 0.45 });
  expect(made.trace.map(({ field }) => field).sort()).toEqual(['intensity', 'strength']);
});

test('what rules made before is not taken for something said outright', () => {
  const before = item('guidance', 2, { rule: 'energy-to-guidance', rank: 'analysis' });
  expect(params(contextOf(before, item('energy', 1)))).toMatchObject({ guidance: 3.5 });
});

type Facts = { energy: number; tempoBpm?: number | undefined };
const typed: TransformRule<Facts, { guidance: number }> = {
  name: 'typed-guidance',
  help: 'Test',
  from: 'analyse.audio',
  to: 'generate.audio',
  priority: 5,
  confidence: 0.5,
  input: z.object({ energy: KNOWN_FIELDS.energy.schema, tempoBpm: KNOWN_FIELDS.tempoBpm.schema.optional() }),
  output: z.object({ guidance: KNOWN_FIELDS.guidance.schema }),
  apply: ({ energy, tempoBpm }) => (energy > 0.9 ? null : { guidance: energy * 10 + (tempoBpm ?? 0) / 100 }),
};

test('typed rules come and go while it runs', () => {
  const made = transformer();
  const view = contextOf(item('energy', 0.5), item('tempoBpm', 100));
  const registration = made.register(typed);
  expect(() => made.register(typed)).toThrow(/"typed-guidance" already/);
  const { params: with_, trace } = made.transform(view, TO, {});
  expect(with_['guidance']).toBe(6);
  expect(trace.find(({ field }) => field === 'guidance')).toMatchObject({
    confidence: 0.5,
    lost: [{ rule: 'energy-to-guidance', because: 'priority 0 is below 5' }],
  });
  void registration.dispose();
  expect(made.transform(view, TO, {}).params['guidance']).toBe(2.75);
  expect(made.rules().some(({ name }) => name === 'typed-guidance')).toBe(false);
});

test('a typed rule that finds nothing to say, lacks a fact, throws or goes out of range leaves the field to others', () => {
  const made = transformer();
  made.register(typed);
  expect(made.transform(contextOf(item('energy', 0.96)), TO, {}).params['guidance']).toBe(3.45);
  expect(made.transform(contextOf(item('tempoBpm', 100)), TO, {}).params).not.toHaveProperty('guidance');
  made.register({
    ...typed,
    name: 'throws',
    apply: () => {
      throw new Error('no idea');
    },
  });
  made.register({ ...typed, name: 'too-far', output: z.object({ guidance: z.number() }), apply: () => ({ guidance: 1_000 }) });
  const { trace } = made.transform(contextOf(item('energy', 0.96)), TO, {});
  expect(trace.find(({ field }) => field === 'guidance')).toMatchObject({
    rule: 'energy-to-guidance',
    lost: expect.arrayContaining([
      { rule: 'throws', value: null, because: 'it failed: no idea' },
      { rule: 'too-far', value: 1_000, because: '1000 is not 0 … 50' },
    ]),
  });
});

test('from: facts of other steps do not count, what the request or the host says always does', () => {
  const made = new ContextTransformer();
  made.register(typed);
  const guidance = (fact: NewContextItem & { capability?: string }): unknown => made.transform(contextOf(fact), TO, {}).params['guidance'];
  expect(guidance({ ...item('energy', 0.5), capability: 'describe.audio' })).toBeUndefined();
  expect(guidance({ ...item('energy', 0.5), capability: 'analyse.audio' })).toBe(5);
  expect(guidance({ ...item('energy', 0.5, { rank: 'host' }), capability: 'capture.audio' })).toBe(5);
  expect(guidance({ ...item('energy', 0.5, { rank: 'request' }), capability: 'plan.workflow' })).toBe(5);
});

test('what was measured of the clip that is fitted is no target for it, what the host says is', () => {
  const heard = { ...item('tempoBpm', 96), capability: 'analyse.audio' };
  const session = { ...item('tempoBpm', 120, { rank: 'host' }), capability: 'capture.audio' };
  expect(params(contextOf(heard), {}, 'fit.audio')).toEqual({});
  expect(params(contextOf(session, heard), {}, 'fit.audio')).toEqual({ tempoBpm: 120 });
});

test('conflicts end the same way in whatever order rules were registered', () => {
  const outcome = (names: readonly string[]): unknown => {
    const made = new ContextTransformer();
    for (const name of names) made.register({ ...typed, name, priority: 1, apply: () => ({ guidance: name.length }) });
    return made.transform(contextOf(item('energy', 0.5)), TO, {}).trace;
  };
  expect(outcome(['bb', 'a', 'ccc'])).toEqual(outcome(['ccc', 'bb', 'a']));
  expect(outcome(['bb', 'a'])).toMatchObject([{ rule: 'a' }]);
});

test('rules that feed each other in a circle end', () => {
  const made = new ContextTransformer();
  const rule = (name: string, from: string, to: string): TransformRule<JsonObject, JsonObject> => ({
    ...{ name, help: 'Test', from: '*', to: '*' },
    input: z.object({ [from]: z.number() }),
    output: z.object({ [to]: z.number() }),
    apply: (given) => ({ [to]: Number(given[from]) + 1 }),
  });
  made.register(rule('one', 'alpha', 'beta'));
  made.register(rule('two', 'beta', 'alpha'));
  expect(made.transform(contextOf(item('alpha', 1)), TO, {}).params).toEqual({ alpha: 1, beta: 2 });
});

test('hits are counted', () => {
  const made = transformer();
  made.transform(contextOf(item('energy', 0.5)), TO, {});
  made.transform(contextOf(item('energy', 0.5)), TO, { guidance: 1 });
  const hits = Object.fromEntries(made.rules().map((rule) => [rule.name, rule.hits]));
  expect(hits).toMatchObject({ 'energy-to-guidance': 1, 'energy-to-intensity': 2, 'keep-key': 0 });
});

test('every built-in rule sets known fields of known fields', () => {
  for (const rule of builtInRules()) {
    for (const [field, { from }] of Object.entries(rule.set)) {
      expect(KNOWN_FIELDS).toHaveProperty(field);
      if (from !== undefined) expect(KNOWN_FIELDS).toHaveProperty(from);
    }
  }
});
