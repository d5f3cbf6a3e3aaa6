import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AudioContextAdapter, checkItem, ContextTransformer, readRuleFile, RuleFolder } from '../../../daemon/context/index.js';
import { createLogger } from '../../../daemon/kernel/index.js';
import { temporaryFolders } from '../doubles/index.js';
import { item, TurnableClock } from './workbench.js';

const folder = temporaryFolders();

const GOOD = `rules:
  - rule: my-guidance
    help: Mine.
    to: generate.audio
    priority: 5
    when:
      - { field: genre, in: [techno, house] }
    set:
      guidance: { from: energy, points: [[0, 1], [1, 9]], atMost: 8, round: 0.5 }
`;

/** The good file with one change. */
const changed = (from: string, to: string): string => {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
};

test('a good file has no mistakes', () => {
  expect(readRuleFile(GOOD, 'mine.yaml')).toMatchObject({ mistakes: [], rules: [{ rule: 'my-guidance', confidence: 1, from: '*' }] });
  expect(readRuleFile('', 'empty.yaml')).toEqual({ mistakes: [], rules: [] });
});

test.each<[what: string, text: string, line: number, column: number, message: RegExp]>([
  ['no YAML', 'rules: [', 1, 9, /expected YAML/],
  ['a tab', 'rules:\n\t- rule: x', 2, 1, /expected YAML/],
  ['a key twice', changed('    help: Mine.', '    help: Mine.\n    help: Yours.'), 4, 5, /expected YAML, got Map keys must be unique/],
  ['no list of rules', 'rule: x', 1, 1, /expected one of rules, got "rule"\. Did you mean "rules"\?/],
  ['a list at the top', '- rule: x', 1, 1, /expected a mapping of names to values/],
  ['rules that are a mapping', 'rules: { a: 1 }', 1, 8, /rules: expected a list/],
  ['an unknown key', changed('priority', 'prioritiy'), 5, 5, /rules\[0\]: expected one of .*, got "prioritiy"\. Did you mean "priority"\?/],
  [
    'no name',
    changed('rule: my-guidance', 'priority: 1').replace('    priority: 5\n', ''),
    2,
    5,
    /rules\[0\]\.rule: expected a text, got nothing/,
  ],
  [
    'a name that is none',
    changed('my-guidance', 'My Guidance'),
    2,
    11,
    /rules\[0\]\.rule: expected a name in kebab-case, such as energy-to-guidance, got "My Guidance"/,
  ],
  ['no help', changed('    help: Mine.\n', ''), 2, 5, /rules\[0\]\.help: expected a text, got nothing/],
  ['no capability', changed('    to: generate.audio\n', ''), 2, 5, /rules\[0\]\.to: expected a text, got nothing/],
  [
    'a capability that is none',
    changed('generate.audio', 'Generate Audio'),
    4,
    9,
    /rules\[0\]\.to: expected a capability such as generate\.audio/,
  ],
  [
    'a priority in words',
    changed('priority: 5', 'priority: high'),
    5,
    15,
    /rules\[0\]\.priority: expected a whole number|a number, got "high"/,
  ],
  [
    'a priority out of range',
    changed('priority: 5', 'priority: 500'),
    5,
    15,
    /rules\[0\]\.priority: expected a .* of at most 100, got 500/,
  ],
  [
    'a confidence out of range',
    changed('priority: 5', 'confidence: 2'),
    5,
    17,
    /rules\[0\]\.confidence: expected a number of at most 1, got 2/,
  ],
  [
    'when that is no list',
    changed('when:\n      - { field: genre, in: [techno, house] }', 'when: { field: genre, exists: true }'),
    6,
    11,
    /rules\[0\]\.when: expected a list/,
  ],
  ['a condition without a field', changed('field: genre, ', ''), 7, 9, /rules\[0\]\.when\[0\]\.field: expected a text, got nothing/],
  [
    'a condition that asks nothing',
    changed(', in: [techno, house]', ''),
    7,
    9,
    /rules\[0\]\.when\[0\]: expected a condition besides the field/,
  ],
  ['an unknown condition', changed('in: [', 'isIn: ['), 7, 25, /rules\[0\]\.when\[0\]: expected one of field, .*, got "isIn"/],
  [
    'a field nearly known',
    changed('field: genre', 'field: gener'),
    7,
    18,
    /rules\[0\]\.when\[0\]\.field: expected a known field.*Did you mean "genre"\?/,
  ],
  ['a source nearly known', changed('from: energy', 'from: enegry'), 9, 25, /rules\[0\]\.set\.guidance\.from: .*Did you mean "energy"\?/],
  ['a target nearly known', changed('guidance: {', 'guidence: {'), 9, 7, /rules\[0\]\.set: .*got "guidence"\. Did you mean "guidance"\?/],
  [
    'nothing to set',
    changed('set:\n      guidance: { from: energy, points: [[0, 1], [1, 9]], atMost: 8, round: 0.5 }', 'set: {}'),
    8,
    10,
    /rules\[0\]\.set: expected at least one field to set/,
  ],
  [
    'a target that is no field',
    changed('guidance: {', 'Guidance Scale: {'),
    9,
    7,
    /expected a field in camelCase, such as tempoBpm, got "Guidance Scale"/,
  ],
  [
    'value and from',
    changed('from: energy,', 'from: energy, value: 3,'),
    9,
    17,
    /rules\[0\]\.set\.guidance: expected either value \(a constant\) or from \(a field\), and not both/,
  ],
  [
    'neither value nor from',
    changed('from: energy, points: [[0, 1], [1, 9]], ', ''),
    9,
    17,
    /rules\[0\]\.set\.guidance: expected either value/,
  ],
  [
    'points and table',
    changed('points:', 'table: { a: 1 }, points:'),
    9,
    40,
    /rules\[0\]\.set\.guidance\.table: expected one of points, table and words, not several/,
  ],
  ['one point', changed('[[0, 1], [1, 9]]', '[[0, 1]]'), 9, 41, /rules\[0\]\.set\.guidance\.points: expected a list of at least 2 entries/],
  [
    'points that descend',
    changed('[[0, 1], [1, 9]]', '[[1, 1], [0, 9]]'),
    9,
    41,
    /rules\[0\]\.set\.guidance\.points: expected points whose first numbers ascend/,
  ],
  ['a point of one number', changed('[0, 1]', '[0]'), 9, 42, /rules\[0\]\.set\.guidance\.points\[0\]/],
  ['a point of words', changed('[0, 1]', '[low, 1]'), 9, 43, /rules\[0\]\.set\.guidance\.points\[0\]\[0\]: expected a number, got "low"/],
  [
    'limits the wrong way round',
    changed('atMost: 8', 'atLeast: 9, atMost: 8'),
    9,
    79,
    /rules\[0\]\.set\.guidance\.atMost: expected an atMost that is not below atLeast, got 8/,
  ],
  [
    'rounding to nothing',
    changed('round: 0.5', 'round: 0'),
    9,
    77,
    /rules\[0\]\.set\.guidance\.round: expected a number of more than 0, got 0/,
  ],
  [
    'otherwise without a table',
    changed('atMost: 8', 'otherwise: 8'),
    9,
    70,
    /rules\[0\]\.set\.guidance\.otherwise: expected otherwise only beside table/,
  ],
  [
    'a constant out of range',
    changed('from: energy, points: [[0, 1], [1, 9]], atMost: 8, round: 0.5', 'value: 99'),
    9,
    26,
    /rules\[0\]\.set\.guidance\.value: expected 0 … 50, got 99/,
  ],
  [
    'the same name twice',
    GOOD + GOOD.replace('rules:\n', ''),
    10,
    11,
    /rules\[1\]\.rule: expected a name that no other rule has, got "my-guidance"/,
  ],
  ['too large a file', `# ${'x'.repeat(300_000)}`, 1, 1, /expected a file of at most 262144 bytes/],
])('mistake: %s', (_what, text, line, column, message) => {
  const { rules, mistakes } = readRuleFile(text, 'mine.yaml');
  expect(rules).toEqual([]);
  const found = mistakes.find((mistake) => message.test(mistake.message));
  expect({ messages: mistakes.map((mistake) => mistake.message), line: found?.line, column: found?.column }).toMatchObject({
    line,
    column,
  });
  expect(found?.message.startsWith(`mine.yaml:${line}:${column}: `)).toBe(true);
});

