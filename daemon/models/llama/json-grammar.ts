import type { JsonObject, JsonValue } from '../../kernel/index.js';

/** Numbers without an exponent: 1e999 would be read as infinite. */
const NUMBER = '"-"? ("0" | [1-9] [0-9]{0,8}) ("." [0-9]{1,4})?';
const INTEGER_DIGITS = 9;
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
        return this.integer(numberOf(schema['minimum']), numberOf(schema['maximum']));
      case 'number': {
        const sign = (numberOf(schema['minimum']) ?? -1) >= 0 ? NUMBER.replace('"-"? ', '') : NUMBER;
        return this.rule(sign, 'number');
      }
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

  /** Digits are bounded by the larger of both bounds; the bounds themselves are the reader's to check. */
  private integer(minimum: number | undefined, maximum: number | undefined): string {
    const isBounded = minimum !== undefined && maximum !== undefined;
    const largest = isBounded ? Math.max(Math.abs(minimum), Math.abs(maximum)) : Infinity;
    const digits = Math.max(1, Math.min(INTEGER_DIGITS, largest === Infinity ? INTEGER_DIGITS : String(Math.floor(largest)).length));
    const sign = minimum !== undefined && minimum >= 0 ? '' : '"-"? ';
    return this.rule(`${sign}("0" | [1-9]${digits > 1 ? ` [0-9]{0,${digits - 1}}` : ''})`, 'integer');
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
 * Takes type (one or several), properties, items, minItems, maxItems, minLength, maxLength, enum, const, anyOf, oneOf, $ref into $defs; of
 * minimum and maximum the sign and the number of digits. Throws an Error that names what it cannot express.
 * node-llama-cpp's own `createGrammarForJsonSchema` lets numbers have exponents and answers go on with line breaks without end.
 */
export function grammarOf(schema: JsonObject): string {
  const definitions = schema['$defs'];
  const grammar = new Grammar(isObject(definitions) ? definitions : {});
  const root = grammar.value(schema, 0);
  return `root ::= ${root}\n${grammar.text}\n`;
}
