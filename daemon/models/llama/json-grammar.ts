import type { JsonObject, JsonValue } from '../../kernel/index.js';

/** Where a schema sets no bound. Numbers have no exponent: 1e999 would be read as infinite. */
const LARGEST = 999_999_999;
const FRACTION = '"." [0-9]{1,4}';
/** One character of a string: no control characters, and of escapes only those that stand for one character each. */
const CHARACTER = String.raw`[^"\\\x00-\x1F\x7F] | "\\" ["\\/bfnrt]`;
const BLANK = '" "?';
const MAXIMUM_REPETITION = 1_000;

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);
const numberOf = (value: JsonValue | undefined): number | undefined => (typeof value === 'number' ? value : undefined);

/** Text as GBNF has it between quotation marks. */
function quoted(text: string): string {
  const escaped = [...text].map((character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 || code === 0x7f ? `\\x${code.toString(16).padStart(2, '0')}` : character;
  });
  return `"${escaped.join('')}"`;
}

const digit = (from: number, to: number): string => (from === to ? `"${from}"` : `[${from}-${to}]`);
const anyDigits = (count: number): string => (count === 0 ? '' : ` [0-9]{${count}}`);

/** Alternatives for the whole numbers from `low` to `high`, which have the same number of digits, without leading zeros. */
function sameLength(low: string, high: string): string[] {
  const first = Number(low[0]);
  const last = Number(high[0]);
  const rest = low.length - 1;
  if (rest === 0) return [digit(first, last)];
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  const inside = (from: string, to: string): string => {
    const all = sameLength(from, to);
    return all.length === 1 ? (all[0] ?? '') : `(${all.join(' | ')})`;
  };
  if (first === last) return [`${digit(first, first)} ${inside(lowRest, highRest)}`];
  const [zeros, nines] = ['0'.repeat(rest), '9'.repeat(rest)];
  const from = lowRest === zeros ? first : first + 1;
  const to = highRest === nines ? last : last - 1;
  return [
    ...(from > first ? [`${digit(first, first)} ${inside(lowRest, nines)}`] : []),
    ...(from <= to ? [`${digit(from, to)}${anyDigits(rest)}`] : []),
    ...(to < last ? [`${digit(last, last)} ${inside(zeros, highRest)}`] : []),
  ];
}

function naturalsWithin(low: number, high: number): string[] {
  const alternatives: string[] = [];
  for (let length = String(low).length; length <= String(high).length; length += 1) {
    const least = Math.max(low, length === 1 ? 0 : 10 ** (length - 1));
    const most = Math.min(high, 10 ** length - 1);
    if (least <= most) alternatives.push(...sameLength(String(least), String(most)));
  }
  return alternatives;
}

function integersWithin(low: number, high: number): string {
  const [from, to] = [Math.ceil(low), Math.floor(high)];
  if (from > to) throw new Error(`there is no whole number from ${low} to ${high}`);
  const negative = from < 0 ? naturalsWithin(Math.max(1, -to), -from) : [];
  const natural = to >= 0 ? naturalsWithin(Math.max(0, from), to) : [];
  return [...natural, ...(negative.length > 0 ? [`"-" (${negative.join(' | ')})`] : [])].join(' | ');
}

/** Up to four decimals; where a bound is no whole number, those between it and the next whole one are left out. */
function numbersWithin(low: number, high: number): string {
  const [from, to] = [Math.ceil(low), Math.floor(high)];
  if (from > to) throw new Error(`no whole number lies from ${low} to ${high}`);
  const fractions = (least: number, most: number): string[] =>
    least < most ? [`(${naturalsWithin(least, most - 1).join(' | ')}) ${FRACTION}`] : [];
  const natural = to > 0 ? fractions(Math.max(0, from), to) : [];
  const negative = from < 0 ? fractions(Math.max(0, -to), -from).map((body) => `"-" ${body}`) : [];
  return [integersWithin(from, to), ...natural, ...negative].join(' | ');
}

function boundsOf(schema: JsonObject): readonly [number, number] {
  const [minimum, maximum] = [numberOf(schema['minimum']), numberOf(schema['maximum'])];
  return [Math.max(-LARGEST, minimum ?? -LARGEST), Math.min(LARGEST, maximum ?? LARGEST)];
}

/** Writes the rules; equal rules are written once. */
class Grammar {
  private readonly names = new Map<string, string>();
  private readonly lines: string[] = [];

  constructor(private readonly definitions: JsonObject) {}