function open(path: string | null): {
  transformer: ContextTransformer;
  rules: RuleFolder;
  clock: TurnableClock;
  log: string[];
  guidance: () => unknown;
} {
  const clock = new TurnableClock();
  const transformer = new ContextTransformer();
  const log: string[] = [];
  const rules = new RuleFolder(transformer, {
    folder: path,
    clock,
    logger: createLogger({ level: 'warn', format: 'json', write: (line) => log.push(line) }),
  });
  const place = { runId: 'r', workflow: 'w', path: 'p', scope: '', position: '1', step: 's', capability: null, atMs: 1 };
  const view = AudioContextAdapter.merge(
    [item('energy', 0.5), item('genre', 'techno')].map((entry, ordinal) => ({ ...checkItem(entry), ...place, ordinal })),
  );
  const guidance = (): unknown => {
    rules.refresh();
    return transformer.transform(view, 'generate.audio.from-text', {}).params['guidance'];
  };
  return { transformer, rules, clock, log, guidance };
}

test('rules of the user stand beside the built-in ones', () => {
  const path = folder();
  writeFileSync(join(path, 'mine.yaml'), GOOD);
  const { transformer, guidance } = open(path);
  expect(guidance()).toBe(5);
  expect(transformer.rules().map(({ name, origin }) => [name, origin])).toEqual(
    expect.arrayContaining([
      ['my-guidance', 'user'],
      ['energy-to-guidance', 'built-in'],
    ]),
  );
});

