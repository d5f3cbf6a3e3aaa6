import type { JsonValue } from '../../kernel/index.js';

/** Of the compiled form; a run keeps the form it was started with, so every released number stays readable. */
export const COMPILED_FORMAT = 1;

export const INPUT_TYPES = ['text', 'number', 'integer', 'boolean', 'clip', 'choice', 'list'] as const;
export type InputType = (typeof INPUT_TYPES)[number];

/** What a workflow asks its caller for. */
export interface InputDeclaration {
  readonly type: InputType;
  readonly help: string;
  /** Absent: the caller must give it. Null is the value of an optional input that was not given. */
  readonly default?: JsonValue;
  /** May be left out or null. */
  readonly optional: boolean;
  /** Of `number` and `integer`: the value; of `text`: characters; of `list`: entries. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of `choice`. */
  readonly options?: readonly string[];
  /** Of `list`: what each entry is. */
  readonly of?: InputType;
}

/** A value of the document in which expressions may stand. */
export type Template =
  | { readonly literal: JsonValue }
  /** The whole value is one expression and keeps its type. */
  | { readonly expression: string }
  /** Text with expressions in it, joined. */
  | { readonly text: readonly (string | { readonly expression: string })[] }
  | { readonly list: readonly Template[] }
  | { readonly object: { readonly [name: string]: Template } };

interface NodeCommon {
  readonly id: string;
  /** Not taken where this is false: output null. */
  readonly when: string | null;
  readonly onFailure: 'stop' | 'continue';
}

export interface StepNode extends NodeCommon {
  readonly kind: 'step';
  readonly step: string;
  readonly capability: string | null;
  readonly with: { readonly [name: string]: Template };
  readonly attempts: number | null;
  readonly deadlineMs: number | null;
  readonly whenUnavailable: 'refuse' | 'skip';
}

/** A list of nodes with the value that it hands on; where `output` is null that is the output of its last node. */
export interface Sequence {
  readonly nodes: readonly CompiledNode[];
  readonly output: Template | null;
}

export interface ParallelNode extends NodeCommon {
  readonly kind: 'parallel';
  readonly over:
    | { readonly kind: 'times'; readonly count: Template; readonly body: Sequence }
    | { readonly kind: 'for-each'; readonly list: Template; readonly body: Sequence }
    | { readonly kind: 'branches'; readonly branches: readonly { readonly name: string; readonly body: Sequence }[] };
  /** More branches than this fail the block. */
  readonly atMost: number;
  /** How many branches must succeed; null = all. */
  readonly atLeast: Template | null;
  /** Loop variable with `index`, `number` and, for `for-each`, `value`. */
  readonly as: string | null;
}

export interface RepeatNode extends NodeCommon {
  readonly kind: 'repeat';
  readonly atMost: number;
  readonly until: string;
  /** Loop variable with `index`, `number` and `previous`. */
  readonly as: string | null;
  readonly body: Sequence;
}

export interface ChooseNode extends NodeCommon {
  readonly kind: 'choose';
  /** The first whose condition holds is taken; a condition of null is `otherwise`. */
  readonly options: readonly { readonly when: string | null; readonly body: Sequence }[];
}

export interface SubWorkflowNode extends NodeCommon {
  readonly kind: 'workflow';
  /** Index into `bodies`. */
  readonly body: number;
  readonly with: { readonly [name: string]: Template };
}

export type CompiledNode = StepNode | ParallelNode | RepeatNode | ChooseNode | SubWorkflowNode;

export interface WorkflowBody {
  readonly name: string;
  readonly version: number;
  readonly inputs: { readonly [name: string]: InputDeclaration };
  readonly nodes: readonly CompiledNode[];
  readonly outputs: { readonly [name: string]: Template };
}

/**
 * A workflow ready to run, self-contained: the workflows that it uses are in `bodies`, so that a run survives changes of the
 * files it came from. Plain JSON; its canonical text is what `definitionHash` names.
 */
export interface CompiledWorkflow {
  readonly format: typeof COMPILED_FORMAT;
  readonly title: string;
  readonly help: string;
  /** The first is the workflow itself. */
  readonly bodies: readonly WorkflowBody[];
  /** The most activations that a run of it can have. */
  readonly maximumActivations: number;
}

/** A capability that a run with certain inputs will, or may, ask for. */
export interface NeededCapability {
  readonly capability: string;
  readonly step: string;
  /** Ids from the workflow down to the step, without indices: `candidates/transcribe`. */
  readonly where: string;
  readonly whenUnavailable: 'refuse' | 'skip';
}

/** What of a run its expressions see as `run`. */
export interface RunFacts {
  readonly seed: number;
  /** The bridge that asked, or that was named in the request; null where there is none. */
  readonly bridge: string | null;
}
