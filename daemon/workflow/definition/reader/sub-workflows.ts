import type { InputDeclaration } from '../compiled.js';
import type { Type } from '../expressions/types.js';
import type { Problem } from './source.js';

/** A workflow that is used by another. */
export interface SubWorkflow {
  /** Index into the bodies. */
  readonly body: number;
  readonly inputs: Readonly<Record<string, InputDeclaration>>;
  readonly outputs: Type;
  readonly activations: number;
  /** Levels of blocks in it. */
  readonly depth: number;
}

export interface SubWorkflows {
  use(name: string): SubWorkflow | { readonly problem: Omit<Problem, 'where' | 'got'> };
}