  rule(body: string, hint: string): string {
    const known = this.names.get(body);
    if (known !== undefined) return known;
    const name = `${hint}-${this.names.size}`;
    this.names.set(body, name);
    this.lines.push(`${name} ::= ${body}`);
    return name;
  }

  get text(): string {
    return this.lines.join('\n');
  }

  value(schema: JsonValue | undefined, depth: number): string {
    if (depth > 16) throw new Error('the schema is nested too deeply');
    if (!isObject(schema)) throw new Error('a part of the schema is no object');
    const { $ref: reference, const: constant, enum: options, anyOf, oneOf, type } = schema;
    if (typeof reference === 'string') return this.value(this.definitions[reference.replace('#/$defs/', '')], depth + 1);
    if (constant !== undefined) return this.literal(constant);
    if (isList(options)) return this.choice(options.map((option) => this.literal(option)));
    const alternatives = anyOf ?? oneOf;
    if (isList(alternatives)) return this.choice(alternatives.map((entry) => this.value(entry, depth + 1)));
    if (isList(type)) return this.choice(type.map((entry) => this.value({ ...schema, type: entry }, depth + 1)));
    return this.typed(schema, type, depth);
  }

  private typed(schema: JsonObject, type: JsonValue | undefined, depth: number): string {
    switch (type) {
      case 'object':
        return this.object(schema, depth);
      case 'array':
        return this.array(schema, depth);
      case 'string':
        return this.string(numberOf(schema['minLength']) ?? 0, numberOf(schema['maxLength']));
      case 'integer':
        return this.rule(integersWithin(...boundsOf(schema)), 'integer');
      case 'number':
        return this.rule(numbersWithin(...boundsOf(schema)), 'number');
      case 'boolean':
        return this.rule('"true" | "false"', 'boolean');
      case 'null':
        return '"null"';
      default:
        throw new Error(`the schema has the type ${JSON.stringify(type ?? null)}`);
    }
  }

  private literal(value: JsonValue): string {
    return quoted(JSON.stringify(value));
  }

  private choice(alternatives: readonly string[]): string {
    return this.rule([...new Set(alternatives)].join(' | '), 'choice');
  }

  private string(minimum: number, maximum: number | undefined): string {
    const character = this.rule(CHARACTER, 'character');
    const bounds = maximum === undefined ? `{${minimum},}` : `{${minimum},${Math.min(maximum, MAXIMUM_REPETITION)}}`;
    return this.rule(`"\\"" ${character}${bounds} "\\""`, 'string');
  }

  /** Every property in its order; what may be left out is written as well, since a schema of plans has null for that. */
  private object(schema: JsonObject, depth: number): string {
    const properties = Object.entries(isObject(schema['properties']) ? schema['properties'] : {});
    const members = properties.map(([name, property]) => `${quoted(JSON.stringify(name))} ":" ${BLANK} ${this.value(property, depth + 1)}`);
    return this.rule(`"{" ${members.join(` "," ${BLANK} `)} "}"`, 'object');
  }

  private array(schema: JsonObject, depth: number): string {
    const item = this.value(schema['items'], depth + 1);
    const minimum = Math.max(0, numberOf(schema['minItems']) ?? 0);
    const maximum = Math.min(numberOf(schema['maxItems']) ?? MAXIMUM_REPETITION, MAXIMUM_REPETITION);
    if (maximum === 0) return '"[]"';
    const more = maximum === 1 ? '' : ` ("," ${BLANK} ${item}){${Math.max(0, minimum - 1)},${maximum - 1}}`;
    return this.rule(`"["${minimum === 0 ? ` (${item}${more})?` : ` ${item}${more}`} "]"`, 'array');
  }
}

/**
 * The GBNF grammar (llama.cpp, grammars/README.md) of JSON texts under a schema, without line breaks, so that an answer ends with its last brace.
 * Takes type (one or several), properties, items, minItems, maxItems, minLength, maxLength, minimum, maximum, enum, const, anyOf, oneOf, $ref into
 * $defs. Throws an Error that names what it cannot express.
 * node-llama-cpp's own `createGrammarForJsonSchema` leaves minimum and maximum out, lets numbers have exponents, and answers end in line breaks.
 */
export function grammarOf(schema: JsonObject): string {
  const definitions = schema['$defs'];
  const grammar = new Grammar(isObject(definitions) ? definitions : {});
  const root = grammar.value(schema, 0);
  return `root ::= ${root}\n${grammar.text}\n`;
}
