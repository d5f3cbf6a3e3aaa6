import { stringify } from 'yaml';
import type { JsonObject, JsonValue } from '../../kernel/index.js';

/** A value that an earlier step has made. */
export interface OutputReference {
  /** Id of that step. */
  readonly from: string;
  readonly output: string;
}

export type WithValue = JsonValue | OutputReferenceValue | readonly (JsonValue | OutputReferenceValue)[];
/** Kept apart from JSON by its class, so that nothing that a model writes can pass for one. */
export class OutputReferenceValue {
  constructor(readonly reference: OutputReference) {}
}
/** The run's seed, moved by a number so that two steps differ. */
export class SeedValue {
  constructor(readonly offset: number) {}
}

export interface DocumentStep {
  readonly id: string;
  readonly kind: 'workflow' | 'use';
  readonly name: string;
  readonly with: Readonly<Record<string, WithValue | SeedValue>>;
}

export interface DocumentParts {
  readonly title: string;
  readonly help: string;
  readonly steps: readonly DocumentStep[];
  /** What the run hands back, by name. */
  readonly outputs: Readonly<Record<string, OutputReference | string>>;
}

const TITLE_CHARACTERS = 80;

/** Text as it may stand in a document: without control characters and halves of surrogate pairs. */
export function cleanText(text: string): string {
  return text.replaceAll(/[^\P{C}\n\t\p{Cf}]|\p{Cs}/gu, ' ');
}

/** Text in a document is a template: what stands in it as `${` must stay what it is. */
function literal(value: JsonValue): JsonValue {
  if (typeof value === 'string') return cleanText(value).replaceAll('${', () => '$${');
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(literal);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value as JsonObject).map(([name, entry]) => [name, literal(entry)]));
}

const expression = ({ from, output }: OutputReference): string => `\${ steps.${from}.${output} }`;

function written(value: WithValue | SeedValue): JsonValue {
  if (value instanceof OutputReferenceValue) return expression(value.reference);
  if (value instanceof SeedValue) return value.offset === 0 ? '${ run.seed }' : `\${ (run.seed + ${value.offset}) % 2147483647 }`;
  if (Array.isArray(value)) return (value as readonly (JsonValue | OutputReferenceValue)[]).map(written);
  return literal(value as JsonValue);
}

export function titleOf(text: string): string {
  const title = [...cleanText(text).replaceAll(/\s+/g, ' ').trim()].slice(0, TITLE_CHARACTERS).join('');
  return title === '' ? 'Planned' : title;
}

/** A workflow document of these steps, in the format of the library: YAML. */
export function writeDocument({ title, help, steps, outputs }: DocumentParts): string {
  return stringify({
    workflow: 'planned',
    version: 1,
    title: titleOf(title),
    help,
    steps: steps.map(({ id, kind, name, with: parameters }) => ({
      id,
      [kind]: name,
      with: Object.fromEntries(Object.entries(parameters).map(([parameter, value]) => [parameter, written(value)])),
    })),
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, output]) => [name, typeof output === 'string' ? `\${ steps.${output} }` : expression(output)]),
    ),
  });
}