test('a folder that is not there is no mistake, and its rules count once it is', () => {
  const path = join(folder(), 'rules');
  const { guidance, clock, log } = open(path);
  expect(guidance()).toBe(2.75);
  mkdirSync(path);
  writeFileSync(join(path, 'mine.yml'), GOOD);
  clock.turn(1_000);
  expect(guidance()).toBe(5);
  expect(log).toEqual([]);
});

test('changes count within a second; a mistake is reported once and leaves the last good rules', () => {
  const path = folder();
  const file = join(path, 'mine.yaml');
  writeFileSync(file, GOOD);
  const { guidance, clock, log, rules } = open(path);
  expect(guidance()).toBe(5);

  writeFileSync(file, changed('[1, 9]', '[1, 3]'));
  expect(guidance()).toBe(5);
  clock.turn(1_000);
  expect(guidance()).toBe(2);

  writeFileSync(file, changed('priority: 5', 'priority: fifty'));
  clock.turn(1_000);
  expect(guidance()).toBe(2);
  expect(rules.mistakes).toMatchObject([{ file, line: 5, column: 15, where: 'rules[0].priority' }]);
  clock.turn(1_000);
  guidance();
  expect(log).toHaveLength(1);
  expect(log[0]).toContain(`${file}:5:15`);

  writeFileSync(file, GOOD);
  clock.turn(1_000);
  expect(guidance()).toBe(5);
  expect(rules.mistakes).toEqual([]);

  rmSync(file);
  clock.turn(1_000);
  expect(guidance()).toBe(2.75);
});

test('one file with a mistake does not touch the rules of the others', () => {
  const path = folder();
  writeFileSync(join(path, 'a.yaml'), 'rules: oh');
  writeFileSync(join(path, 'b.yaml'), GOOD);
  const { guidance, rules } = open(path);
  expect(guidance()).toBe(5);
  expect(rules.mistakes).toHaveLength(1);
});

test('a built-in rule is not shadowed silently, but can be switched off', () => {
  const path = folder();
  const file = join(path, 'mine.yaml');
  writeFileSync(file, changed('my-guidance', 'energy-to-guidance'));
  const { guidance, clock, rules, transformer } = open(path);
  expect(guidance()).toBe(2.75);
  expect(rules.mistakes).toMatchObject([{ line: 2, expected: 'a name that no other rule has' }]);

  writeFileSync(file, changed('priority: 5', 'priority: -5\n    replaces: [energy-to-guidance]'));
  clock.turn(1_000);
  expect(guidance()).toBe(5);
  expect(transformer.rules().some(({ name }) => name === 'energy-to-guidance')).toBe(false);

  writeFileSync(file, changed('priority: 5', 'replaces: [energy-to-guidence]'));
  clock.turn(1_000);
  guidance();
  expect(rules.mistakes).toMatchObject([{ line: 5, suggestion: 'Did you mean "energy-to-guidance"?' }]);
});

