import type { ClipLibrary } from '../audio/index.js';
import { jsonValueSchema, type JsonObject, type JsonValue } from '../kernel/index.js';
import type { InputDeclaration, InputType } from '../workflow/index.js';

type Declarations = { readonly [name: string]: InputDeclaration };

/**
 * Inputs as the workflow takes them. A text is read by the type that the workflow declares, so that `bars=4` means a number on every surface;
 * a clip may be named by the first characters of its hash. What cannot be read stays as it is, and the workflow's own check says what is
 * wrong with it. Throws GRYM_CLIP_UNKNOWN or GRYM_CLIP_AMBIGUOUS.
 */
export function inputValues(declared: Declarations, given: Readonly<Record<string, unknown>>, library: ClipLibrary): JsonObject {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const declaration = Object.hasOwn(declared, name) ? declared[name] : undefined;
      return [name, inputValue(declaration, jsonValueSchema.parse(value), library)];
    }),
  );
}

function inputValue(declaration: InputDeclaration | undefined, value: JsonValue, library: ClipLibrary): JsonValue {
  if (declaration === undefined) return value;
  if (declaration.type !== 'list') return single(declaration, declaration.type, value, library);
  const entries = typeof value === 'string' ? listOf(value) : value;
  if (!Array.isArray(entries)) return entries;
  return entries.map((entry: JsonValue) => single(declaration, declaration.of ?? 'text', entry, library));
}

function single(declaration: InputDeclaration, type: InputType, value: JsonValue, library: ClipLibrary): JsonValue {
  if (typeof value !== 'string') return value;
  if (value === '' && declaration.optional) return null;
  switch (type) {
    case 'number':
    case 'integer':
      return value.trim() === '' || Number.isNaN(Number(value)) ? value : Number(value);
    case 'boolean':
      return WORDS_OF_BOOLEAN[value.trim().toLowerCase()] ?? value;
    case 'clip':
      return value === '' ? value : library.reference(value).hash;
    case 'text':
    case 'choice':
    case 'list':
      return value;
  }
}

const WORDS_OF_BOOLEAN: Readonly<Record<string, boolean>> = { true: true, yes: true, on: true, false: false, no: false, off: false };

/** `a, b, c`, or a JSON list. */
function listOf(text: string): JsonValue {
  if (!text.trim().startsWith('[')) return text.trim() === '' ? [] : text.split(',').map((entry) => entry.trim());
  try {
    return jsonValueSchema.parse(JSON.parse(text));
  } catch {
    return text;
  }
}
