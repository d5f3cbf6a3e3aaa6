import { encodeMessage } from '../codec.js';
import { SUBPROTOCOLS } from '../messages/index.js';
import { packValue } from './golden-pack.js';
import { frameVectors } from './golden-frames.js';
import { GOLDEN_VALUES } from './golden-values.js';
import { buildModel, type Model, type Rule, type Struct } from './model.js';

/** Bytes that both sides take, and what they stand for. `canonical`: also what the TypeScript side writes for the value. */
export interface ValidVector {
  readonly name: string;
  readonly canonical: boolean;
  readonly value: unknown;
  readonly bytes: string;
}
/** Bytes that are refused, and where. C++ ignores unknown keys, so that a newer daemon may add fields; TypeScript refuses them. */
export interface InvalidVector {
  readonly name: string;
  readonly reason: string;
  readonly path: string;
  readonly refusedBy: 'both' | 'typescript';
  readonly bytes: string;
}
export interface GoldenFile {
  readonly message: string;
  readonly sender: 'client' | 'daemon';
  readonly valid: readonly ValidVector[];
  readonly invalid: readonly InvalidVector[];
}

/** protocol/golden/: path in the repository → content. */
export function writeGoldenVectors(): ReadonlyMap<string, string> {
  const model = buildModel();
  const covered = new Set<string>();
  const files = new Map([['protocol/golden/frames.json', format(frameVectors())]]);
  for (const { minimal, full } of GOLDEN_VALUES) {
    const struct = model.structs.find((candidate) => candidate.type === minimal.type);
    if (!struct?.sender) throw new Error(`no struct for ${minimal.type}`);
    files.set(`protocol/golden/${minimal.type}.json`, format(messageVectors(model, covered, struct, minimal, full)));
  }
  return files;
}