test.each<[string, object, Record<string, unknown>, unknown]>([
  ['a constant', { value: 4 }, {}, 4],
  ['a copy', { from: 'own' }, { own: 3 }, 3],
  [
    'a curve between its points',
    {
      from: 'own',
      points: [
        [0, 0],
        [10, 5],
        [20, 25],
      ],
    },
    { own: 15 },
    15,
  ],
  [
    'a curve below its first point',
    {
      from: 'own',
      points: [
        [0, 1],
        [10, 5],
      ],
    },
    { own: -3 },
    1,
  ],
  [
    'a curve beyond its last point',
    {
      from: 'own',
      points: [
        [0, 1],
        [10, 5],
      ],
    },
    { own: 30 },
    5,
  ],
  [
    'a curve of what is no number',
    {
      from: 'own',
      points: [
        [0, 1],
        [10, 5],
      ],
    },
    { own: 'x' },
    undefined,
  ],
  ['clamping from below', { from: 'own', atLeast: 2 }, { own: 1 }, 2],
  ['rounding', { from: 'own', round: 0.25 }, { own: 1.13 }, 1.25],
  ['a table', { from: 'own', table: { soft: 2 }, otherwise: 9 }, { own: 'soft' }, 2],
  ['what no table holds', { from: 'own', table: { soft: 2 }, otherwise: 9 }, { own: 'loud' }, 9],
  ['no entry, no otherwise', { from: 'own', table: { soft: 2 } }, { own: 'toString' }, undefined],
])('set: %s', (_name, entry, facts, expected) => {
  expect(appliedTo({ set: { target: entry } }, facts)['target']).toEqual(expected);
});

test.each<[string, object, Record<string, unknown>, boolean]>([
  ['exists', { exists: true }, { own: 0 }, true],
  ['exists not', { exists: false }, { own: 0 }, false],
  ['equals', { equals: [1, 2] }, { own: [1, 2] }, true],
  ['in', { in: ['a', 'b'] }, { own: 'c' }, false],
  ['contains in a list', { contains: 'b' }, { own: ['a', 'b'] }, true],
  ['contains in a text', { contains: 'Bass' }, { own: 'dark bass' }, true],
  ['atLeast', { atLeast: 3 }, { own: 3 }, true],
  ['above', { above: 3 }, { own: 3 }, false],
  ['atMost and below', { atMost: 3, below: 3 }, { own: 3 }, false],
  ['a comparison of what is no number', { atLeast: 0 }, { own: 'x' }, false],
  ['confidenceAtLeast', { confidenceAtLeast: 0.9 }, { own: 1 }, false],
  ['a fact that is not there', { equals: 1 }, {}, false],
])('when: %s', (_name, condition, facts, expected) => {
  const params = appliedTo({ when: [{ field: 'own', ...condition }], set: { target: { value: 1 } } }, facts);
  expect(params['target']).toBe(expected ? 1 : undefined);
});

function appliedTo(rule: object, facts: Record<string, unknown>): Record<string, unknown> {
  const path = folder();
  writeFileSync(join(path, 'mine.yaml'), JSON.stringify({ rules: [{ rule: 'mine', help: 'Test', to: 'test.it', ...rule }] }));
  const { transformer, rules } = open(path);
  expect(rules.mistakes).toEqual([]);
  const place = { runId: 'r', workflow: 'w', path: 'p', scope: '', position: '1', step: 's', capability: null, atMs: 1 };
  const items = Object.entries(facts).map(([field, value], ordinal) => ({
    ...checkItem(item(field, value as string, { confidence: 0.8 })),
    ...place,
    ordinal,
  }));
  return transformer.transform(AudioContextAdapter.merge(items), 'test.it', {}).params;
}