/** One vector on a line: a change shows as one line of a diff. */
function format(file: object): string {
  const parts = Object.entries(file).map(([key, value]: [string, unknown]) => {
    if (!Array.isArray(value)) return `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    return `  ${JSON.stringify(key)}: [\n${value.map((item: unknown) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`;
  });
  return `{\n${parts.join(',\n')}\n}\n`;
}

type Message = (typeof GOLDEN_VALUES)[number]['full'];

function messageVectors(model: Model, covered: Set<string>, struct: Struct, minimal: Message, full: Message): GoldenFile {
  const canonical = (name: string, value: Message): ValidVector => {
    return { name, canonical: true, value, bytes: encodeMessage(value, SUBPROTOCOLS.msgpack).toString('hex') };
  };
  const written = (name: string, value: unknown, style: 'compact' | 'wide' | 'floats'): ValidVector => {
    return { name, canonical: false, value, bytes: packValue(value, style).toString('hex') };
  };
  const reversed = Object.fromEntries(Object.entries(full).reverse());
  const cases = structCases({ model, covered }, struct, full, []);
  return {
    message: minimal.type,
    sender: struct.sender ?? 'client',
    valid: [
      canonical('minimal', minimal),
      canonical('full', full),
      written('full, everything in its widest form', full, 'wide'),
      written('full, every number as float64', full, 'floats'),
      written('full, keys in reverse', reversed, 'compact'),
      ...cases.filter((one) => one.problem === null).map((one) => written(one.name, one.value, 'compact')),
    ],
    invalid: cases.flatMap(({ name, value, problem }) =>
      problem === null ? [] : [{ name, ...problem, bytes: packValue(value, 'compact').toString('hex') }],
    ),
  };
}

/** A variation of the full message at one place; `problem` is null where it still is within the bounds. */
interface Case {
  readonly name: string;
  readonly value: unknown;
  readonly problem: Pick<InvalidVector, 'reason' | 'path' | 'refusedBy'> | null;
}
type Path = readonly (string | number)[];

interface Scope {
  readonly model: Model;
  /** Parts of messages whose fields were gone through in an earlier file. */
  readonly covered: Set<string>;
}

const REMOVED = Symbol('removed');

function structCases(scope: Scope, struct: Struct, root: unknown, path: Path): Case[] {
  const extended = replaceAt(root, [...path, 'surprise'], 1);
  const cases: Case[] = [
    {
      name: `${pathText(path)} with an unknown key`,
      value: extended,
      problem: { reason: 'value', path: pathText(path), refusedBy: 'typescript' },
    },
  ];
  for (const field of struct.fields) {
    const here = [...path, field.name];
    if (!field.optional) cases.push(refused(root, here, 'missing', REMOVED));
    cases.push(...ruleCases(scope, field.rule, root, here));
  }
  return cases;
}

function ruleCases(scope: Scope, rule: Rule, root: unknown, path: Path): Case[] {
  switch (rule.kind) {
    case 'text':
      return textCases(rule, root, path);
    case 'integer':
      return [
        refused(root, path, 'text', '1'),
        refused(root, path, 'null', null),
        refused(root, path, 'not integral', rule.minimum + 0.5),
        refused(root, path, 'below the least', rule.minimum - 1),
        taken(root, path, 'the least', rule.minimum),
        taken(root, path, 'the greatest', rule.maximum),
        beyondGreatest(root, path, rule.maximum),
      ];
    case 'number':
      return [
        refused(root, path, 'text', '1'),
        refused(root, path, 'true', true),
        ...(rule.minimum === null
          ? []
          : [refused(root, path, 'below the least', rule.minimum - 0.001), taken(root, path, 'the least', rule.minimum)]),
        ...(rule.maximum === null
          ? []
          : [refused(root, path, 'above the greatest', rule.maximum + 0.001), taken(root, path, 'the greatest', rule.maximum)]),
      ];
    case 'boolean':
      return [refused(root, path, 'one', 1), refused(root, path, 'null', null)];
    case 'choice':
      return [refused(root, path, 'no choice', 'no such choice'), refused(root, path, 'index', 0)];
    case 'list':
      return listCases(scope, rule, root, path);
    case 'nullable':
      return [taken(root, path, 'null', null), ...ruleCases(scope, rule.rule, root, path).filter((one) => !one.name.endsWith(': null'))];
    case 'record': {
      const struct = scope.model.structs.find((candidate) => candidate.name === rule.name);
      if (!struct) throw new Error(`no struct ${rule.name}`);
      const cases = [refused(root, path, 'a list', []), refused(root, path, 'text', '')];
      if (scope.covered.has(rule.name)) return cases;
      scope.covered.add(rule.name);
      return [...cases, ...structCases(scope, struct, root, path)];
    }
    case 'any-map':
      return [refused(root, path, 'a list', []), refused(root, path, 'null', null), taken(root, path, 'empty', {})];
    case 'anything':
      return [taken(root, path, 'null', null), taken(root, path, 'a list', [1, [2]]), taken(root, path, 'text', 'x')];
  }
}

function textCases(rule: Rule & { kind: 'text' }, root: unknown, path: Path): Case[] {
  const cases = [refused(root, path, 'a number', 7), refused(root, path, 'a list', ['x'])];
  const text = valueAt(root, path);
  if (rule.pattern !== null && typeof text === 'string') {
    cases.push(
      refused(root, path, 'one character short of the pattern', rule.maximum === null ? text.slice(0, -1) : 'GRYM_'),
      refused(root, path, 'a wrong character', `${text.slice(0, -1)}g`),
      refused(root, path, 'a line feed behind it', `${text}\n`),
    );
  }
  if (rule.minimum > 0) cases.push(refused(root, path, 'too short', ''));
  if (rule.maximum !== null && rule.pattern === null) {
    cases.push(refused(root, path, 'too long', 'x'.repeat(rule.maximum + 1)));
    // A character above U+FFFF counts as one: code points, as in JSON Schema and Zod, not JavaScript's `length`.
    if (rule.maximum <= 100) {
      cases.push(
        taken(root, path, 'as long as allowed', '𝄞'.repeat(rule.maximum)),
        refused(root, path, 'too long by one beyond U+FFFF', '𝄞'.repeat(rule.maximum + 1)),
      );
    }
  }
  return cases;
}

function listCases(scope: Scope, rule: Rule & { kind: 'list' }, root: unknown, path: Path): Case[] {
  const list = valueAt(root, path);
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return [
    refused(root, path, 'a map', {}),
    refused(
      root,
      path,
      'too long',
      Array.from({ length: rule.maximum + 1 }, () => first),
    ),
    taken(
      root,
      path,
      'as long as allowed',
      Array.from({ length: rule.maximum }, () => first),
    ),
    ...(rule.minimum > 0 ? [refused(root, path, 'too short', [])] : []),
    ...ruleCases(scope, rule.item, root, [...path, 0]),
  ];
}

/** 2⁵³ cannot be told from its neighbours in JavaScript: it travels as a 64-bit integer, which the profile refuses. */
function beyondGreatest(root: unknown, path: Path, maximum: number): Case {
  if (maximum < Number.MAX_SAFE_INTEGER) return refused(root, path, 'above the greatest', maximum + 1);
  const one = refused(root, path, 'above 2^53 - 1', BigInt(maximum) + 1n);
  return { ...one, problem: { reason: 'profile', path: pathText(path), refusedBy: 'both' } };
}

function refused(root: unknown, path: Path, what: string, value: unknown): Case {
  return {
    name: `${pathText(path)}: ${what}`,
    value: replaceAt(root, path, value),
    problem: { reason: 'value', path: pathText(path), refusedBy: 'both' },
  };
}

function taken(root: unknown, path: Path, what: string, value: unknown): Case {
  return { name: `${pathText(path)}: ${what}`, value: replaceAt(root, path, value), problem: null };
}

function pathText(path: Path): string {
  return path.reduce<string>((text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}.${step}`), '$');
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], root);
}

/** A copy with another value at one place. */
function replaceAt(root: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const inner = replaceAt((root as Record<string | number, unknown>)[step], rest, value);
  if (Array.isArray(root)) return (root as unknown[]).map((item, index) => (index === step ? inner : item));
  const copy: Record<string, unknown> = { ...(root as Record<string, unknown>), [step]: inner };
  return Object.fromEntries(Object.entries(copy).filter(([, item]) => item !== REMOVED));
}
